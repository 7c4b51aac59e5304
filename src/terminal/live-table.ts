/**
 * The newest rows of a topic as a panel of the screen: those of the latest window, and above them as many of the windows
 * before as there is room for. Only rows that are shown are kept, and only they are made into text.
 */
import type { Batch, DoubleColumn } from '../record/column.ts'
import type { Field } from '../record/type.ts'
import type { Panel } from './screen.ts'
import { cellsOf, columnWidths, cutText, fitWidths, tableLine } from './table.ts'

/** Title, names, and a blank line below. */
const FRAME_LINES = 3

export type Style = { title(text: string): string; names(text: string): string }

export const PLAIN: Style = { title: (text) => text, names: (text) => text }
export const COLOURED: Style = {
  title: (text) => `\x1b[1m${text}\x1b[0m`,
  names: (text) => `\x1b[2m${text}\x1b[0m`,
}

export class LiveTable implements Panel {
  readonly #title: string
  readonly #fields: readonly Field[]
  readonly #limit: number
  readonly #style: Style
  /** Which column says what window a row belongs to; -1: none does, and the newest rows are the last ones. */
  readonly #window: number
  #latest = Number.NEGATIVE_INFINITY
  #older: string[][] = []
  #newest: string[][] = []
  #inLatest = 0
  #total = 0
  #widths: number[]

  constructor(title: string, fields: readonly Field[], limit: number, style: Style) {
    this.#title = title
    this.#fields = fields
    this.#limit = limit
    this.#style = style
    this.#window = Math.max(
      fields.findIndex(({ window }) => window === 'end'),
      fields.findIndex(({ window }) => window === 'start'),
    )
    this.#widths = columnWidths(fields, [])
  }

  add(batch: Batch): void {
    this.#total += batch.count
    if (this.#window < 0) this.#addLast(batch)
    else this.#addByWindow(batch, (batch.columns[this.#window] as DoubleColumn).values)
    const grown = columnWidths(this.#fields, this.#newest)
    this.#widths = this.#widths.map((width, i) => Math.max(width, grown[i] as number))
  }

  height(): number {
    return FRAME_LINES + Math.min(this.#limit, this.#older.length + this.#newest.length)
  }

  draw(width: number, height: number): readonly string[] {
    const title = cutText(`${this.#title}  ${this.#total.toLocaleString('en-US')} rows`, width)
    if (height < FRAME_LINES) return [this.#style.title(title)].slice(0, height)
    const widths = fitWidths(this.#widths, width)
    const line = (cells: readonly string[]) => tableLine(this.#fields, cells, widths, width)
    const names = line(this.#fields.map(({ name }) => name))
    return [
      this.#style.title(title),
      this.#style.names(names),
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
      // A row of an earlier window, from another partition, is old news.
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
    this.#newest.push(cellsOf(this.#fields, batch, row))
  }
}
