/** OpenSearch, one node without sign-in, whose `_bulk` is that of Elasticsearch. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openGuard } from '../guard.ts'
import { installedJars } from '../jars.ts'
import { javaPath, smallJava } from '../java.ts'
import { freePorts } from '../ports.ts'
import { answersAt, type ServerProcess, startProcess } from '../server-process.ts'
import { portOf, type ServiceCommand } from '../service-command.ts'

export type Opensearch = AsyncDisposable & {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  readonly port: number
  readonly folder: string
  readonly log: string
  pid(): number
  /** The answer to a request, read as JSON. */
  ask(method: string, path: string, body?: unknown): Promise<unknown>
  /** All documents of an index: their `_source`. */
  documents(index: string): Promise<readonly { readonly [field: string]: unknown }[]>
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>
  /** Starts it again after `kill`, and waits until it answers. */
  restart(): Promise<void>
  stop(): Promise<void>
}

const START = fileURLToPath(new URL('Start.java', import.meta.url))
/** What OpenSearch gives at once, unless an index says otherwise. */
const MOST_FOUND = 10_000

export const installedOpensearch = (): Promise<string> => installedJars('opensearch')

/** Starts a node with empty data. Throws if there is no Java, or no jars. */
export async function startOpensearch({ port }: { readonly port?: number } = {}): Promise<Opensearch> {
  const jars = await installedOpensearch()
  const guard = await openGuard('opensearch')
  try {
    const [free = 0, transport = 0] = await freePorts(2)
    const url = `http://127.0.0.1:${port ?? free}`
    const home = join(guard.folder, 'home')
    await mkdir(join(home, 'config'), { recursive: true })
    const start = async (): Promise<ServerProcess> => {
      const args = [...smallJava(512), '-cp', join(jars, '*'), START, home, `${port ?? free}`, `${transport}`]
      const process = await startProcess(guard, { name: 'opensearch', command: javaPath(), args })
      await process.ready(() => isReady(url))
      return process
    }
    let process = await start()
    const ask: Opensearch['ask'] = async (method, path, body) => {
      const headers = { 'content-type': 'application/json' }
      const sent = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) }
      return await (await fetch(`${url}${path}`, sent)).json()
    }
    const stop = async () => await guard[Symbol.asyncDispose]()
    return {
      url,
      port: port ?? free,
      folder: guard.folder,
      log: process.log,
      pid: () => process.pid,
      ask,
      async documents(index) {
        await ask('POST', `/${index}/_refresh`)
        const answer = (await ask('GET', `/${index}/_search?size=${MOST_FOUND}`)) as Found
        return answer.hits.hits.map(({ _source }) => _source)
      },
      kill: () => process.kill(),
      async restart() {
        process = await start()
      },
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await guard[Symbol.asyncDispose]()
    throw error
  }
}

type Found = {
  readonly hits: { readonly hits: readonly { readonly _source: { readonly [field: string]: unknown } }[] }
}

const isReady = (url: string): Promise<boolean> => answersAt(`${url}/_cluster/health?wait_for_status=yellow&timeout=1s`)

export const opensearchOnCommand: ServiceCommand = {
  name: 'opensearch',
  usage: 'opensearch [PORT]',
  summary: 'OpenSearch, one node',
  async start([port]) {
    const server = await startOpensearch(port === undefined ? {} : { port: portOf(port) })
    return {
      folder: server.folder,
      pids: [server.pid()],
      addresses: { address: server.url, log: server.log },
      [Symbol.asyncDispose]: server.stop,
    }
  },
}
