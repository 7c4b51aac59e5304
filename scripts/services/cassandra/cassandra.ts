/**
 * Apache Cassandra: one node, or a ring of three, each of which owns a third of it. With three replicas and QUORUM, a write
 * is acknowledged when two nodes have it, so any one of them may die.
 */
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { types } from 'cassandra-driver'
import { type Guard, openGuard } from '../guard.ts'
import { installedJars } from '../jars.ts'
import { javaPath, smallJava } from '../java.ts'
import { freePorts } from '../ports.ts'
import { type ServerProcess, startProcess } from '../server-process.ts'
import { CASSANDRA_JAVA, javaOptionsOf } from './java-options.ts'
import { type Certificate, makeCertificate, USER } from './security.ts'
import { type CqlSession, openSession, type SessionPlace } from './session.ts'
import { dataFolder, type Node, type Ports, type Settings, writeSettings } from './settings.ts'

export type CassandraOptions = {
  /** 1 or 3; 1 by default. */
  readonly nodes?: 1 | 3
  /** Clients need a password, TLS, and a certificate. Of one node alone: a ring would keep its users on one node. */
  readonly security?: boolean
  /** The port for clients; a free one by default. */
  readonly port?: number
  /** Further settings of cassandra.yaml, or others than ours. */
  readonly settings?: Settings
  /** Of each node's heap; 512 by default. */
  readonly heapMb?: number
  /** Further options of each virtual machine. */
  readonly javaOptions?: readonly string[]
}

/** Nodes are numbered from 1. */
export type Cassandra = AsyncDisposable & {
  readonly folder: string
  /** `ADDRESS:PORT` of each node, for a client; that of node 1 is the first. */
  readonly contactPoints: readonly string[]
  readonly port: number
  readonly datacenter: string
  /** PEM files that a client needs; undefined without security. */
  readonly certificate: Certificate | undefined
  readonly user: typeof USER
  /** The process of a node, as a number. */
  pid(node: number): number
  /** SIGKILL; resolves when the process is gone. */
  kill(node: number): Promise<void>
  /** SIGSTOP: the node keeps its connections and answers nothing. */
  pause(node: number): void
  resume(node: number): void
  /** Starts a node again, which is killed first if it runs, and waits until it takes statements. */
  restart(node: number): Promise<void>
  /** Resolves when each node takes statements and sees all others at work. */
  whole(): Promise<void>
  /** A session with the whole ring, which the caller closes. */
  session(): Promise<CqlSession>
  /** The rows that a statement gives, in a session of its own. */
  cql(statement: string, params?: readonly unknown[], consistency?: types.consistencies): Promise<readonly types.Row[]>
  /** Kills the nodes and removes their data. */
  stop(): Promise<void>
}

/** What SimpleSnitch calls the only data centre. */
const DATACENTER = 'datacenter1'

/** Starts Cassandra with empty data, and resolves when each node takes statements. Throws if there is no Java 17, or no jars. */
export async function startCassandra(options: CassandraOptions = {}): Promise<Cassandra> {
  const { nodes: count = 1, security = false } = options
  if (security && count > 1) throw new RangeError('security is for one node')
  const jars = await installedCassandra()
  const guard = await openGuard('cassandra')
  try {
    const [free = 0, storage = 0] = await freePorts(2)
    const ports = { native: options.port ?? free, storage }
    const nodes = Array.from({ length: count }, (_, index) => nodeOf(guard, index, count))
    const certificate = security ? await makeCertificate(guard) : undefined
    const start = (node: Node) => startNode(guard, node, { jars, nodes, ports, certificate, options })
    const parts: Parts = { guard, nodes, processes: [], ports, certificate, start }
    // The others ask the first for the ring as they start.
    for (const some of [nodes.slice(0, 1), nodes.slice(1)]) {
      const started = await Promise.all(some.map(start))
      parts.processes.push(...started)
      await Promise.all(some.map((node, index) => started[index]?.ready(() => takesStatements(parts, node))))
    }
    const cassandra = cassandraOf(parts)
    await cassandra.whole()
    return cassandra
  } catch (error) {
    await guard[Symbol.asyncDispose]()
    throw error
  }
}

/** The folder with the jars. Throws if they cannot be had, or there is no Java that runs them. */
export async function installedCassandra(): Promise<string> {
  javaPath(CASSANDRA_JAVA)
  return await installedJars('cassandra')
}

