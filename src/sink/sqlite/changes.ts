/**
 * Writes rows, and deletes those that are gone, in the order in which they come: of one key the last counts. Rows between two
 * deleted ones are written together.
 */
import type { DatabaseSync } from 'node:sqlite'
import { assert } from '../../base/assert.ts'
import { quoted } from '../../data/sqlite.ts'
import type { Column } from '../../record/column.ts'
import { openInsert } from './insert.ts'
import type { WantedTable } from './table.ts'
import { readerOf } from './values.ts'

/** Writes the rows `rows`, or deletes them where `deleted` is 1; gives those that SQLite will never take. Throws its errors. */
export type WriteChanges = (
  columns: readonly Column[],
  rows: Int32Array,
  deleted: Uint8Array | undefined,
) => ReadonlyMap<number, string>

/** Opens the writer of a table; rows can be deleted where it has a key. */
export function openRowWriter(database: DatabaseSync, table: WantedTable): WriteChanges {
  const insert = openInsert(database, table)
  const remove = table.key === undefined ? undefined : openDelete(database, table)
  return (columns, rows, deleted) => {
    if (deleted === undefined) return insert(columns, rows)
    assert(remove !== undefined, 'rows that change go to a table with a key')
    const refused = new Map<number, string>()
    for (let from = 0; from < rows.length; ) {
      const isGone = deleted[rows[from] as number] === 1
      let to = from + 1
      while (to < rows.length && (deleted[rows[to] as number] === 1) === isGone) to++
      const some = rows.subarray(from, to)
      if (isGone) remove(columns, some)
      else for (const [row, reason] of insert(columns, some)) refused.set(row, reason)
      from = to
    }
    return refused
  }
}

function openDelete(database: DatabaseSync, { name, columns, key = [] }: WantedTable) {
  const places = key.map((each) => columns.findIndex((column) => column.name === each))
  const where = key.map((each) => `${quoted(each)} = ?`).join(' AND ')
  const statement = database.prepare(`DELETE FROM ${quoted(name)} WHERE ${where}`)
  return (batch: readonly Column[], rows: Int32Array): void => {
    const readers = places.map((place) =>
      readerOf((columns[place] as (typeof columns)[number]).type, batch[place] as Column),
    )
    for (const row of rows) statement.run(...readers.map((read) => read(row)))
  }
}
