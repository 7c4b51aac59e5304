/**
 * Rows of text as a table: columns aligned, numbers to the right, no line wider than asked.
 *
 * A column is as wide as its widest cell so far. So a table whose rows come in several batches may widen on its way, but
 * it never loses a digit.
 */
import type { Batch } from '../record/column.ts'
import { type Field, isNumeric } from '../record/type.ts'
import { cellsOf } from './cells.ts'
import { cutText, printable, textWidth } from './text.ts'

const GAP = '  '
/** Cells that a column keeps where a table does not fit. */
const NARROWEST = 4
/** Cells of a text that `query -o table` shows at most. */
const LONGEST_TEXT = 80

export type TableColumn = { readonly name: string; readonly isNumber?: boolean }

/** Columns for rows of these fields. */
export function tableColumns(fields: readonly Field[]): TableColumn[] {
  return fields.map(({ name, type }) => ({ name: printable(name), isNumber: isNumeric(type) }))
}

/** The columns of a table and how wide they are. The texts that it is given are printable. */
export class TextTable {
  readonly #columns: readonly TableColumn[]
  #widths: readonly number[]

  constructor(columns: readonly TableColumn[]) {
    this.#columns = columns
    this.#widths = columns.map(({ name }) => textWidth(name))
  }

  /** Makes the columns wide enough for these rows. */
  widen(rows: readonly (readonly string[])[]): void {
    this.#widths = this.#widths.map((width, i) =>
      rows.reduce((widest, row) => Math.max(widest, textWidth(row[i] as string)), width),
    )
  }

  /** A function that gives a row as a line of at most `limit` cells of a terminal, without blanks at its end. */
  writer(limit: number = Number.POSITIVE_INFINITY): (row: readonly string[]) => string {
    const widths = fitted(this.#widths, limit)
    const cell = ({ isNumber = false }: TableColumn, text: string, width: number) => {
      const shown = cutText(text, width)
      const blanks = ' '.repeat(width - textWidth(shown))
      return isNumber ? blanks + shown : shown + blanks
    }
    return (row) => {
      const cells = this.#columns.map((column, i) => cell(column, row[i] as string, widths[i] as number))
      return cutText(cells.join(GAP), limit).trimEnd()
    }
  }

  names(): string[] {
    return this.#columns.map(({ name }) => name)
  }

  /** The line below the names. */
  rule(): string {
    return this.#widths.map((width) => '─'.repeat(width)).join(GAP)
  }
}

/**
 * Gives the text of each batch of rows as `query -o table` writes it: names and a rule before the first batch, values with
 * every digit, and only long texts cut.
 */
export function openRowTable(fields: readonly Field[]): (batch: Batch) => string {
  const table = new TextTable(tableColumns(fields).map((column) => ({ ...column, name: short(column.name) })))
  let hasHead = false
  return (batch) => {
    const rows = cellsOf(fields, batch, 'exact').map((row) => row.map(short))
    table.widen(rows)
    const line = table.writer()
    const head = hasHead ? [] : [line(table.names()), table.rule()]
    hasHead = true
    return [...head, ...rows.map(line)].map((text) => `${text}\n`).join('')
  }
}

const short = (text: string): string => cutText(text, LONGEST_TEXT)

/**
 * The widths made to fit: the widest columns give way first, down to four cells each. What still does not fit is cut at the
 * right edge.
 */
function fitted(wanted: readonly number[], limit: number): readonly number[] {
  const widths = [...wanted]
  let over = widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1)) - limit
  while (over > 0) {
    const widest = Math.max(...widths)
    if (widest <= NARROWEST) break
    const next = Math.max(NARROWEST, ...widths.filter((width) => width < widest))
    const share = widths.filter((width) => width === widest).length
    const cut = Math.max(1, Math.min(widest - next, Math.ceil(over / share)))
    widths[widths.indexOf(widest)] = widest - cut
    over -= cut
  }
  return widths
}