function nodeOf(guard: Guard, index: number, count: number): Node {
  const id = index + 1
  // Tokens go from -2^63 on.
  const token = -(2n ** 63n) + (2n ** 64n / BigInt(count)) * BigInt(index) + 1n
  return { id, folder: join(guard.folder, `node-${id}`), address: `127.0.0.${id}`, token }
}

type Start = {
  readonly jars: string
  readonly nodes: readonly Node[]
  readonly ports: Ports
  readonly certificate: Certificate | undefined
  readonly options: CassandraOptions
}

async function startNode(guard: Guard, node: Node, start: Start): Promise<ServerProcess> {
  const { jars, nodes, ports, certificate, options } = start
  const { settings: more = {}, heapMb = 512, javaOptions = [] } = options
  const conf = await writeSettings(node, { ports, seed: nodes[0]?.address ?? '', certificate, more })
  const temporary = join(node.folder, 'tmp')
  const data = dataFolder(node)
  await Promise.all([temporary, data].map((folder) => mkdir(folder, { recursive: true })))
  const java = [...smallJava(heapMb), ...javaOptions, ...javaOptionsOf({ conf, data, jars, temporary })]
  return await startProcess(guard, { name: `node-${node.id}`, command: javaPath(CASSANDRA_JAVA), args: java })
}

type Parts = {
  readonly guard: Guard
  readonly nodes: readonly Node[]
  /** By node; one that is started again replaces its process. */
  readonly processes: ServerProcess[]
  readonly ports: Ports
  readonly certificate: Certificate | undefined
  readonly start: (node: Node) => Promise<ServerProcess>
}

const placeOf = ({ ports, certificate }: Parts, nodes: readonly Node[]): SessionPlace => ({
  addresses: nodes.map(({ address }) => address),
  port: ports.native,
  certificate,
  datacenter: DATACENTER,
})

/** Whether the node takes statements; its port for clients is the last that it opens, and its user may come after that. */
async function takesStatements(parts: Parts, node: Node): Promise<boolean> {
  if (!(await isListening(node.address, parts.ports.native))) return false
  try {
    await using session = await openSession(placeOf(parts, [node]), true)
    await session.cql('SELECT release_version FROM system.local')
    return true
  } catch {
    return false
  }
}

/** Whether a read that needs every replica of this ring succeeds by way of this node. */
async function seesAll(parts: Parts, node: Node): Promise<boolean> {
  try {
    await using session = await openSession(placeOf(parts, [node]), true)
    const peers = await session.cql('SELECT peer FROM system.peers')
    if (peers.length !== parts.nodes.length - 1) return false
    // A keyspace of Cassandra's own, with three replicas.
    const read = 'SELECT parent_id FROM system_distributed.parent_repair_history'
    if (parts.nodes.length > 1) await session.cql(read, [], types.consistencies.all)
    return true
  } catch {
    return false
  }
}

async function isListening(address: string, port: number): Promise<boolean> {
  const socket = connect(port, address)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

function cassandraOf(parts: Parts): Cassandra {
  const { guard, nodes, processes, ports, certificate, start } = parts
  const nodeAt = (number: number): { readonly node: Node; readonly process: ServerProcess } => {
    const node = nodes[number - 1]
    const process = processes[number - 1]
    if (node === undefined || process === undefined) throw new RangeError(`nodes are 1 to ${nodes.length}`)
    return { node, process }
  }
  const session = () => openSession(placeOf(parts, nodes))
  const stop = async () => await guard[Symbol.asyncDispose]()
  return {
    folder: guard.folder,
    contactPoints: nodes.map(({ address }) => `${address}:${ports.native}`),
    port: ports.native,
    datacenter: DATACENTER,
    certificate,
    user: USER,
    pid: (node) => nodeAt(node).process.pid,
    kill: (node) => nodeAt(node).process.kill(),
    pause: (node) => nodeAt(node).process.pause(),
    resume: (node) => nodeAt(node).process.resume(),
    async restart(number) {
      const { node, process } = nodeAt(number)
      await process.kill()
      const again = await start(node)
      processes[number - 1] = again
      await again.ready(() => takesStatements(parts, node))
    },
    async whole() {
      await Promise.all(nodes.map((node, index) => processes[index]?.ready(() => seesAll(parts, node))))
    },
    session,
    async cql(statement, params, consistency) {
      await using opened = await session()
      return await opened.cql(statement, params, consistency)
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
