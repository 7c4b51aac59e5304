/**
 * The newest rows of a topic as a panel of the screen: those of the latest window, and above them rows of the windows
 * before, where there is room. Only rows that are shown are kept, and only they are made into text.
 */
import type { Batch, DoubleColumn } from '../record/column.ts'
import type { Field } from '../record/type.ts'
import { rowCells } from './cells.ts'
import type { Colours } from './colour.ts'
import type { Panel } from './screen.ts'
import { TextTable, tableColumns } from './table.ts'
import { cutText } from './text.ts'

/** Title, names, and a blank line below. */
const FRAME_LINES = 3

/** A table that is given rows and drawn now and then. It shows at most `limit` rows. */
export class LiveTable implements Panel {
  readonly #title: string
  readonly #fields: readonly Field[]
  readonly #limit: number
  readonly #colours: Colours
  readonly #table: TextTable
  /** Index of the column that says which window a row belongs to; -1: there is none, and the newest rows are the last ones. */
  readonly #window: number
  #latest = Number.NEGATIVE_INFINITY
  #older: string[][] = []
  #newest: string[][] = []
  #inLatest = 0
  #total = 0

  constructor(title: string, fields: readonly Field[], limit: number, colours: Colours) {
    this.#title = title
    this.#fields = fields
    this.#limit = limit
    this.#colours = colours
    this.#window = Math.max(
      fields.findIndex(({ window }) => window === 'end'),
      fields.findIndex(({ window }) => window === 'start'),
    )
    this.#table = new TextTable(tableColumns(fields))
  }

  add(batch: Batch): void {
    this.#total += batch.count
    if (this.#window < 0) this.#addLast(batch)
    else this.#addByWindow(batch, (batch.columns[this.#window] as DoubleColumn).values)
  }

  height(): number {
    return FRAME_LINES + Math.min(this.#limit, this.#older.length + this.#newest.length)
  }

  draw(width: number, height: number): readonly string[] {
    const title = cutText(`${this.#title}  ${this.#total.toLocaleString('en-US')} rows`, width)
    if (height < FRAME_LINES) return [this.#colours.bold(title)].slice(0, height)
    const line = this.#table.writer(width)
    return [
      this.#colours.bold(title),
      this.#colours.dim(line(this.#table.names())),
      ...this.#body(height - FRAME_LINES, line, (text) => cutText(text, width)),
      '',
    ]
  }

  #body(room: number, line: (cells: readonly string[]) => string, cut: (text: string) => string): string[] {
    if (room === 0) return []
    if (this.#inLatest > room) {
      const shown = this.#newest.slice(0, room - 1)
      return [...shown.map(line), cut(`… ${(this.#inLatest - shown.length).toLocaleString('en-US')} more`)]
    }
    return [...this.#older, ...this.#newest].slice(-room).map(line)
  }

  #addLast(batch: Batch): void {
    for (let row = Math.max(0, batch.count - this.#limit); row < batch.count; row++) this.#push(batch, row)
    this.#newest = this.#newest.slice(-this.#limit)
  }

  #addByWindow(batch: Batch, windows: Float64Array): void {
    for (let row = 0; row < batch.count; row++) {
      const window = windows[row] as number
      // A partition that is behind gives rows of windows that are shown no more.
      if (window < this.#latest) continue
      if (window > this.#latest) {
        this.#older = [...this.#older, ...this.#newest].slice(-this.#limit)
        this.#newest = []
        this.#inLatest = 0
        this.#latest = window
      }
      this.#inLatest++
      if (this.#newest.length < this.#limit) this.#push(batch, row)
    }
  }

  #push(batch: Batch, row: number): void {
    const cells = rowCells(this.#fields, batch, row, 'short')
    this.#table.widen([cells])
    this.#newest.push(cells)
  }
}
