/**
 * Where the kernel that writes rows finds the columns of one form of rows: a description of each, its lead (the text before
 * its values), and then room for the values of as many rows as fit.
 */
import {
  COLUMN_BYTES,
  IS_QUOTED,
  KIND,
  LEAD,
  LEAD_LENGTH,
  LONGEST_VALUE,
  MINUTE,
  STATES,
  VALUES,
} from '../../kernel/assembly/rows/layout.ts'
import {
  BOOLEAN,
  DATE,
  DOUBLE,
  INSTANT,
  INT,
  LATE,
  RAW,
  TEXT,
  TIME,
  WALL,
  WHOLE,
} from '../../kernel/assembly/value/kinds.ts'
import { align, PADDING } from '../../kernel/open.ts'
import { type Field, isNested, type Type } from '../../record/type.ts'
import { AT_COLUMNS, BLOCK_ROWS } from './rows-memory.ts'
import { QUOTED } from './value.ts'

/** How rows are written: as JSON or CSV. */
export type RowForm = {
  /** Whether rows are JSON objects, which the kernel closes; else they are CSV. */
  readonly isJson: boolean
  /** Whether a line end follows each row. */
  readonly isLine: boolean
  /** The text before the value of a field. */
  lead(field: Field, index: number): string
}

/** Bytes for the values of all columns. */
const VALUES_BYTES = 3 << 17

/** The columns of one form of rows in the kernel's memory. */
export type RowLayout = {
  readonly fields: readonly Field[]
  readonly form: RowForm
  /** Rows of a block: fewer if there are many columns. */
  readonly rows: number
  /** Bytes that columns, leads and values take in the memory. */
  readonly bytes: number
  /** The most bytes of a written row, without its texts. */
  readonly bound: number
  /** The descriptions of the columns and the leads: the bytes of the memory from AT_COLUMNS on. */
  readonly head: Uint8Array
}

/** The layout of rows with these fields. */
export function rowLayout(fields: readonly Field[], form: RowForm): RowLayout {
  const count = fields.length
  const leads = fields.map((field, i) => Buffer.from(form.lead(field, i)))
  const allLeads = Buffer.concat(leads)
  const atLeads = AT_COLUMNS + COLUMN_BYTES * count
  const atValues = align(atLeads + allLeads.length + PADDING)
  const rows = Math.max(1, Math.min(BLOCK_ROWS, Math.floor(VALUES_BYTES / (9 * count + 1))))
  // Not a power of two: then all columns of a row would compete for the same lines of the processor's cache.
  const stride = align(9 * rows) + PADDING
  const head = new Uint8Array(atLeads - AT_COLUMNS + allLeads.length)
  const view = new DataView(head.buffer)
  let lead = atLeads
  fields.forEach(({ type }, i) => {
    const column = COLUMN_BYTES * i
    const { length } = leads[i] as Buffer
    const values = atValues + stride * i
    view.setInt32(column + KIND, !form.isJson && isNested(type) ? TEXT : WRITTEN_AS[type.kind], true)
    view.setInt32(column + VALUES, values, true)
    view.setInt32(column + STATES, values + 8 * rows, true)
    view.setInt32(column + LEAD, lead, true)
    view.setInt32(column + LEAD_LENGTH, length, true)
    view.setInt32(column + IS_QUOTED, form.isJson && QUOTED.has(type.kind) ? 1 : 0, true)
    view.setFloat64(column + MINUTE, Number.NaN, true)
    lead += length
  })
  head.set(allLeads, COLUMN_BYTES * count)
  const bound = allLeads.length + LONGEST_VALUE * (count + 1) + PADDING
  return { fields, form, rows, bytes: atValues + stride * count - AT_COLUMNS, bound, head }
}

/** How the kernel writes values of each type: LATE where it leaves all of them to JavaScript. */
const WRITTEN_AS: Readonly<Record<Type['kind'], number>> = {
  BOOLEAN,
  TINYINT: INT,
  SMALLINT: INT,
  INT,
  INTERVAL_MONTH: INT,
  NULL: INT,
  DATE,
  TIME,
  BIGINT: WHOLE,
  // Its shortest text is not that of the double in the column.
  FLOAT: LATE,
  DOUBLE,
  INTERVAL_DAY: DOUBLE,
  TIMESTAMP: WALL,
  TIMESTAMP_LTZ: INSTANT,
  DECIMAL: LATE,
  FINE_TIMESTAMP: LATE,
  STRING: TEXT,
  // In base 64: it is made a text before (`nested.ts`).
  BYTES: TEXT,
  // They are made texts before (`nested.ts`).
  ARRAY: RAW,
  MAP: RAW,
  ROW: RAW,
}
