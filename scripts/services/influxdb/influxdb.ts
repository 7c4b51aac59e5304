/** One server of InfluxDB 1.8, which speaks the write API of version 2 and answers Flux and InfluxQL. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../../../src/base/failure.ts'
import { type Guard, openGuard } from '../guard.ts'
import { freePorts } from '../ports.ts'
import { answersAt, type ServerProcess, startProcess } from '../server-process.ts'
import { installedInfluxdb } from './install.ts'

/** The database that is there from the start; its retention policy, `autogen`, keeps points for good. */
export const DATABASE = 'case_study'

export type InfluxdbOptions = {
  readonly port?: number
  /** The administrator of a server that asks for a login; absent: anybody may read and write. */
  readonly login?: { readonly username: string; readonly password: string }
  /** Lines of the section `[http]` of its configuration. */
  readonly http?: readonly string[]
}

export type Influxdb = AsyncDisposable & {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  readonly port: number
  readonly folder: string
  readonly pid: number
  readonly log: string
  /** A statement of InfluxQL: the rows of all its series, each with the tags it was grouped by. Throws what the server refuses. */
  ask(statement: string, database?: string): Promise<readonly InfluxRow[]>
  /** The rows of a script of Flux, as texts by the names of their columns. */
  flux(script: string): Promise<readonly Readonly<Record<string, string>>[]>
  kill(): Promise<void>
  /** SIGSTOP and SIGCONT. */
  pause(): void
  resume(): void
  /** With its data, at its port. It is killed first if it runs. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export type InfluxRow = Readonly<Record<string, string | number | boolean | null>>

/** Starts a server with database `case_study`. Throws if it cannot be built. */
export async function startInfluxdb({ port, login, http = [] }: InfluxdbOptions = {}): Promise<Influxdb> {
  const command = await installedInfluxdb()
  const guard = await openGuard('influxdb')
  try {
    const [free = 0, rpc = 0] = await freePorts(2)
    const address = `127.0.0.1:${port ?? free}`
    const file = join(guard.folder, 'influxdb.conf')
    await writeFile(file, configuration(guard.folder, { address, rpc, isOpen: login === undefined, http }))
    const start = async (): Promise<ServerProcess> => {
      const process = await startProcess(guard, { name: 'influxdb', command, args: ['run', '-config', file] })
      await process.ready(() => answersAt(`http://${address}/health`))
      return process
    }
    const server = await serverOf(guard, `http://${address}`, { start, login })
    if (login !== undefined) {
      const password = `'${login.password}'`
      await server.ask(`CREATE USER "${login.username}" WITH PASSWORD ${password} WITH ALL PRIVILEGES`)
    }
    await server.ask(`CREATE DATABASE "${DATABASE}" WITH NAME "autogen"`)
    return server
  } catch (error) {
    await guard[Symbol.asyncDispose]()
    throw error
  }
}

type Configuration = {
  readonly address: string
  readonly rpc: number
  readonly isOpen: boolean
  readonly http: readonly string[]
}

const configuration = (folder: string, { address, rpc, isOpen, http }: Configuration): string => `
reporting-disabled = true
bind-address = "127.0.0.1:${rpc}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "${address}"
  flux-enabled = true
  log-enabled = false
  auth-enabled = ${!isOpen}
${http.map((line) => `  ${line}`).join('\n')}
`

type Running = {
  readonly start: () => Promise<ServerProcess>
  readonly login: InfluxdbOptions['login'] | undefined
}

async function serverOf(guard: Guard, url: string, { start, login }: Running): Promise<Influxdb> {
  let process = await start()
  const headers: Record<string, string> =
    login === undefined ? {} : { authorization: `Token ${login.username}:${login.password}` }
  const stop = async () => await guard[Symbol.asyncDispose]()
  return {
    url,
    port: Number(new URL(url).port),
    folder: guard.folder,
    get pid() {
      return process.pid
    },
    log: process.log,
    async ask(statement, database = DATABASE) {
      const body = new URLSearchParams({ q: statement, db: database, epoch: 'ns' })
      const answer = await fetch(`${url}/query`, { method: 'POST', body, headers })
      return rowsOfAnswer(statement, await answer.text())
    },
    async flux(script) {
      const type = { 'content-type': 'application/vnd.flux', accept: 'application/csv' }
      const answer = await fetch(`${url}/api/v2/query`, {
        method: 'POST',
        body: script,
        headers: { ...headers, ...type },
      })
      const text = await answer.text()
      if (!answer.ok) throw new Failure('io', `Flux is refused: ${text}\n${script}`)
      return rowsOfFlux(text)
    },
    kill: () => process.kill(),
    pause: () => process.pause(),
    resume: () => process.resume(),
    async restart() {
      await process.kill()
      process = await start()
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

type Answer = {
  readonly error?: string
  readonly results?: readonly {
    readonly error?: string
    readonly series?: readonly {
      readonly tags?: InfluxRow
      readonly columns: readonly string[]
      readonly values: readonly (readonly (string | number | boolean | null)[])[]
    }[]
  }[]
}

function rowsOfAnswer(statement: string, text: string): readonly InfluxRow[] {
  // Numbers beyond 2^53, as times in ns, stay texts.
  const { error, results = [] } = JSON.parse(text.replace(/(?<=[[,])-?\d{16,}(?=[\],])/g, '"$&"')) as Answer
  const refused = error ?? results.find((result) => result.error !== undefined)?.error
  if (refused !== undefined) throw new Failure('io', `InfluxDB refuses ${statement}: ${refused}`)
  return results.flatMap(({ series = [] }) =>
    series.flatMap(({ tags = {}, columns, values }) =>
      values.map((row) => ({ ...tags, ...Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null])) })),
    ),
  )
}

/** Annotated CSV: a table begins with the names of its columns, the first of which is empty. Texts have no line breaks here. */
function rowsOfFlux(text: string): readonly Readonly<Record<string, string>>[] {
  const rows: Record<string, string>[] = []
  let names: readonly string[] = []
  for (const line of text.split('\r\n')) {
    if (line === '') names = []
    else if (!line.startsWith('#')) {
      const cells = line.split(',')
      if (names.length === 0) names = cells
      else rows.push(Object.fromEntries(names.flatMap((name, i) => (name === '' ? [] : [[name, cells[i] ?? '']]))))
    }
  }
  const error = rows.find((row) => row.error !== undefined && row.reference !== undefined)
  if (error !== undefined) throw new Failure('io', `Flux fails: ${error.error}`)
  return rows
}
