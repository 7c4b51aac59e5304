/**
 * The positions of one sink in the database that it writes to (`data/table-positions.ts`): rows that are delivered again after
 * a crash are known by them, and are not written twice, key or not.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { assert } from '../../base/assert.ts'
import type { Offset } from '../../base/quantity.ts'
import { CREATE_OWN_TABLES, OWN_TABLES } from '../../data/table-positions.ts'

/** Whose positions: `data` is the id of the data folder. */
export type Owner = { readonly data: string; readonly sink: string; readonly pipeline: string; readonly table: string }

/** Offsets by partition. */
export type Next = { readonly [partition: string]: Offset }

/** The positions of one sink. Every call is part of the transaction around it. */
export type SinkPositions = {
  next(partition: number): Offset
  move(partition: number, next: Offset): void
  /** Refused rows of a partition with offsets from `from` on, below `to`. */
  refused(partition: number, from: Offset, to: Offset): readonly { readonly offset: Offset; readonly reason: string }[]
  refuse(partition: number, offset: Offset, reason: string): void
  /** Forgets the refused rows before these offsets. */
  forget(before: Next): void
  /** Writes something, and changes nothing. */
  touch(): void
  /** Removes all positions. */
  begin(): void
}

/** Makes the tables of positions. */
export function createPositions(database: DatabaseSync): void {
  database.exec(CREATE_OWN_TABLES)
}

/** Opens the positions of a sink in a database that has the tables. */
export function openPositions(database: DatabaseSync, { data, sink, pipeline, table }: Owner): SinkPositions {
  const prepared = new Map<string, StatementSync>()
  const sql = (text: string): StatementSync => {
    const found = prepared.get(text) ?? database.prepare(text)
    prepared.set(text, found)
    return found
  }
  const ours = 'WHERE data = ? AND sink = ?'
  return {
    next(partition) {
      const row = sql(`SELECT next FROM tailrace_positions ${ours} AND part = ?`).get(data, sink, partition)
      return row === undefined ? 0 : Number(row.next)
    },
    move(partition, next) {
      const { changes } = sql(
        `INSERT INTO tailrace_positions (data, sink, part, next, pipeline, target) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET next = excluded.next`,
      ).run(data, sink, partition, next, pipeline, table)
      assert(changes === 1, 'a sink has one position in each partition')
    },
    refused: (partition, from, to) =>
      sql(`SELECT "offset", reason FROM tailrace_refused ${ours} AND part = ? AND "offset" >= ? AND "offset" < ?`)
        .all(data, sink, partition, from, to)
        .map(({ offset, reason }) => ({ offset: Number(offset), reason: String(reason) })),
    refuse(partition, offset, reason) {
      sql('INSERT OR REPLACE INTO tailrace_refused VALUES (?, ?, ?, ?, ?)').run(data, sink, partition, offset, reason)
    },
    forget(before) {
      for (const [partition, offset] of Object.entries(before)) {
        const text = `DELETE FROM tailrace_refused ${ours} AND part = ? AND "offset" < ?`
        sql(text).run(data, sink, Number(partition), offset)
      }
    },
    touch() {
      sql(`UPDATE tailrace_positions SET next = next ${ours}`).run(data, sink)
    },
    begin() {
      for (const own of OWN_TABLES) sql(`DELETE FROM ${own} ${ours}`).run(data, sink)
    },
  }
}
