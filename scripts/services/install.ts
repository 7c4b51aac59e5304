/**
 * Installs what tests in test/services use and is missing: packages of Debian, Schemathesis, the jars of servers, and what Go builds.
 * Where that cannot be, it says so. A server that is not here is also installed by the first test that starts it.
 */
import { spawnSync } from 'node:child_process'
import { describeFailure, Failure } from '../../src/base/failure.ts'
import { installedCollector } from './collector/collector.ts'
import { isInstalled, PROGRAMS, type ProgramName } from './debian.ts'
import { installedInfluxdb } from './influxdb/install.ts'
import { installedJars } from './jars.ts'
import { installJmeter } from './jmeter/jmeter.ts'
import { installedLumber } from './lumber/lumber.ts'
import { installedSchemathesis } from './schemathesis.ts'

const missing = (): readonly string[] =>
  (Object.keys(PROGRAMS) as ProgramName[])
    .filter((name) => !isInstalled(name))
    .flatMap((name) => PROGRAMS[name].packages)

const apt = (...args: readonly string[]): boolean =>
  spawnSync('apt-get', ['-q', '-y', ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }).status === 0

const packages = missing()
if (packages.length > 0 && process.getuid?.() === 0) {
  apt('update')
  apt('install', '--no-install-recommends', ...packages)
}
const left = missing()
if (left.length > 0) {
  process.stderr.write(
    `MISSING, AND NOT INSTALLED: ${left.join(', ')}\n  As root on Debian: apt-get install ${left.join(' ')}\n`,
  )
}
/** One after another, as Maven and Go take all cores that they get. */
async function inTurn(installs: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const install of installs) {
    try {
      await install()
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      process.stderr.write(`MISSING, AND NOT INSTALLED: ${describeFailure(error)}\n`)
    }
  }
}

const jars = ['kafka', 'cassandra', 'hdfs', 'flink', 'flume', 'opensearch'].map((name) => () => installedJars(name))
// What is built and what is downloaded goes on side by side.
await Promise.all([
  inTurn([installedInfluxdb, installedCollector, installedLumber]),
  inTurn([installedSchemathesis, ...jars, installJmeter]),
])
