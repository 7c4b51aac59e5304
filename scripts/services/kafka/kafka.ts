/**
 * Apache Kafka, of one broker or three, each of which is also a controller. With three, topics have three replicas, and a
 * write is acknowledged when two have it, so any one broker may die.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure } from '../../../src/base/failure.ts'
import { debianProgram } from '../debian.ts'
import { type Guard, openGuard } from '../guard.ts'
import { installedJars } from '../jars.ts'
import { javaPath, smallJava } from '../java.ts'
import { freePorts } from '../ports.ts'
import { type RunOptions, runProgram } from '../program.ts'
import { type ServerProcess, startProcess } from '../server-process.ts'
import { clusterView, isInSync, withAdmin } from './cluster-view.ts'
import { type Certificate, makeCertificate, USERS, type User } from './security.ts'
import { HOST, type Listener, type Node, propertiesOf, type Settings, settingsOf } from './settings.ts'
import { kafkaTool } from './tool.ts'

export type KafkaOptions = {
  /** 1 or 3; 1 by default. */
  readonly brokers?: 1 | 3
  /** Adds listeners with SASL and TLS. */
  readonly security?: boolean
  /** Of broker 1, without security; those of the others follow. Free ports by default. */
  readonly port?: number
  /** Further settings of every broker, or others than ours. */
  readonly settings?: Settings
  /** Of each broker's heap; 384 by default. */
  readonly heapMb?: number
  /** Further options of each broker's virtual machine. */
  readonly javaOptions?: readonly string[]
}

/** Brokers are numbered from 1. */
export type Kafka = AsyncDisposable & {
  readonly folder: string
  /** `HOST:PORT,…` of all brokers, without security. */
  readonly bootstrap: string
  /** The same of another listener; throws if Kafka was started without security. */
  bootstrapOf(listener: Listener): string
  /** The addresses without security, by broker; that of broker 1 is the first. */
  readonly addresses: readonly string[]
  /** The certificate to trust, as a PEM file; undefined without security. */
  readonly ca: string | undefined
  readonly users: Readonly<Record<'plain' | 'scram', User>>
  /** The process of a broker, as a number. */
  pid(broker: number): number
  /** SIGKILL; resolves when the process is gone. */
  kill(broker: number): Promise<void>
  /** SIGSTOP: the broker keeps its connections and answers nothing. */
  pause(broker: number): void
  resume(broker: number): void
  /** Starts a broker again, which is killed first if it runs, and waits until it has joined the cluster. */
  restart(broker: number): Promise<void>
  /** Resolves when all brokers are there and every replica is in sync. */
  whole(): Promise<void>
  createTopic(name: string, partitions: number, settings?: Settings): Promise<void>
  deleteTopic(name: string): Promise<void>
  /** Runs one of Kafka's own programs, and gives what it writes to its standard output. */
  tool(mainClass: string, args: readonly string[], options?: RunOptions): Promise<string>
  /** Runs kcat with these brokers, and gives what it writes to its standard output. Throws if it is not installed. */
  kcat(args: readonly string[], options?: RunOptions): Promise<string>
  /** Kills the brokers and removes their data. */
  stop(): Promise<void>
}

/** Starts Kafka with empty data, and resolves when every broker knows all brokers. Throws if there is no Java, or no jars. */
export async function startKafka(options: KafkaOptions = {}): Promise<Kafka> {
  const jars = await installedJars('kafka')
  const guard = await openGuard('kafka')
  try {
    const nodes = await Promise.all(
      Array.from({ length: options.brokers ?? 1 }, (_, index) => nodeOf(guard, index + 1, options)),
    )
    const certificate = options.security ? await makeCertificate(guard.folder) : undefined
    await format(nodes, certificate, options.settings)
    const start = (node: Node) => startBroker(guard, node, [...javaOptions(guard, options), '-cp', join(jars, '*')])
    const processes = await Promise.all(nodes.map(start))
    const kafka = kafkaOf({ guard, nodes, processes, certificate, start })
    await Promise.all(nodes.map((node, index) => processes[index]?.ready(() => knows(node, nodes))))
    return kafka
  } catch (error) {
    await guard[Symbol.asyncDispose]()
    throw error
  }
}

async function nodeOf(guard: Guard, id: number, { security = false, port }: KafkaOptions): Promise<Node> {
  const folder = join(guard.folder, `broker-${id}`)
  await mkdir(folder)
  const listeners: readonly (Listener | 'CONTROLLER')[] = security
    ? ['CONTROLLER', 'PLAINTEXT', 'SASL_SSL', 'SASL_PLAINTEXT', 'SSL']
    : ['CONTROLLER', 'PLAINTEXT']
  const ports = await freePorts(listeners.length)
  const {
    CONTROLLER = 0,
    PLAINTEXT: free = 0,
    ...others
  } = Object.fromEntries(listeners.map((name, index) => [name, ports[index] ?? 0]))
  const PLAINTEXT = port === undefined ? free : port + id - 1
  return { id, folder, ports: { CONTROLLER, PLAINTEXT, ...others } }
}

