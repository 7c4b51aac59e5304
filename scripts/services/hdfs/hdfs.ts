/** HDFS: a NameNode and one DataNode, which holds the only replica of each block. Nobody's permissions are checked. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Guard, openGuard } from '../guard.ts'
import { installedJars } from '../jars.ts'
import { javaPath, smallJava } from '../java.ts'
import { freePorts } from '../ports.ts'
import { type RunOptions, runJava } from '../program.ts'
import { type ServerProcess, startProcess } from '../server-process.ts'
import { dataNodeIsReady, nameNodeIsReady } from './ready.ts'
import { type Ports, writeSettings } from './settings.ts'

const HEAP_MB = 256

export type HdfsNode = 'namenode' | 'datanode'

export type Hdfs = AsyncDisposable & {
  readonly folder: string
  /** `hdfs://HOST:PORT`, for Hadoop's own protocol. */
  readonly uri: string
  /** `http://HOST:PORT`, where `/webhdfs/v1` is. */
  readonly webhdfs: string
  /** The folder with `core-site.xml` and `hdfs-site.xml`. */
  readonly conf: string
  /** The process of a node, as a number. */
  pid(node: HdfsNode): number
  /** SIGKILL; resolves when the process is gone. */
  kill(node: HdfsNode): Promise<void>
  /** SIGSTOP: the node keeps its connections and answers nothing. */
  pause(node: HdfsNode): void
  resume(node: HdfsNode): void
  /** Starts a node again, which is killed first if it runs, and waits until its blocks can be read and written. */
  restart(node: HdfsNode): Promise<void>
  /** What Hadoop's file system shell writes to its standard output, such as for `-ls -R /`. */
  shell(args: readonly string[], options?: RunOptions): Promise<Buffer>
  /** Kills the nodes and removes their data. */
  stop(): Promise<void>
}

/** Starts an empty HDFS, and resolves when files can be written. Throws if there is no Java, or no jars. */
export async function startHdfs(): Promise<Hdfs> {
  const jars = await installedJars('hdfs')
  const guard = await openGuard('hdfs')
  try {
    const [nameNode = 0, nameNodeHttp = 0, dataNode = 0, dataNodeIpc = 0, dataNodeHttp = 0] = await freePorts(5)
    const ports: Ports = { nameNode, nameNodeHttp, dataNode, dataNodeIpc, dataNodeHttp }
    const conf = await writeSettings(guard.folder, ports)
    const temporary = join(guard.folder, 'tmp')
    await mkdir(temporary)
    const classPath = `${conf}:${join(jars, '*')}`
    const javaOptions = ['--add-opens=java.base/java.lang=ALL-UNNAMED', `-Djava.io.tmpdir=${temporary}`]
    const format = { mainClass: MAIN_CLASSES.namenode, args: ['-format', '-nonInteractive'] }
    await runJava({ classPath, javaOptions, ...format }, {}, guard)
    const start = (node: HdfsNode): Promise<ServerProcess> =>
      startProcess(guard, {
        name: node,
        command: javaPath(),
        args: [...smallJava(HEAP_MB), ...javaOptions, '-cp', classPath, MAIN_CLASSES[node]],
      })
    const processes = { namenode: await start('namenode'), datanode: await start('datanode') }
    await waitUntilReady(processes, ports)
    const shell = (args: readonly string[], options?: RunOptions): Promise<Buffer> =>
      runJava({ classPath, javaOptions, mainClass: 'org.apache.hadoop.fs.FsShell', args }, options, guard)
    return { conf, shell, ...nodesOf({ guard, ports, processes, start }) }
  } catch (error) {
    await guard[Symbol.asyncDispose]()
    throw error
  }
}

const MAIN_CLASSES: Readonly<Record<HdfsNode, string>> = {
  namenode: 'org.apache.hadoop.hdfs.server.namenode.NameNode',
  datanode: 'org.apache.hadoop.hdfs.server.datanode.DataNode',
}

type Parts = {
  readonly guard: Guard
  readonly ports: Ports
  /** A node that is started again replaces its process. */
  readonly processes: Record<HdfsNode, ServerProcess>
  readonly start: (node: HdfsNode) => Promise<ServerProcess>
}

function nodesOf({ guard, ports, processes, start }: Parts): Omit<Hdfs, 'conf' | 'shell'> {
  const stop = async () => await guard[Symbol.asyncDispose]()
  return {
    folder: guard.folder,
    uri: `hdfs://127.0.0.1:${ports.nameNode}`,
    webhdfs: `http://127.0.0.1:${ports.nameNodeHttp}`,
    pid: (node) => processes[node].pid,
    kill: (node) => processes[node].kill(),
    pause: (node) => processes[node].pause(),
    resume: (node) => processes[node].resume(),
    async restart(node) {
      await processes[node].kill()
      processes[node] = await start(node)
      await waitUntilReady(processes, ports)
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function waitUntilReady(processes: Parts['processes'], ports: Ports): Promise<void> {
  await processes.namenode.ready(() => nameNodeIsReady(ports.nameNodeHttp))
  await processes.datanode.ready(() => dataNodeIsReady(ports.dataNodeHttp))
}
