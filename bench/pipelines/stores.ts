/** Watches the place where answers come to be seen: at which time the first row of each window is there. */
import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import type { Servers } from './servers.ts'

/** Between two looks. */
const LOOK_MS = 10
const CHUNK_BYTES = 1 << 20

/** A question to a store, whose answer has the end of the window as `ended`; or the number of that column in a CSV file. */
export type Look =
  | { readonly sqlite: string; readonly sql: string }
  | { readonly csv: string; readonly column: number }
  | { readonly cql: string }
  | { readonly influxql: string }

/** The end of a window and when it was seen, both in milliseconds since 1970. */
export type SeenAt = ReadonlyMap<number, number>

/** Looks until the signal is aborted. */
export async function watchStore(
  look: Look,
  { folder, servers }: { readonly folder: string; readonly servers: Servers | undefined },
  signal: AbortSignal,
): Promise<SeenAt> {
  const seen = new Map<number, number>()
  await using question = await openQuestion(look, folder, servers)
  for (let isLast = false; !isLast; ) {
    isLast = signal.aborted
    // Until the pipeline has made the table, there is none.
    const ends = await Promise.resolve(question.ask()).catch(() => [])
    const at = performance.timeOrigin + performance.now()
    for (const end of ends) if (!seen.has(end)) seen.set(end, at)
    if (!isLast) await setTimeout(LOOK_MS)
  }
  return seen
}

type Question = AsyncDisposable & { ask(): Promise<readonly number[]> }

async function openQuestion(look: Look, folder: string, servers: Servers | undefined): Promise<Question> {
  if ('sqlite' in look) return askSqlite(join(folder, look.sqlite), look.sql)
  if ('csv' in look) return askCsv(join(folder, look.csv), look.column)
  if ('cql' in look) {
    const session = await servers?.cassandra?.session()
    const ask = async () => ((await session?.cql(look.cql, [])) ?? []).map((row) => Number(row.get('ended') as Date))
    return { ask, [Symbol.asyncDispose]: async () => session?.[Symbol.asyncDispose]() }
  }
  const ask = async () =>
    ((await servers?.influxdb?.ask(look.influxql)) ?? []).map(({ ended }) => timeOf(String(ended)))
  return { ask, async [Symbol.asyncDispose]() {} }
}

function askSqlite(path: string, sql: string): Question {
  let database: DatabaseSync | undefined
  return {
    async ask() {
      database ??= new DatabaseSync(path, { readOnly: true })
      return database
        .prepare(sql)
        .all()
        .map(({ ended }) => timeOf(String(ended)))
    },
    async [Symbol.asyncDispose]() {
      database?.close()
    },
  }
}

/** Reads on from where it has stopped; no text of these files has a comma before the column. */
function askCsv(path: string, column: number): Question {
  const chunk = Buffer.alloc(CHUNK_BYTES)
  let file: number | undefined
  let rest = ''
  return {
    async ask() {
      file ??= openSync(path, 'r')
      const lines = (rest + chunk.toString('latin1', 0, readSync(file, chunk, 0, CHUNK_BYTES, null))).split('\n')
      rest = lines.pop() ?? ''
      return lines.map((line) => timeOf(line.split(',')[column] ?? '')).filter(Number.isFinite)
    },
    async [Symbol.asyncDispose]() {
      if (file !== undefined) closeSync(file)
    },
  }
}

/** Of a time in UTC, with or without Z. */
const timeOf = (text: string): number => Date.parse(`${text.replace(' ', 'T').replace('Z', '')}Z`)
