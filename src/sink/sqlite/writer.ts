/**
 * One sink's side of a database. Law: rows, the rows that were refused and the position behind them are committed together,
 * so the rows of a delivery that comes again are written only from the position on.
 *
 * A flush gives the offsets behind the deliveries of that moment, which the checkpoint keeps: positions may be further, after a
 * crash. Deliveries after a restart begin there; one that begins before is of a topic that was made anew, where the position
 * says nothing.
 */
import type { DatabaseSync } from 'node:sqlite'
import { Failure } from '../../base/failure.ts'
import type { Duration, Offset } from '../../base/quantity.ts'
import { badRow, inSqlite, inTransaction, openConnection, sqliteFailure, syncedCommit } from '../../data/sqlite.ts'
import type { Column } from '../../record/column.ts'
import { openRowWriter } from './changes.ts'
import { createPositions, type Next, type Owner, openPositions, type SinkPositions } from './positions.ts'
import { addColumns, checkTable, createTable, foundAs, type WantedTable } from './table.ts'

export type WriterOptions = {
  readonly path: string
  readonly table: WantedTable
  readonly owner: Owner
  /** The positions of the last checkpoint; undefined: the sink begins anew. */
  readonly kept: Next | undefined
  /** How long to wait for a lock, in ms. */
  readonly patience: Duration
}

/** Rows of consecutive records, as plain data. */
export type WriteRequest = {
  readonly partition: number
  /** Offset of the first record, and behind the last one. */
  readonly from: Offset
  readonly to: Offset
  readonly columns: readonly Column[]
  /** The offset of each row. */
  readonly offsets: Float64Array
  /** Indexes of the rows to write, in order; the others are refused already. */
  readonly rows: Int32Array
  /** 1 where the row with this key is deleted; absent: none is. */
  readonly deleted?: Uint8Array
}

/** Rows that SQLite refused, with the reasons. `batch`: one of these rows, which cannot be told; nothing was written. */
export type WriteAnswer =
  | { readonly kind: 'rows'; readonly refused: ReadonlyMap<number, string> }
  | { readonly kind: 'batch'; readonly reason: string }

/** Writes to the database; every call is one transaction and throws a Failure. */
export class SqliteWriter {
  readonly #database: DatabaseSync
  readonly #path: string
  readonly #positions: SinkPositions
  readonly #write: ReturnType<typeof openRowWriter>
  /** Offsets that no delivery of the same topic begins before. */
  readonly #floors: Map<number, Offset>
  readonly #delivered: Map<number, Offset>
  /** What the last two flushes gave. */
  #flushed: Next = {}
  #flushedBefore: Next = {}
  #isDirty = false

  /** Throws a Failure, where the table is not as wanted, or has not what the last checkpoint says. */
  constructor({ path, table, owner, kept, patience }: WriterOptions) {
    this.#path = path
    this.#database = openConnection(path, patience)
    try {
      this.#positions = inSqlite(path, () =>
        inTransaction(this.#database, () => prepare(this.#database, { path, table, owner, kept })),
      )
      this.#write = inSqlite(path, () => openRowWriter(this.#database, table))
    } catch (error) {
      this.#database.close()
      throw error
    }
    this.#floors = new Map(Object.entries(kept ?? {}).map(([partition, offset]) => [Number(partition), offset]))
    this.#delivered = new Map(this.#floors)
  }

  write(request: WriteRequest): WriteAnswer {
    const { rows } = request
    try {
      const refused = inTransaction(this.#database, () => this.#writeAll(request))
      this.#committed(request)
      return { kind: 'rows', refused }
    } catch (error) {
      const reason = badRow(error)
      if (reason === undefined) throw sqliteFailure(error, this.#path)
      // A trigger has rolled everything back. Of a single row it is known which one, and that it was.
      if (rows.length !== 1) return { kind: 'batch', reason }
      return inSqlite(this.#path, () => this.#refuseOnly(request, reason))
    }
  }

  /** Makes what was written durable; gives the offsets behind what was delivered. */
  flush(): Next {
    return inSqlite(this.#path, () => {
      if (this.#isDirty) {
        syncedCommit(this.#database, () => {
          this.#positions.touch()
          // A checkpoint with the flush before the last one is durable; one with the last may be under way.
          this.#positions.forget(this.#flushedBefore)
        })
      }
      this.#isDirty = false
      this.#flushedBefore = this.#flushed
      this.#flushed = Object.fromEntries(this.#delivered)
      return this.#flushed
    })
  }

  close(): void {
    this.#database.close()
  }

  #writeAll(request: WriteRequest): Map<number, string> {
    const { partition, from, to, columns, offsets, rows, deleted } = request
    const positions = this.#positions
    const begins = from < this.#floor(partition) ? from : positions.next(partition)
    const isNew = (row: number) => (offsets[row] as number) >= begins
    const refused = new Map(this.#write(columns, rows.filter(isNew), deleted))
    for (const [row, reason] of refused) positions.refuse(partition, offsets[row] as number, reason)
    for (const { offset, reason } of positions.refused(partition, from, Math.min(begins, to))) {
      const row = offsets.indexOf(offset)
      if (row >= 0) refused.set(row, reason)
    }
    if (begins < to) positions.move(partition, to)
    return refused
  }

  #committed({ partition, from, to }: WriteRequest): void {
    this.#isDirty = true
    this.#floors.set(partition, Math.min(from, this.#floor(partition)))
    this.#delivered.set(partition, to)
  }

  #floor(partition: number): Offset {
    return this.#floors.get(partition) ?? 0
  }

  #refuseOnly(request: WriteRequest, reason: string): WriteAnswer {
    const { partition, to, offsets, rows } = request
    const row = rows[0] as number
    inTransaction(this.#database, () => {
      this.#positions.refuse(partition, offsets[row] as number, reason)
      this.#positions.move(partition, to)
    })
    this.#committed(request)
    return { kind: 'rows', refused: new Map([[row, reason]]) }
  }
}

type Preparing = Pick<WriterOptions, 'path' | 'table' | 'owner' | 'kept'>

/** Makes what is not there, and throws a Failure where something should be there that is not. */
function prepare(database: DatabaseSync, { path, table, owner, kept }: Preparing): SinkPositions {
  const isThere = foundAs(database, table.name) !== undefined
  const hasWritten = Object.keys(kept ?? {}).length > 0
  if (hasWritten && !isThere) throw gone(`${path} has no table ${table.name}, but rows were written to it`)
  createPositions(database)
  // What differs otherwise is refused, and the columns with it: this is one transaction.
  if (isThere && kept !== undefined) addColumns(database, table)
  if (isThere) checkTable(database, path, table)
  else createTable(database, table)
  const positions = openPositions(database, owner)
  if (kept === undefined) positions.begin()
  else {
    for (const [partition, offset] of Object.entries(kept)) {
      const next = positions.next(Number(partition))
      if (next >= offset) continue
      throw gone(
        `${path}: table ${table.name} has the rows before offset ${next} of partition ${partition}, but all before ${offset} were written to it`,
      )
    }
    positions.forget(kept)
  }
  return positions
}

const gone = (message: string): Failure =>
  new Failure('corrupt', message, {
    hint: 'It was removed or replaced by somebody else: put it back, or let the sink write to another path or table',
  })
