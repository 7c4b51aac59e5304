/** Apache Flink: a JobManager, a TaskManager with four slots, and a SQL Gateway in front of them. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Guard, openGuard } from '../guard.ts'
import { installedJars } from '../jars.ts'
import { javaPath, smallJava } from '../java.ts'
import { freePorts } from '../ports.ts'
import { answersAt, type ServerProcess, startProcess } from '../server-process.ts'
import type { ServiceCommand } from '../service-command.ts'
import { commandOf, type FlinkNode, type FlinkSettings, HOST, type Ports, writeSettings } from './settings.ts'

export type Flink = AsyncDisposable & {
  readonly folder: string
  /** `http://HOST:PORT` of the SQL Gateway. */
  readonly gateway: string
  /** `http://HOST:PORT` of the JobManager: its pages and its REST API. */
  readonly jobManager: string
  /** The process of a node, as a number. */
  pid(node: FlinkNode): number
  /** SIGKILL; resolves when the process is gone. */
  kill(node: FlinkNode): Promise<void>
  /** Starts a node again, which is killed first if it runs, and waits until all nodes are there. */
  restart(node: FlinkNode): Promise<void>
  /** Kills the nodes and removes their data. */
  stop(): Promise<void>
}

export type FlinkOptions = {
  /** Further settings of every node, or others than ours. */
  readonly settings?: FlinkSettings
  /** Of the TaskManager's heap; 768 by default. */
  readonly heapMb?: number
  /** Further options of the virtual machine of a node. */
  readonly javaOptions?: Partial<Readonly<Record<FlinkNode, readonly string[]>>>
  /** The processors that a node may use, as `taskset` takes them; all by default. */
  readonly cpus?: Partial<Readonly<Record<FlinkNode, string>>>
}

const NODES: readonly FlinkNode[] = ['jobmanager', 'taskmanager', 'gateway']

/** Starts a cluster without jobs, and resolves when it takes statements. Throws if there is no Java, or no jars. */
export async function startFlink(options: FlinkOptions = {}): Promise<Flink> {
  const jars = await installedJars('flink')
  const guard = await openGuard('flink')
  try {
    const [rpc = 0, rest = 0, taskManager = 0, gateway = 0] = await freePorts(4)
    const ports: Ports = { rpc, rest, taskManager, gateway }
    await writeSettings(guard.folder, ports, options)
    const start = (node: FlinkNode) => startNode(guard, { jars, node, options })
    const processes = {
      jobmanager: await start('jobmanager'),
      taskmanager: await start('taskmanager'),
      gateway: await start('gateway'),
    }
    await waitUntilReady(processes, ports)
    const stop = async () => await guard[Symbol.asyncDispose]()
    return {
      folder: guard.folder,
      gateway: `http://${HOST}:${gateway}`,
      jobManager: `http://${HOST}:${rest}`,
      pid: (node) => processes[node].pid,
      kill: (node) => processes[node].kill(),
      async restart(node) {
        await processes[node].kill()
        processes[node] = await start(node)
        await waitUntilReady(processes, ports)
      },
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await guard[Symbol.asyncDispose]()
    throw error
  }
}

type Started = { readonly jars: string; readonly node: FlinkNode; readonly options: FlinkOptions }

function startNode(guard: Guard, { jars, node, options: given }: Started): Promise<ServerProcess> {
  const conf = join(guard.folder, 'conf')
  const { heapMb, args } = commandOf(node, conf, given.heapMb)
  const log4j = fileURLToPath(new URL('../log4j2.properties', import.meta.url))
  const options = [`-Dlog4j2.configurationFile=${log4j}`, `-Djava.io.tmpdir=${join(guard.folder, 'tmp')}`]
  const java = [...smallJava(heapMb), ...options, ...(given.javaOptions?.[node] ?? []), '-cp', join(jars, '*'), ...args]
  const cpus = given.cpus?.[node]
  return startProcess(guard, {
    name: node,
    ...(cpus === undefined
      ? { command: javaPath(), args: java }
      : { command: 'taskset', args: ['-c', cpus, javaPath(), ...java] }),
    environment: { FLINK_CONF_DIR: conf, FLINK_PLUGINS_DIR: join(guard.folder, 'plugins'), FLINK_LIB_DIR: jars },
  })
}

async function waitUntilReady(processes: Readonly<Record<FlinkNode, ServerProcess>>, ports: Ports): Promise<void> {
  await processes.jobmanager.ready(() => answersAt(`http://${HOST}:${ports.rest}/overview`))
  await processes.taskmanager.ready(() => hasSlots(`http://${HOST}:${ports.rest}/overview`))
  await processes.gateway.ready(() => answersAt(`http://${HOST}:${ports.gateway}/v2/info`))
}

async function hasSlots(overview: string): Promise<boolean> {
  const answer = await fetch(overview).catch(() => undefined)
  if (answer?.ok !== true) return false
  const { 'slots-total': slots } = (await answer.json()) as { readonly 'slots-total': number }
  return slots > 0
}

export const flinkOnCommand: ServiceCommand = {
  name: 'flink',
  usage: 'flink',
  summary: 'Apache Flink, a JobManager, a TaskManager and a SQL Gateway',
  async start() {
    const flink = await startFlink()
    return {
      folder: flink.folder,
      pids: NODES.map((node) => flink.pid(node)),
      addresses: { 'SQL Gateway': flink.gateway, JobManager: flink.jobManager, 'data and logs': flink.folder },
      [Symbol.asyncDispose]: flink.stop,
    }
  },
}
