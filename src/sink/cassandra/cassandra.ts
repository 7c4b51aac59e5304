/**
 * Writes rows to a table of Apache Cassandra, each by its key: so a row that is written again is the same row, and a retry after
 * a lost answer, or a restart, changes nothing.
 */
import { Failure } from '../../base/failure.ts'
import { storedName, tablePlace } from '../../client/cassandra/names.ts'
import { shownPoints } from '../../client/cassandra/place.ts'
import { openSession } from '../../client/cassandra/session.ts'
import { typeName } from '../../record/type.ts'
import { defineSink, type SinkContext, type SinkMistake, type SinkRows, type SinkType } from '../sink.ts'
import { checkedTable, hasMetadata, mapTable } from '../table/map-table.ts'
import type { TableMapping } from '../table/mapping.ts'
import { openTableRows } from '../table/rows.ts'
import { ownType } from './cql-type.ts'
import { type DeclaredTable, declareTable, shownTable } from './declare.ts'
import { type CassandraOptions, cassandraOptions, keyColumns } from './options.ts'
import { getReady, tableLook } from './ready.ts'
import { openTableWriter } from './writer.ts'

export const cassandra: SinkType = defineSink<CassandraOptions>({
  name: 'cassandra',
  summary: 'Writes rows to a table of Apache Cassandra, each by its key.',
  writes: 'idempotent',
  options: cassandraOptions,
  batch: { rows: 2000, bytes: 1 << 20, inFlight: 4 },
  check(options, rows) {
    const { table, mistakes } = mapOptions(options, rows)
    return [...mistakes, ...nameMistakes(table), ...typeMistakes(table)]
  },
  replaces: () => true,
  readsKept: (options) => hasMetadata(tableOptions(options)),
  place: ({ keyspace, table }) => tablePlace(keyspace.name, table),
  async connect(options, { folder, clock: _, ...rows }) {
    const table = declare(mapOptions(options, rows).table, options, rows)
    await using session = await openSession(options, folder)
    const { failures, warnings } = await tableLook({ session, table, options })
    return {
      found: `Cassandra ${session.version} at ${session.server}, table ${shownTable(table)}`,
      failures,
      warnings,
    }
  },
  async open(options, context) {
    const { clock, folder, timezone, name } = context
    const mapping = checkedTable(tableOptions(options), context, RULES)
    const table = declare(mapping, options, context)
    const warn = (message: string) => context.warn?.(message)
    await remember(table, options, context)
    const session = await openSession(options, folder)
    let wroteTo = context.state?.wroteTo
    const hasRows = () => wroteTo === shownTable(table)
    const getTable = () => getReady({ session, table, options, timezone, hasRows, warn })
    const writer = openTableWriter({ session, table, options, clock, getReady: getTable })
    try {
      // The first write would find out, too; but a mistake shows at the start.
      await writer.ready()
    } catch (error) {
      await session[Symbol.asyncDispose]()
      if (!(error instanceof Failure) || error.retryable) throw error
      throw new Failure(error.code, `sink ${name}: ${error.message}`, {
        hint: error.hint,
        cause: error,
        also: error.also,
      })
    }
    /** Makers of rows that no write uses: what one makes is valid until it makes the next. */
    const makers: ReturnType<typeof openTableRows>[] = []
    return {
      async write(delivery, giveUp) {
        const make = makers.pop() ?? openTableRows(mapping, context)
        try {
          const refusal = await writer.write(make(delivery), giveUp)
          wroteTo = shownTable(table)
          return refusal
        } finally {
          makers.push(make)
        }
      },
      // A write is durable once it is acknowledged.
      flush: async () => (wroteTo === undefined ? {} : { wroteTo }),
      [Symbol.asyncDispose]: session[Symbol.asyncDispose],
    }
  },
})

/** Cassandra has no table without a key. */
const RULES = { keyed: true }

/** The options that all sinks of tables share. */
const tableOptions = (options: CassandraOptions) => ({ ...options, key: keyColumns(options) })

/** The table of the options over rows, and the mistakes in them. A mistake of a part of the key is one of the key. */
function mapOptions(
  options: CassandraOptions,
  rows: SinkRows,
): { readonly table: TableMapping; readonly mistakes: readonly SinkMistake[] } {
  const { table, mistakes } = mapTable(tableOptions(options), rows, RULES)
  const atKey = (mistake: SinkMistake): SinkMistake =>
    mistake.path[0] === 'key' ? { ...mistake, path: ['key'] } : mistake
  return { table, mistakes: mistakes.map(atKey) }
}

/** Rows that only their places name are spread over all nodes: a partition of the topic would grow without end in one of the table. */
const declare = (mapping: TableMapping, options: CassandraOptions, { rowKeyParts }: SinkRows): DeclaredTable =>
  declareTable(mapping, options, rowKeyParts !== undefined)

/** Names that are two in the pipeline file and one in Cassandra. */
function nameMistakes({ columns }: TableMapping): readonly SinkMistake[] {
  const first = new Map<string, string>()
  return columns.flatMap(({ name }) => {
    const stored = storedName(name)
    const other = first.get(stored)
    if (other === undefined) {
      first.set(stored, name)
      return []
    }
    const message = `columns ${other} and ${name} are one in Cassandra, ${stored}: it knows no capitals outside of quotes`
    const hint = `Write one of them in quotes of its own: '"${name}"'.`
    return [{ path: ['columns', name], at: 'key' as const, failure: new Failure('pipeline', message, { hint }) }]
  })
}

function typeMistakes({ columns }: TableMapping): readonly SinkMistake[] {
  return columns.flatMap((column) => {
    if (ownType(column) !== undefined) return []
    const message = `Cassandra has no type for column ${column.name}, which is ${typeName(column.type)}`
    const hint = 'Write an expression of another type for it, such as CAST(… AS STRING).'
    return [{ path: ['columns', column.name], failure: new Failure('pipeline', message, { hint }) }]
  })
}

const remember = (table: DeclaredTable, { contact_points }: CassandraOptions, { remember }: SinkContext) =>
  remember({ kind: 'elsewhere', path: `cassandra://${shownPoints(contact_points)}/${shownTable(table)}` })
