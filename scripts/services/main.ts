/**
 * Starts a server and keeps it until Ctrl-C: `node scripts/services/main.ts kafka`. Everything it needs comes from package
 * registries, and its data are in a temporary folder, which is removed at the end.
 */
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { describeFailure, Failure } from '../../src/base/failure.ts'
import { registryOnCommand } from './apicurio/apicurio.ts'
import { cassandraOnCommand } from './cassandra/command.ts'
import { filebeatOnCommand } from './filebeat/filebeat.ts'
import { flinkOnCommand } from './flink/flink.ts'
import { flumeOnCommand } from './flume/command.ts'
import { ftpOnCommand } from './ftp.ts'
import { hdfsOnCommand } from './hdfs/command.ts'
import { influxdbOnCommand } from './influxdb/command.ts'
import { kafkaOnCommand } from './kafka/command.ts'
import { nginxOnCommand } from './nginx.ts'
import { opensearchOnCommand } from './opensearch/opensearch.ts'
import { rsyslogOnCommand } from './rsyslog.ts'
import type { ServiceCommand } from './service-command.ts'
import { victoriametricsOnCommand } from './victoriametrics.ts'

const SERVICES: readonly ServiceCommand[] = [
  kafkaOnCommand('kafka', 1),
  kafkaOnCommand('kafka3', 3),
  registryOnCommand,
  cassandraOnCommand('cassandra', 1),
  cassandraOnCommand('cassandra3', 3),
  hdfsOnCommand,
  influxdbOnCommand,
  victoriametricsOnCommand,
  opensearchOnCommand,
  flinkOnCommand,
  flumeOnCommand,
  rsyslogOnCommand,
  nginxOnCommand,
  filebeatOnCommand,
  ftpOnCommand,
]

const LOOK_MS = 500

const USAGE = `usage: node scripts/services/main.ts SERVICE [ARGUMENT] [--json]

${SERVICES.map(({ usage, summary }) => `  ${usage.padEnd(22)}${summary}`).join('\n')}

  --json                prints the addresses as one line of JSON, for programs
`

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
  })
  const [name, ...args] = positionals
  const service = SERVICES.find((one) => one.name === name)
  if (service === undefined) {
    process.stderr.write(USAGE)
    process.exitCode = values.help ? 0 : 2
    return
  }
  const interrupted = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve)
  })
  if (!values.json) process.stderr.write(`Starting ${service.name}; the first time its programs are downloaded …\n`)
  const starting = service.start(args)
  // Interrupted while it starts: the guard removes what is there as soon as this process is gone.
  const started = await Promise.race([starting, interrupted.then(() => undefined)])
  if (started === undefined) process.exit(130)
  await using running = started
  process.stdout.write(
    values.json ? `${JSON.stringify(running)}\n` : `${textOf(running.addresses)}\nCtrl-C stops it.\n`,
  )
  const stop = new AbortController()
  void interrupted.then(() => stop.abort())
  await endOf(running.pids, service.name, stop.signal)
  if (!stop.signal.aborted) process.exitCode = 1
  else if (!values.json) process.stderr.write('Stopping …\n')
}

/** Says which of the processes have ended by themselves, or were killed. Resolves when none is left, or once it is stopped. */
async function endOf(pids: readonly number[], name: string, stop: AbortSignal): Promise<void> {
  const running = new Set(pids)
  while (running.size > 0 && !stop.aborted) {
    await setTimeout(LOOK_MS, undefined, { signal: stop }).catch(() => {})
    if (stop.aborted) return
    for (const pid of [...running].filter((pid) => !isThere(pid))) {
      running.delete(pid)
      const rest = running.size === 0 ? 'nothing of it runs any more' : `${running.size} of ${pids.length} go on`
      process.stderr.write(`${name}: process ${pid} has ended; ${rest}\n`)
    }
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const textOf = (addresses: Readonly<Record<string, string>>): string =>
  Object.entries(addresses)
    .map(([name, value]) => `${name.padEnd(22)}${value}`)
    .join('\n')

try {
  await main()
} catch (error) {
  if (!(error instanceof Failure)) throw error
  process.stderr.write(`${describeFailure(error)}\n`)
  process.exitCode = 1
}
