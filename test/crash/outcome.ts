/**
 * The content of a folder after a run, in a form that is equal for two runs however often they were killed: all records of
 * all topics, and the files of the sinks. Arrival times are left out, and the borders between the files of an archive; and
 * so is the order of dead letters, which come from several queries.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openLocalParquet } from '../../src/format/parquet/local-file.ts'
import { makeEncoder } from '../../src/format/write/encoders.ts'
import { settledLetters } from '../../src/topic/letters.test-tool.ts'
import { readTopics } from '../run/in-process.ts'

/** By `TOPIC-PARTITION` or name of a file: its records or lines. */
export type Outcome = ReadonlyMap<string, readonly string[]>

/** The outcome of a run in its folder. */
export async function readOutcome(folder: string): Promise<Outcome> {
  const outcome = new Map<string, readonly string[]>()
  for (const [name, records] of await readTopics(join(folder, 'data'))) {
    const texts = records.map(({ key, value }) => `${key ?? ''}\t${value}`)
    outcome.set(name, /\.dead-\d+$/.test(name) ? settledLetters(records.map(({ value }) => value)).toSorted() : texts)
  }
  for (const file of existsSync(join(folder, 'out')) ? readdirSync(join(folder, 'out')).filter(isContent) : []) {
    const path = join(folder, 'out', file)
    if (file.endsWith('.db')) for (const [table, rows] of tablesIn(path)) outcome.set(`out/${file} ${table}`, rows)
    else outcome.set(`out/${file}`, linesIn(path))
  }
  for (const [name, lines] of archived(join(folder, 'archive'))) outcome.set(name, lines)
  for (const [name, lines] of await rowsOfLake(join(folder, 'lake'))) outcome.set(name, lines)
  return outcome
}

/** The rows of each day and partition, over all Parquet files. */
async function rowsOfLake(folder: string): Promise<Map<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>()
  const paths = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : []
  for (const path of paths.sort()) {
    const part = /^(.*)\/.*-p(\d+)-\d+-\d+\.parquet$/.exec(path)
    if (part === null) {
      if (path.includes('.')) found.set(path, ['should not be there'])
      continue
    }
    const name = `lake/${part[1]} ${part[2]}`
    found.set(name, [...(found.get(name) ?? []), ...(await rowsOfParquet(join(folder, path)))])
  }
  return found
}

async function rowsOfParquet(path: string): Promise<string[]> {
  const file = await openLocalParquet(path)
  const encoder = makeEncoder('ndjson', file.fields)
  const rows: string[] = []
  for (let group = 0; group < file.groups.length; group++) {
    const wanted = file.fields.map((_, column) => column)
    for await (const batch of file.read(group, wanted)) {
      rows.push(
        ...Buffer.from(encoder.encode(batch, 0, batch.count))
          .toString()
          .split('\n')
          .slice(0, -1),
      )
    }
  }
  file.close()
  return rows
}

/** The lines of each day and partition, over all files of the archive, of which none may still be open. */
function archived(folder: string): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const part = /^(.*)\/.*-p(\d+)-\d+-\d+\.log$/.exec(path)
    if (part === null) {
      if (path.includes('.')) found.set(path, ['should not be there'])
      continue
    }
    const name = `archive/${part[1]} ${part[2]}`
    // Each file ends with a line feed.
    found.set(name, [...(found.get(name) ?? []).slice(0, -1), ...linesIn(join(folder, path))])
  }
  return found
}

/** The rows of each table, in the order of their columns: keys are first, and partitions come in any order. */
function tablesIn(path: string): readonly (readonly [string, readonly string[]])[] {
  using database = new DatabaseSync(path)
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'tailrace%'")
  return tables.all().map(({ name }) => {
    const rows = database.prepare(`SELECT * FROM ${name} ORDER BY 1, 2, 3`).all()
    return [String(name), rows.map((row) => JSON.stringify(row))]
  })
}

const linesIn = (path: string): string[] => readFileSync(path, 'utf8').split('\n')

/** The part of an outcome with the wanted names. */
export const only = (outcome: Outcome, isWanted: (name: string) => boolean): Outcome =>
  new Map([...outcome].filter(([name]) => isWanted(name)))

/** The first difference in words; undefined if there is none. */
export function difference(found: Outcome, expected: Outcome): string | undefined {
  for (const name of new Set([...expected.keys(), ...found.keys()])) {
    const [is, should] = [found.get(name), expected.get(name)]
    if (is === undefined || should === undefined) return `${name} is ${is === undefined ? 'missing' : 'too much'}`
    const at = Array.from({ length: Math.max(is.length, should.length) }).findIndex((_, i) => is[i] !== should[i])
    if (at < 0) continue
    return `${name} has ${is.length} records, not ${should.length}; number ${at} is\n  ${is[at]}\nand should be\n  ${should[at]}`
  }
  return undefined
}

/** The mark beside a file of a sink names the data folder, which is another one for each outcome; SQLite has files of its own. */
const isContent = (name: string): boolean => !/\.owner$|\.db-(wal|shm)$/.test(name)
