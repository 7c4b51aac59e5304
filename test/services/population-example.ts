/** The files of examples/population in a folder of a test, an API that fails as it is told to, and the rows that have to come of it. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { PopulationRow } from '../../examples/population/population.ts'
import type { PopulationServer } from '../../examples/population/server.ts'
import { type Environment, type Folder, folderWith, jsonOf } from '../cli/tailrace.ts'

export const EXAMPLE = 'examples/population'
const POLL_MS = 100

/** The rows of `people` and of the alert as files, too, so that those of different setups can be compared. */
const ROWS =
  'sinks: { rows: { from: people, ndjson: out/people.ndjson }, said: { from: population_falls, ndjson: out/said.ndjson } }\n'
/** Lays `own.yaml` over it last, and gives a slow answer up soon. */
export const OWN: readonly string[] = ['--with', 'own.yaml', '--set', 'sources.api.http.timeout=1s']

/** The pipeline, its overlays, and `own.yaml`. */
export function exampleFolder(environment: Environment = {}): Folder {
  const files = readdirSync(EXAMPLE).filter((name) => name.endsWith('.yaml'))
  const content = files.map((name) => [name, readFileSync(join(EXAMPLE, name))] as const)
  const folder = folderWith({ ...Object.fromEntries(content), 'own.yaml': ROWS }, environment)
  mkdirSync(folder.at('out'))
  return folder
}

/** A configuration of the example with other texts in it. */
export const changed = (name: string, changes: Readonly<Record<string, string>>): string =>
  Object.entries(changes).reduce(
    (conf, [from, to]) => {
      expect(conf).toContain(from)
      return conf.replaceAll(from, to)
    },
    readFileSync(join(EXAMPLE, name), 'utf8'),
  )

export type Person = PopulationRow & { readonly asked: string; readonly file: string }

/** What has come out of `people`, in order; `whole` lines alone while it grows. */
export const peopleIn = (folder: Folder): readonly Person[] => rowsIn(folder, 'out/people.ndjson')

/** What the alert has said. */
export const saidIn = (folder: Folder): readonly { readonly state: string; readonly message: string }[] =>
  rowsIn(folder, 'out/said.ndjson')

function rowsIn<Row>(folder: Folder, name: string): readonly Row[] {
  try {
    return jsonOf(folder.lines(name))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Rows as the API has them: without what differs from poll to poll. */
export const plain = ({ asked: _, file: __, ...row }: Person): PopulationRow => row

/** By nation and year. */
export const inOrder = <Row extends PopulationRow>(rows: readonly Row[]): readonly Row[] =>
  rows.toSorted((a, b) => a['ID Year'] - b['ID Year'] || (a['ID Nation'] < b['ID Nation'] ? -1 : 1))

/** The table of the embedded pipeline, as rows of the API. */
export function tableIn(folder: Folder): readonly PopulationRow[] {
  using database = new DatabaseSync(folder.at('out/population.db'), { readOnly: true })
  const rows = database.prepare('SELECT * FROM population_data').all()
  const named = rows.map((row) => Object.entries(row).map(([name, value]) => [name.replace('_', ' '), value]))
  return inOrder(named.map((row) => Object.fromEntries(row)))
}

export type Hook = AsyncDisposable & { readonly url: string; readonly bodies: readonly Told[] }
export type Told = {
  readonly alert: string
  readonly state: string
  readonly id: string
  readonly keys: readonly { readonly id: string }[]
}

/** A webhook that keeps what it gets. */
export async function startHook(): Promise<Hook> {
  const bodies: Told[] = []
  const server = createServer(async (request, response) => {
    bodies.push(JSON.parse(Buffer.concat(await request.toArray()).toString()))
    response.writeHead(204).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    bodies,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const FAULTS = ['500', '429', 'slow', 'cut', 'schema', 'type', 'empty', 'reset'] as const

/**
 * Changes the API again and again, most times with a fault before the answer that has the change, and waits each time until the
 * row is there: so no version is passed over. Then a year falls, and recovers. Gives all versions of all rows, in order.
 */
export async function drive(server: PopulationServer, folder: Folder, hook: Hook): Promise<readonly PopulationRow[]> {
  const { population } = server
  const all = [...population.rows()]
  const until = async (is: () => boolean) => {
    while (!is()) await sleep(POLL_MS)
  }
  const arrived = () => until(() => peopleIn(folder).length >= all.length)
  await arrived()
  for (const fault of [...FAULTS, undefined]) {
    if (fault !== undefined) server.fail(fault)
    all.push(population.change())
    await arrived()
  }
  const fallen = population.rows().find((row) => row['ID Nation'] === '01000US' && row['ID Year'] === 2015)
  const people = fallen?.Population ?? 0
  for (const [count, state] of [
    [people - 60_000_000, 'firing'],
    [people + 1, 'resolved'],
  ] as const) {
    all.push(population.revise('01000US', 2015, count))
    await arrived()
    await until(() => hook.bodies.some((told) => told.state === state))
  }
  return all
}