const javaOptions = (guard: Guard, { heapMb = 384, javaOptions = [] }: KafkaOptions): readonly string[] => [
  ...smallJava(heapMb),
  `-Dlog4j2.configurationFile=${fileURLToPath(new URL('../log4j2.properties', import.meta.url))}`,
  // Compressors unpack their native code there.
  `-Djava.io.tmpdir=${guard.folder}`,
  ...javaOptions,
]

/** Prepares the data folder of each node, with the users whose passwords are kept in the cluster. */
async function format(
  nodes: readonly Node[],
  certificate: Certificate | undefined,
  settings: Settings = {},
): Promise<void> {
  const controllers = nodes.map(({ id, ports }) => `${id}@${HOST}:${ports.CONTROLLER}:${randomId()}`)
  const { username, password } = USERS.scram
  const args = [
    ...['format', '--cluster-id', randomId(), '--initial-controllers', controllers.join()],
    ...(certificate === undefined ? [] : ['--add-scram', `SCRAM-SHA-512=[name=${username},password=${password}]`]),
  ]
  await Promise.all(
    nodes.map(async (node) => {
      const file = settingsFile(node)
      await writeFile(file, propertiesOf({ ...settingsOf(node, nodes, certificate), ...settings }))
      await kafkaTool('kafka.tools.StorageTool', [...args, '--config', file])
    }),
  )
}

const settingsFile = (node: Node): string => join(node.folder, 'server.properties')

/** As Kafka makes them: 16 bytes in base64url, which must not begin like an option. */
function randomId(): string {
  const id = randomBytes(16).toString('base64url')
  return id.startsWith('-') ? randomId() : id
}

const startBroker = (guard: Guard, node: Node, java: readonly string[]): Promise<ServerProcess> =>
  startProcess(guard, {
    name: `broker-${node.id}`,
    command: javaPath(),
    args: [...java, 'kafka.Kafka', settingsFile(node)],
  })

/** Whether the node answers, and counts these among the brokers at work. */
async function knows(node: Node, nodes: readonly Node[]): Promise<boolean> {
  const view = await clusterView(node.ports.PLAINTEXT)
  return view !== undefined && nodes.every(({ id }) => view.brokers.includes(id))
}

const addressOf = (node: Node, listener: Listener = 'PLAINTEXT'): string => `${HOST}:${node.ports[listener]}`

type Parts = {
  readonly guard: Guard
  readonly nodes: readonly Node[]
  /** By node; a broker that is started again replaces its process. */
  readonly processes: ServerProcess[]
  readonly certificate: Certificate | undefined
  readonly start: (node: Node) => Promise<ServerProcess>
}

function kafkaOf({ guard, nodes, processes, certificate, start }: Parts): Kafka {
  const brokerOf = (broker: number): { readonly node: Node; readonly process: ServerProcess } => {
    const node = nodes[broker - 1]
    const process = processes[broker - 1]
    if (node === undefined || process === undefined) throw new RangeError(`brokers are 1 to ${nodes.length}`)
    return { node, process }
  }
  const bootstrapOf = (listener: Listener): string => {
    if (listener !== 'PLAINTEXT' && certificate === undefined) throw new Failure('usage', 'Kafka runs without security')
    return nodes.map((node) => addressOf(node, listener)).join()
  }
  const addresses = nodes.map((node) => addressOf(node))
  const stop = async () => await guard[Symbol.asyncDispose]()
  return {
    folder: guard.folder,
    bootstrap: bootstrapOf('PLAINTEXT'),
    bootstrapOf,
    addresses,
    ca: certificate?.ca,
    users: USERS,
    pid: (broker) => brokerOf(broker).process.pid,
    kill: (broker) => brokerOf(broker).process.kill(),
    pause: (broker) => brokerOf(broker).process.pause(),
    resume: (broker) => brokerOf(broker).process.resume(),
    async restart(broker) {
      const { node, process } = brokerOf(broker)
      await process.kill()
      const again = await start(node)
      processes[broker - 1] = again
      await again.ready(() => knows(node, [node]))
    },
    async whole() {
      const [first] = processes
      await first?.ready(async () => {
        const views = await Promise.all(nodes.map(({ ports }) => clusterView(ports.PLAINTEXT)))
        return views.every((view) => view !== undefined && view.brokers.length === nodes.length && isInSync(view))
      })
    },
    async createTopic(name, partitions, settings = {}) {
      const configs = Object.entries(settings).map(([name, value]) => ({ name, value: String(value) }))
      const replicas = Math.min(3, nodes.length)
      await withAdmin(addresses, (admin) => admin.createTopics({ topics: [name], partitions, replicas, configs }))
    },
    deleteTopic: (name) => withAdmin(addresses, (admin) => admin.deleteTopics({ topics: [name] })),
    tool: (mainClass, args, options) => kafkaTool(mainClass, args, options, guard),
    async kcat(args, options) {
      const kcat = { name: 'kcat', command: debianProgram('kcat'), args: ['-b', addresses.join(), ...args] }
      return (await runProgram(guard, kcat, options)).toString()
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
