/** Apache Flume: one agent, as its configuration describes it. It finds sources, channels and sinks for Kafka and HDFS. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure } from '../../../src/base/failure.ts'
import { openGuard } from '../guard.ts'
import { installedJars } from '../jars.ts'
import { javaPath, smallJava } from '../java.ts'
import { freePorts } from '../ports.ts'
import { type ServerProcess, startProcess } from '../server-process.ts'
import { type Shipper, startShipper } from '../shipper.ts'

const HEAP_MB = 256
const ASK_LIMIT_MS = 5000

export type FlumeOptions = {
  /** The content of the configuration file. Relative paths in it are below the folder of the service. */
  readonly conf: string
  /** The agent to start; by default the first that has sources, channels or sinks. */
  readonly agent?: string
  /** For `${env:NAME}` in the configuration. */
  readonly environment?: Readonly<Record<string, string>>
}

/** What Flume counts, by component, such as `SINK.k1`, and by counter, such as `EventDrainSuccessCount`. */
export type FlumeCounters = Readonly<Record<string, Readonly<Record<string, string>>>>

export type Flume = Shipper & { counters(): Promise<FlumeCounters> }

/** Starts an agent, and resolves when all its parts are at work. Throws if there is no Java, or no jars, or a part does not start. */
export async function startFlume({ conf, agent = agentOf(conf), environment = {} }: FlumeOptions): Promise<Flume> {
  const jars = await installedJars('flume')
  const guard = await openGuard('flume')
  try {
    const [port = 0] = await freePorts(1)
    const parts = partsOf(conf, agent)
    const file = join(guard.folder, 'flume.conf')
    await writeFile(file, conf)
    const args = [
      ...smallJava(HEAP_MB),
      `-Dlog4j2.configurationFile=${fileURLToPath(new URL('../log4j2.properties', import.meta.url))}`,
      `-Djava.io.tmpdir=${guard.folder}`,
      '-Dflume.monitoring.type=http',
      `-Dflume.monitoring.port=${port}`,
      ...['-cp', join(jars, '*'), 'org.apache.flume.node.Application'],
      ...['--no-reload-conf', '--name', agent, '--conf-file', file],
    ]
    const start = async (): Promise<ServerProcess> => {
      const started = await startProcess(guard, { name: 'flume', command: javaPath(), args, environment })
      await started.ready(() => isReady(started, parts, port))
      return started
    }
    // Assigned, as a copy would keep the first `pid`.
    return Object.assign(await startShipper(guard, start), { counters: () => countersAt(port) })
  } catch (error) {
    await guard[Symbol.asyncDispose]()
    throw error
  }
}

const COMPONENTS = { sources: 'SOURCE', channels: 'CHANNEL', sinks: 'SINK' } as const

function agentOf(conf: string): string {
  const found = /^\s*([\w-]+)\.(sources|channels|sinks)\s*=/m.exec(conf)?.[1]
  if (found !== undefined) return found
  throw new Failure('usage', 'the Flume configuration describes no agent', {
    hint: 'An agent has lines such as `a1.sources = r1`.',
  })
}

type Part = {
  /** The name under which its counters are shown. */
  readonly name: string
  readonly type: string | undefined
  /** Where a source listens. */
  readonly port: number | undefined
}

/** The parts of an agent. */
const partsOf = (conf: string, agent: string): readonly Part[] =>
  Object.entries(COMPONENTS).flatMap(([kind, prefix]) => {
    const setting = (key: string) =>
      new RegExp(`^\\s*${agent.replaceAll('.', '\\.')}\\.${key}\\s*=(.*)$`, 'm').exec(conf)?.[1]?.trim()
    const names = setting(kind)?.split(/\s+/) ?? []
    return names.map((name) => {
      const port = setting(`${kind}\\.${name}\\.port`)
      const type = setting(`${kind}\\.${name}\\.type`)
      return { name: `${prefix}.${name}`, type, port: port === undefined ? undefined : Number(port) }
    })
  })

/** Whether every part counts, or listens if it has no counters. Flume goes on with what could not be started; this does not. */
async function isReady({ log }: ServerProcess, parts: readonly Part[], port: number): Promise<boolean | string> {
  const error = /ERROR (AbstractConfigurationProvider|LifecycleSupervisor): /
  if (error.test(readFileSync(log, 'utf8'))) return 'has a part that cannot start'
  const counters = await countersAt(port)
  const ready = await Promise.all(
    parts.map((part) => {
      if (!UNCOUNTED.includes(part.type ?? '')) return Number(counters[part.name]?.StartTime ?? 0) > 0
      return part.port === undefined || accepts(part.port)
    }),
  )
  return ready.every(Boolean)
}

/** Types of sources and sinks that show no counters. */
const UNCOUNTED: readonly string[] = ['netcat', 'logger']

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** Empty until the agent answers. */
async function countersAt(port: number): Promise<FlumeCounters> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(ASK_LIMIT_MS) })
    return (await answer.json()) as FlumeCounters
  } catch {
    return {}
  }
}
