/** Opens the kernel that reads CSV records (`kernel/assembly/csv.ts`) for columns in their order. */
import { CSV_KERNEL } from '../../kernel/csv.wasm.ts'
import type { ParsedColumn } from '../scan/parsed-column.ts'
import {
  BLOCK_RECORDS,
  type KernelRoom,
  kindOfColumn,
  LATE_INTEGERS,
  openParsedKernel,
  type ParsedKernel,
} from '../scan/parsed-kernel.ts'
import type { CsvShape } from './reader.ts'

/** Bytes that the kernel keeps for each column. */
const COLUMN_BYTES = 32

type Functions = {
  place(records: number, block: number, notes: number, columns: number, rows: number): void
  shape(delimiter: number, fewest: number, nullLength: number): void
  add(kind: number, values: number): void
}

/** A kernel. */
export function openCsvKernel(columns: readonly ParsedColumn[], shape: CsvShape, room: KernelRoom): ParsedKernel {
  const { delimiter, fewest, nullText } = shape
  const most = columns.length
  const own = COLUMN_BYTES * most + (nullText?.length ?? 0)
  const kernel = openParsedKernel<Functions>(CSV_KERNEL, { columns }, room, own)
  const { functions, memory, atStarts, atNotes, address } = kernel
  functions.place(atStarts, BLOCK_RECORDS, atNotes, most, room.rows)
  if (nullText !== undefined) memory.set(nullText, atNotes + 8 + (4 * LATE_INTEGERS + COLUMN_BYTES) * most)
  functions.shape(delimiter, fewest, nullText?.length ?? -1)
  for (const column of columns) functions.add(kindOfColumn(column), address(column))
  return kernel
}
