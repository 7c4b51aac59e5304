/**
 * Reads a table of Apache Cassandra: a scan over the ring of tokens, range after range, so that a table of any size takes the
 * memory of a page, and no node has to answer for the whole.
 *
 * Rows that are written while it is read may be in it or not. The time of a row is looked at by the report: a condition on a
 * column that is no key would have the cluster read each row all the same.
 */
import type { types } from 'cassandra-driver'
import * as z from 'zod'
import { Failure } from '../base/failure.ts'
import { nearest } from '../base/nearest.ts'
import { inQuotes, shownName, storedName, tablePlace } from '../client/cassandra/names.ts'
import {
  type Consistency,
  consistencyOption,
  type PlaceOptions,
  placeOptions,
  tableName,
} from '../client/cassandra/place.ts'
import { findTable } from '../client/cassandra/schema.ts'
import { type CassandraSession, openSession } from '../client/cassandra/session.ts'
import { clusterFailure } from '../client/cassandra/trouble.ts'
import { type Cell, defineTable, type Page, type StoredColumn, type StoreType, type TableContext } from './table.ts'

type Options = PlaceOptions & {
  readonly keyspace: string
  readonly table: string
  readonly consistency: Consistency
}

const PAGE_ROWS = 2000
/** Ranges of a scan: a node answers for one range at a time, and what fails is one range of the many. */
const RANGES = 64n

const options = z.strictObject({
  ...placeOptions,
  keyspace: tableName,
  table: tableName,
  consistency: consistencyOption,
})

export const cassandraTable: StoreType = defineTable<Options>({
  name: 'cassandra',
  summary: 'Reads a table of Apache Cassandra.',
  options,
  shown: (options) => `table ${shownTableOf(options)} of Cassandra`,
  place: ({ keyspace, table }) => tablePlace(keyspace, table),
  async open(options, context) {
    const session = await openSession(options, context.folder)
    try {
      const names = await wantedNames(session, options, context)
      return {
        pages: () => readPages(session, options, names),
        [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
      }
    } catch (error) {
      await session[Symbol.asyncDispose]()
      throw error
    }
  },
})

const shownTableOf = ({ keyspace, table }: Options): string =>
  `${shownName(storedName(keyspace))}.${shownName(storedName(table))}`

/** The columns to read, and those of the partition key. */
type Names = { readonly columns: readonly string[]; readonly partition: readonly string[] }

/** Rejects with a Failure where the keyspace has no such table, or the table not all of the columns. */
async function wantedNames(
  session: CassandraSession,
  options: Options,
  { name, columns }: TableContext,
): Promise<Names> {
  const shown = shownTableOf(options)
  const found = await findTable(session, storedName(options.keyspace), storedName(options.table))
  if (found === undefined) {
    throw new Failure('not-found', `table "${name}": there is no table ${shown} (${session.server})`, {
      hint: 'The first run of the sink that writes it makes it.',
    })
  }
  const there = found.columns.map((column) => column.name)
  const stored = columns.map((column) => inTable(column, there))
  const missing = columns[stored.indexOf(undefined)]
  if (missing !== undefined) {
    const near = nearest(missing.stored, there)
    const all = `There are: ${there.map(shownName).join(', ')}.`
    throw new Failure('pipeline', `table "${name}": ${shown} has no column ${missing.stored}`, {
      hint: near === undefined ? all : `Did you mean "${near}"? ${all}`,
    })
  }
  const partition = found.columns
    .filter(({ kind }) => kind === 'partition_key')
    .toSorted((a, b) => a.position - b.position)
  return { columns: stored.filter((one) => one !== undefined), partition: partition.map((column) => column.name) }
}

/** The name that the table has for the column: as it is written, or as cqlsh reads it. */
const inTable = ({ stored }: StoredColumn, there: readonly string[]): string | undefined =>
  [stored, storedName(stored)].find((name) => there.includes(name))

async function* readPages(session: CassandraSession, options: Options, names: Names): AsyncGenerator<Page> {
  const { client, server } = session
  const token = `token(${names.partition.map(inQuotes).join(', ')})`
  const from = `${inQuotes(storedName(options.keyspace))}.${inQuotes(storedName(options.table))}`
  const statement = `SELECT ${names.columns.map(inQuotes).join(', ')} FROM ${from} WHERE ${token} > ? AND ${token} <= ?`
  const settings = {
    prepare: true,
    isIdempotent: true,
    fetchSize: PAGE_ROWS,
    consistency: session.consistency(options.consistency),
  }
  const page = async (range: readonly Buffer[], pageState: string | undefined): Promise<types.ResultSet> => {
    try {
      return await client.execute(statement, [...range], { ...settings, ...(pageState !== undefined && { pageState }) })
    } catch (error) {
      throw clusterFailure({ what: `read ${shownTableOf(options)}`, server }, error)
    }
  }
  for (const range of tokenRanges()) {
    let pageState: string | undefined
    do {
      const { rows, pageState: next } = await page(range, pageState)
      if (rows.length > 0) yield rows.map((row) => row.values().map(cellOf))
      pageState = next ?? undefined
    } while (pageState !== undefined)
  }
}

/** All tokens of Murmur3, which go from -2^63 + 1 to 2^63 - 1, in ranges (after, until] as 8 bytes each. */
function tokenRanges(): readonly (readonly Buffer[])[] {
  const least = -(2n ** 63n)
  const step = 2n ** 64n / RANGES
  const at = (range: bigint): Buffer => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64BE(range === RANGES ? 2n ** 63n - 1n : least + range * step)
    return bytes
  }
  return Array.from({ length: Number(RANGES) }, (_, range) => [at(BigInt(range)), at(BigInt(range) + 1n)])
}

/** A value of the driver: its own kinds of numbers, dates and ids as their texts. */
function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null
  if (typeof value !== 'object' || value instanceof Date || value instanceof Uint8Array) return value as Cell
  return String(value)
}
