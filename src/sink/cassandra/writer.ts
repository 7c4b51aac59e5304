/**
 * Writes the rows of deliveries, many requests at a time. Every request can be sent again: it sets whole rows, with the time of
 * its delivery, so what was half written is made whole by the next attempt.
 *
 * A request that the server refuses is sent row by row, and a row that it refuses alone is named with the server's reason. That
 * may also be due to a table that was changed, so the table is looked at before a row is given up.
 */
import type { QueryOptions } from 'cassandra-driver'
import type { Clock } from '../../base/clock.ts'
import type { CassandraSession } from '../../client/cassandra/session.ts'
import { clusterFailure, isStale, refusedReason } from '../../client/cassandra/trouble.ts'
import type { Refusal } from '../sink.ts'
import { refusalOf, type TableRows } from '../table/rows.ts'
import { type DeclaredTable, deleteStatement, keyColumnsOf, shownTable } from './declare.ts'
import type { Cells } from './encode.ts'
import type { CassandraOptions } from './options.ts'
import type { ReadyTable } from './ready.ts'
import { type RowGroup, requestsOf } from './requests.ts'

export type Writer = {
  /** Rejects with a Failure where the table does not fit, or cannot be made. */
  ready(): Promise<unknown>
  /** Rejects with a Failure once no request is under way any more. */
  write(rows: TableRows, giveUp: AbortSignal | undefined): Promise<Refusal | undefined>
}

export type WriterContext = {
  readonly session: CassandraSession
  readonly table: DeclaredTable
  readonly options: Pick<CassandraOptions, 'consistency' | 'requests'>
  readonly clock: Clock
  /** Sees to it that the table is there as declared. */
  getReady(): Promise<ReadyTable>
}

/** Rows of a delivery on their way. */
type Sending = {
  readonly cells: readonly Cells[]
  readonly statement: string
  /** What deletes a row, by the cells of these columns. */
  readonly removing: { readonly statement: string; readonly key: readonly number[] }
  /** 1 where the row is deleted. */
  readonly deleted: Uint8Array | undefined
  readonly options: QueryOptions
  /** By row, why the server does not take it. */
  readonly refused: Map<number, string>
}

/** Writes to one table. */
export function openTableWriter(context: WriterContext): Writer {
  const { session, table, options, clock } = context
  const what = `write to ${shownTable(table)}`
  const deliver = openSender(session, options.requests)
  const positions = (names: readonly string[]) =>
    names.map((name) => table.columns.findIndex((column) => column.name === name))
  const partition = positions(table.partition)
  const clustering = positions(table.clustering.map(({ name }) => name))
  const removing = { statement: deleteStatement(table), key: positions(keyColumnsOf(table)) }
  /** Undefined: it may have changed, and is looked at before the next write. */
  let ready: Promise<ReadyTable> | undefined
  const getReady = (): Promise<ReadyTable> => {
    const getting = ready ?? context.getReady()
    ready = getting
    getting.catch(() => {
      ready = undefined
    })
    return getting
  }
  /** Microseconds since 1970: of two writes of one row the one with the greater time wins. */
  let last = 0
  const nextTime = (): number => {
    last = Math.max(last + 1, clock.now() * 1000)
    return last
  }
  return {
    ready: getReady,
    async write(rows, giveUp) {
      const { statement, encoders } = await getReady()
      const cells = encodeRows(rows, encoders, table)
      const taken = rowsOf(rows)
      const sending: Sending = {
        cells,
        statement,
        removing,
        deleted: rows.deleted,
        options: {
          prepare: true,
          isIdempotent: true,
          logged: false,
          consistency: session.consistency(options.consistency),
          timestamp: nextTime(),
        },
        refused: new Map(),
      }
      const requests = requestsOf(taken, { cells, partition, clustering })
      const trouble = await allOf(requests, options.requests, giveUp, (request) => deliver(request, sending))
      if (trouble !== undefined) {
        if (isStale(trouble.error)) ready = undefined
        throw clusterFailure({ what, server: session.server }, trouble.error)
      }
      if (sending.refused.size > 0) {
        ready = undefined
        await getReady()
      }
      const refused = [...rows.refused, ...sending.refused].toSorted(([a], [b]) => a - b)
      return refusalOf({ refused: new Map(refused) })
    },
  }
}

/** Sends a group of rows that the server may refuse: `refused` then has the rows. At most `most` are under way. */
function openSender({ client }: CassandraSession, most: number): (group: RowGroup, sending: Sending) => Promise<void> {
  const slots = openSlots(most)
  const send = async (group: RowGroup, { cells, statement, removing, deleted, options }: Sending): Promise<unknown> => {
    const requests = group.map((row) => {
      if (deleted?.[row] !== 1) return { query: statement, params: cells.map((column) => column[row]) }
      return { query: removing.statement, params: removing.key.map((column) => cells[column]?.[row]) }
    })
    const [only, another] = requests
    if (only !== undefined && another === undefined) return client.execute(only.query, only.params, options)
    return client.batch(requests, options)
  }
  const deliver = async (group: RowGroup, sending: Sending): Promise<void> => {
    try {
      await slots.run(() => send(group, sending))
    } catch (error) {
      const reason = refusedReason(error)
      if (reason === undefined) throw error
      if (group.length === 1) sending.refused.set(group[0] as number, reason)
      else for (const row of group) await deliver([row], sending)
    }
  }
  return deliver
}

/** The cells of all columns; rows without a value for a column are refused. */
function encodeRows(rows: TableRows, encoders: ReadyTable['encoders'], { columns }: DeclaredTable): readonly Cells[] {
  return encoders.map((encode, i) => {
    const column = rows.columns[i]
    if (column === undefined) return []
    return encode(column, rows.count, (row, reason) => {
      if (!rows.refused.has(row)) rows.refused.set(row, `column ${columns[i]?.name}: ${reason}`)
    })
  })
}

function rowsOf({ count, refused }: TableRows): readonly number[] {
  const all = Array.from({ length: count }, (_, row) => row)
  return refused.size === 0 ? all : all.filter((row) => !refused.has(row))
}

/**
 * Does the work for all items, `most` at a time. After the first error, or once it is given up, nothing else is begun. Resolves
 * when no work is under way; the error, if there was one.
 */
async function allOf<Item>(
  items: readonly Item[],
  most: number,
  giveUp: AbortSignal | undefined,
  work: (item: Item) => Promise<void>,
): Promise<{ readonly error: unknown } | undefined> {
  let next = 0
  let trouble: { readonly error: unknown } | undefined
  const goOn = async (): Promise<void> => {
    while (next < items.length && trouble === undefined && giveUp?.aborted !== true) {
      try {
        await work(items[next++] as Item)
      } catch (error) {
        trouble ??= { error }
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, goOn))
  return trouble
}

/** A limit on the work at a time that several writes share. */
function openSlots(most: number): { run<Done>(work: () => Promise<Done>): Promise<Done> } {
  let free = most
  const waiting: (() => void)[] = []
  return {
    async run(work) {
      if (free > 0) free--
      else await new Promise<void>((resolve) => waiting.push(resolve))
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        if (next === undefined) free++
        else next()
      }
    },
  }
}
