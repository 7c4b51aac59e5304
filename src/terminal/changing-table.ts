/**
 * Rows that change as a panel of the screen: each key has one row, which is replaced or taken away in place. Where they do not
 * all fit, those that come first in the order are shown.
 *
 * Memory is bounded: of more keys than are kept, the last in the order are forgotten until they change again.
 */
import { countText } from '../base/units.ts'
import type { Batch } from '../record/column.ts'
import { type Field, isNumeric } from '../record/type.ts'
import { rowCells } from './cells.ts'
import type { Colours } from './colour.ts'
import type { Panel } from './screen.ts'
import { TextTable, tableColumns } from './table.ts'
import { cutText } from './text.ts'

const FRAME_LINES = 3
const LEAST_WITH_BLANK = 5
/** Rows that are kept; twice as many are never there. */
const KEPT_ROWS = 10_000
const BETWEEN_CELLS = '\0'

export type ChangingOptions = {
  readonly title: string
  readonly fields: readonly Field[]
  /** Indexes of the columns that name a row. */
  readonly key: readonly number[]
  /** Whether rows are in order of their key, as those of a Top-N; else those with the greatest number come first. */
  readonly isByKey: boolean
  readonly limit: number | undefined
  readonly colours: Colours
}

/** A table of rows by their keys. */
export class ChangingTable implements Panel {
  readonly #options: ChangingOptions
  readonly #rows = new Map<string, readonly string[]>()
  readonly #order: (a: readonly string[], b: readonly string[]) => number
  #sorted: readonly (readonly string[])[] | undefined
  #forgotten = false

  constructor(options: ChangingOptions) {
    this.#options = options
    this.#order = orderOf(options)
  }

  /** Takes changes; the batch says which rows are deleted. */
  add(batch: Batch): void {
    const { fields, key } = this.#options
    for (let row = 0; row < batch.count; row++) {
      const cells = rowCells(fields, batch, row, 'short')
      const name = key.map((column) => cells[column]).join(BETWEEN_CELLS)
      if (batch.deleted?.[row] === 1) this.#rows.delete(name)
      else this.#rows.set(name, cells)
      if (this.#rows.size >= 2 * KEPT_ROWS) this.#forget()
    }
    this.#sorted = undefined
  }

  height(): number {
    return FRAME_LINES + Math.min(this.#rows.size, this.#options.limit ?? KEPT_ROWS)
  }

  draw(width: number, height: number): readonly string[] {
    if (height <= 0) return []
    const { title, fields, colours, limit = KEPT_ROWS } = this.#options
    const hasBlank = height >= LEAST_WITH_BLANK
    const hasNames = height > 2
    const room = Math.max(0, Math.min(limit, height - 1 - Number(hasNames) - Number(hasBlank)))
    this.#sorted ??= [...this.#rows.values()].sort(this.#order)
    const shown = this.#sorted.slice(0, room)
    const table = new TextTable(tableColumns(fields))
    table.widen(shown)
    const line = table.writer(width)
    const more = this.#rows.size - shown.length
    const of = more > 0 ? `, the first ${shown.length.toLocaleString('en-US')}` : ''
    const head = `${title}  ${this.#forgotten ? 'more than ' : ''}${countText(this.#rows.size, 'row')}${of}`
    return [
      colours.bold(cutText(head, width)),
      ...(hasNames ? [colours.dim(line(table.names()))] : []),
      ...shown.map(line),
      ...(hasBlank ? [''] : []),
    ]
  }

  #forget(): void {
    const last = [...this.#rows].sort(([, a], [, b]) => this.#order(a, b)).slice(KEPT_ROWS)
    for (const [name] of last) this.#rows.delete(name)
    this.#forgotten = true
  }
}

/** By the greatest number first, and then by key; or by key alone. */
function orderOf({ fields, key, isByKey }: ChangingOptions): (a: readonly string[], b: readonly string[]) => number {
  const isNumber = (column: number) => fields[column] !== undefined && isNumeric(fields[column].type)
  const first = isByKey ? -1 : fields.findIndex((_, column) => !key.includes(column) && isNumber(column))
  const numberIn = (cells: readonly string[], column: number) => Number(cells[column]) || 0
  return (a, b) => {
    const byNumber = first < 0 ? 0 : numberIn(b, first) - numberIn(a, first)
    if (byNumber !== 0) return byNumber
    for (const column of key) {
      const [left = '', right = ''] = [a[column], b[column]]
      const order = isNumber(column) ? Number(left) - Number(right) : left < right ? -1 : left > right ? 1 : 0
      if (order !== 0) return order
    }
    return 0
  }
}
