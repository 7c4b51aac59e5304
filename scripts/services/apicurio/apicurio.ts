/** Apicurio Registry, one server with its schemas in a file, which answers as Confluent's registry does. */
import { join } from 'node:path'
import { openGuard } from '../guard.ts'
import { unpackedArtifact } from '../jars.ts'
import { type JavaVersions, javaPath, smallJava } from '../java.ts'
import { freePorts } from '../ports.ts'
import { answersAt, type ServerProcess, startProcess } from '../server-process.ts'
import { portOf, type ServiceCommand } from '../service-command.ts'

/** It is compiled for 21. */
const JAVA: JavaVersions = { oldest: 21, newest: 99 }
const ARTIFACT = 'io.apicurio:apicurio-registry-app:3.3.3:tar.gz:all'
/** Its routes that are those of Confluent. */
const CONFLUENT = '/apis/ccompat/v7'

export type Apicurio = AsyncDisposable & {
  /** What clients are given: `http://127.0.0.1:PORT/apis/ccompat/v7`. */
  readonly url: string
  readonly folder: string
  readonly log: string
  pid(): number
  /** The answer to a request under `url`, read as JSON. */
  ask(method: string, path: string, body?: unknown): Promise<{ readonly [key: string]: unknown }>
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>
  /** Starts it again after `kill`, with its schemas, and waits until it answers. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** The folder with the program. Throws if there is no Java of 21 or newer, or Maven cannot get it. */
export async function installedApicurio(): Promise<string> {
  javaPath(JAVA)
  return await unpackedArtifact('apicurio', ARTIFACT)
}

/** Starts a registry without schemas. Throws if there is no Java, or no program. */
export async function startApicurio({ port }: { readonly port?: number } = {}): Promise<Apicurio> {
  const program = await installedApicurio()
  const guard = await openGuard('apicurio')
  try {
    const [free = 0, management = 0] = await freePorts(2)
    const origin = `http://127.0.0.1:${port ?? free}`
    const start = async (): Promise<ServerProcess> => {
      const args = [
        ...smallJava(384),
        '-Dquarkus.http.host=127.0.0.1',
        `-Dquarkus.http.port=${port ?? free}`,
        '-Dquarkus.management.host=127.0.0.1',
        `-Dquarkus.management.port=${management}`,
        `-Dapicurio.datasource.url=jdbc:h2:file:${join(guard.folder, 'schemas')}`,
        ...['-jar', join(program, 'quarkus-run.jar')],
      ]
      const process = await startProcess(guard, { name: 'apicurio', command: javaPath(JAVA), args })
      await process.ready(() => answersAt(`${origin}${CONFLUENT}/subjects`))
      return process
    }
    let process = await start()
    const stop = async () => await guard[Symbol.asyncDispose]()
    return {
      url: `${origin}${CONFLUENT}`,
      folder: guard.folder,
      log: process.log,
      pid: () => process.pid,
      async ask(method, path, body) {
        const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' }
        const sent = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) }
        return (await (await fetch(`${origin}${CONFLUENT}${path}`, sent)).json()) as { readonly [key: string]: unknown }
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

export const registryOnCommand: ServiceCommand = {
  name: 'registry',
  usage: 'registry [PORT]',
  summary: 'Apicurio, a schema registry that answers as that of Confluent does',
  async start([port]) {
    const server = await startApicurio(port === undefined ? {} : { port: portOf(port) })
    return {
      folder: server.folder,
      pids: [server.pid()],
      addresses: { registry: server.url, log: server.log },
      [Symbol.asyncDispose]: server.stop,
    }
  },
}
