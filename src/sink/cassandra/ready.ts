/**
 * Sees to it that the keyspace and the table are there as declared, and says how they differ. What is missing is made: the
 * keyspace, the table, a column. Nothing that is there is changed or removed.
 */
import { Failure, throwAll } from '../../base/failure.ts'
import { openTurns } from '../../base/turns.ts'
import { findKeyspace, findTable, nodesOf } from '../../client/cassandra/schema.ts'
import type { CassandraSession } from '../../client/cassandra/session.ts'
import { encoderFor } from './cql-type.ts'
import {
  columnStatement,
  type DeclaredTable,
  insertStatement,
  keyspaceStatement,
  otherReplication,
  shownTable,
  tableDifferences,
  tableStatement,
} from './declare.ts'
import type { EncodeColumn } from './encode.ts'
import type { CassandraOptions } from './options.ts'

/** A table that rows can be written to. */
export type ReadyTable = {
  readonly statement: string
  /** How each column is written, in the order of the statement. */
  readonly encoders: readonly EncodeColumn[]
}

export type Getting = {
  readonly session: CassandraSession
  readonly table: DeclaredTable
  readonly options: CassandraOptions
  readonly timezone: string
  /** Whether rows were written to this table before, also by earlier runs. */
  hasRows(): boolean
  warn(message: string): void
}

/**
 * Changes of the sinks of this process come one after another: two that make a table at the same time may make two of it, on
 * two nodes, and one of them is lost.
 */
const changes = openTurns()

/** Rejects with a Failure where something is missing and `create` is false, or what is there does not fit. */
export const getReady = (getting: Getting): Promise<ReadyTable> => changes.next(() => readyTable(getting))

async function readyTable({ session, table, options, timezone, hasRows, warn }: Getting): Promise<ReadyTable> {
  const shown = shownTable(table)
  const change = async (what: string, statement: string) => {
    if (!options.create) throw missing(`${what} is not there, and \`create\` is false`, statement)
    await session.ask(`make ${what}`, statement)
  }
  const keyspace = await findKeyspace(session, table.keyspace)
  if (keyspace === undefined) {
    const { replication = await usualCopies(session, options) } = options.keyspace
    await change(`keyspace ${table.keyspace}`, keyspaceStatement(table.keyspace, replication, options))
  } else otherReplication(keyspace, options).forEach(warn)
  let found = await findTable(session, table.keyspace, table.name)
  if (found === undefined) {
    await change(`table ${shown}`, tableStatement(table))
    found = await findTable(session, table.keyspace, table.name)
    if (hasRows()) warn(`${shown} was gone, and is made anew: ${ROWS_ARE_GONE}`)
  }
  const { missing: added, failures, warnings } = tableDifferences(table, found ?? NOTHING)
  throwAll(failures)
  for (const column of added) {
    await change(`column ${column.name} of ${shown}`, columnStatement(table, column))
    warn(`column ${column.name} was added to ${shown}`)
  }
  warnings.forEach(warn)
  const types = new Map(found?.columns.map(({ name, type }) => [name, type]))
  return {
    statement: insertStatement(table),
    encoders: table.columns.flatMap(
      ({ name, cql, mapped }) => encoderFor(mapped, types.get(name) ?? cql, timezone) ?? [],
    ),
  }
}

const ROWS_ARE_GONE =
  'it has none of the rows that were delivered before; put back a copy, or give the sink another name, and it delivers all that its topic keeps'

const NOTHING = { columns: [], ttl: 0, compression: undefined }

/** What keeps rows from being written, and what differs otherwise, without any change. */
export async function tableLook({ session, table, options }: Omit<Getting, 'warn' | 'timezone' | 'hasRows'>): Promise<{
  readonly failures: readonly Failure[]
  readonly warnings: readonly string[]
}> {
  const note = (what: string, statement: string) =>
    options.create
      ? { failures: [], warnings: [`${what} is not there: the sink makes it`] }
      : { failures: [missing(`${what} is not there, and \`create\` is false`, statement)], warnings: [] }
  const keyspace = await findKeyspace(session, table.keyspace)
  if (keyspace === undefined) {
    const { replication = await usualCopies(session, options) } = options.keyspace
    return note(`keyspace ${table.keyspace}`, keyspaceStatement(table.keyspace, replication, options))
  }
  const found = await findTable(session, table.keyspace, table.name)
  const shown = shownTable(table)
  if (found === undefined) return note(`table ${shown}`, tableStatement(table))
  const differences = tableDifferences(table, found)
  const columns = differences.missing.map((column) =>
    note(`column ${column.name} of ${shown}`, columnStatement(table, column)),
  )
  return {
    failures: [...differences.failures, ...columns.flatMap(({ failures }) => failures)],
    warnings: [
      ...otherReplication(keyspace, options),
      ...differences.warnings,
      ...columns.flatMap(({ warnings }) => warnings),
    ],
  }
}

/** Copies of a keyspace whose options do not say: three, or as many as there are nodes. */
const usualCopies = async (session: CassandraSession, { local_datacenter }: CassandraOptions): Promise<number> =>
  Math.max(1, Math.min(3, await nodesOf(session, local_datacenter)))

const missing = (message: string, statement: string): Failure =>
  new Failure('not-found', message, { hint: `Run ${statement};` })
