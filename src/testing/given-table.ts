/** A table of a store whose rows a test gives: the store itself is not opened. */
import * as z from 'zod'
import type { CellText } from '../pipeline/expect/cell.ts'
import type { ExpectedRow } from '../pipeline/expect/expected-rows.ts'
import type { Type } from '../record/type.ts'
import { type Cell, defineTable, type StoreType } from '../table/table.ts'

/** The table as its rows are when it is read; `rows` may grow. */
export const givenTable = (name: string, rows: readonly ExpectedRow[]): StoreType =>
  defineTable({
    name: 'test',
    summary: 'Has the rows that a test gives it.',
    options: z.unknown(),
    shown: () => `table ${name} of the test`,
    place: () => `test ${name}`,
    open: async (_, { columns }) => ({
      async *pages() {
        yield rows.map((row) => columns.map(({ field }) => cellOfStore(row.get(field.name), field.type)))
      },
      async [Symbol.asyncDispose]() {},
    }),
  })

/** A cell of a test as a store gives it. */
export function cellOfStore(cell: CellText, type: Type): Cell {
  if (cell === undefined) return null
  if (type.kind === 'BOOLEAN') return cell === 'true'
  // A text that is none stays one: the format refuses it, as that of a store.
  if (type.kind === 'BIGINT' || type.kind === 'INT') return /^-?\d+$/.test(cell) ? BigInt(cell) : cell
  if (type.kind === 'DOUBLE') return Number.isNaN(Number(cell)) ? cell : Number(cell)
  return cell
}
