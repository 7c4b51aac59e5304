/**
 * Runs a plan of JMeter to its end and says how many answers came, by request:
 *
 *   node scripts/services/jmeter/main.ts examples/access-log/load.jmx threads=4 loops=2500 port=8080
 */
import { describeFailure, Failure } from '../../../src/base/failure.ts'
import { runJmeter } from './jmeter.ts'

const [plan, ...settings] = process.argv.slice(2)

try {
  if (plan === undefined || settings.some((setting) => !setting.includes('='))) {
    throw new Failure('usage', 'expected a plan, and its properties: PLAN.jmx [NAME=VALUE …]')
  }
  const properties = settings.map((setting) => [setting.split('=', 1)[0] ?? '', setting.replace(/^[^=]*=/, '')])
  const { requests, failed } = await runJmeter({ plan, properties: Object.fromEntries(properties) })
  const lines = Object.entries(requests).map(([name, count]) => `${name.padEnd(22)}${count}\n`)
  process.stdout.write(`${lines.join('')}${'not answered with 200'.padEnd(22)}${failed}\n`)
  if (failed > 0) process.exitCode = 1
} catch (error) {
  if (!(error instanceof Failure)) throw error
  process.stderr.write(`${describeFailure(error)}\n`)
  process.exitCode = 1
}
