/**
 * The newest rows of a topic as a panel of the screen: those of the latest window, and above them whole windows before it,
 * where there is room. Below them may come the rows that the next window would have if it ended now, marked as such. Only
 * rows that can be shown are kept, and only they are made into text.
 */
import { countText } from '../base/units.ts'
import type { Batch, DoubleColumn } from '../record/column.ts'
import type { Field } from '../record/type.ts'
import { rowCells } from './cells.ts'
import type { Colours } from './colour.ts'
import type { Panel } from './screen.ts'
import { TextTable, tableColumns } from './table.ts'
import { cutText } from './text.ts'

/** Title, names, and a blank line below. */
const FRAME_LINES = 3
/** In a panel that is lower than this, rows are worth more than the blank line. */
const LEAST_WITH_BLANK = 5
/** The line above rows that are not final. */
const PROVISIONAL = 'so far, in the window that is open:'
/** Rows that are kept where the terminal alone says how many are shown: no terminal is higher. */
const MOST_ROWS = 500

type Row = { readonly window: number; readonly cells: readonly string[] }

/** A table that is given rows and drawn now and then. It shows at most `limit` rows; undefined: as many as there is room for. */
export class LiveTable implements Panel {
  readonly #title: string
  readonly #fields: readonly Field[]
  readonly #limit: number
  readonly #colours: Colours
  readonly #table: TextTable
  /** Index of the column that says which window a row belongs to; -1: there is none, and the newest rows are the last ones. */
  readonly #window: number
  #latest = Number.NEGATIVE_INFINITY
  #older: Row[] = []
  #newest: Row[] = []
  #inLatest = 0
  #total = 0
  #provisional: Row[] = []
  #inProvisional = 0

  constructor(title: string, fields: readonly Field[], limit: number | undefined, colours: Colours) {
    this.#title = title
    this.#fields = fields
    this.#limit = limit ?? MOST_ROWS
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
    else this.#addByWindow(batch, this.#windowsOf(batch))
  }

  /** Takes the rows that open windows would have now, in place of those before; only the first window is shown. */
  setProvisional(batches: readonly Batch[]): void {
    this.#provisional = []
    this.#inProvisional = 0
    if (this.#window < 0) return
    let first = Number.POSITIVE_INFINITY
    for (const batch of batches) {
      for (const end of this.#windowsOf(batch).subarray(0, batch.count))
        if (end > this.#latest && end < first) first = end
    }
    for (const batch of batches) {
      const windows = this.#windowsOf(batch)
      for (let row = 0; row < batch.count; row++) {
        if (windows[row] !== first) continue
        this.#inProvisional++
        if (this.#provisional.length < this.#limit) this.#push(this.#provisional, batch, row)
      }
    }
  }

  height(): number {
    const provisional = this.#open().length
    const rows = this.#older.length + this.#newest.length + (provisional === 0 ? 0 : provisional + 1)
    return FRAME_LINES + Math.min(this.#limit, rows)
  }

  draw(width: number, height: number): readonly string[] {
    if (height <= 0) return []
    const hasBlank = height >= LEAST_WITH_BLANK
    const hasNames = height > 2
    const room = Math.min(this.#limit, height - 1 - Number(hasNames) - Number(hasBlank))
    this.#table.lookAtDays(this.#drawn(room).map(({ cells }) => cells))
    const line = this.#table.writer(width)
    const { lines, more } = this.#body(room, line, width)
    return [
      this.#colours.bold(cutText(this.#titleText(width, more), width)),
      ...(hasNames ? [this.#colours.dim(line(this.#table.names()))] : []),
      ...lines,
      ...(hasBlank ? [''] : []),
    ]
  }

  /** `methods  1,234 rows`, with the day where the times below leave it out. */
  #titleText(width: number, more: number): string {
    const left = this.#table.dayWithin(width)
    const day = left === undefined ? '' : `  ${left}`
    const rest = more > 0 ? `, ${more.toLocaleString('en-US')} more` : ''
    return `${this.#title}  ${countText(this.#total, 'row')}${day}${rest}`
  }

  /** The lines of rows, and how many rows of the latest window are neither among them nor counted there. */
  #body(room: number, line: Line, width: number): { readonly lines: readonly string[]; readonly more: number } {
    if (room <= 0) return { lines: [], more: this.#inLatest }
    const open = this.#provisionalLines(room, line, width)
    const left = room - open.length
    const cut = (text: string) => cutText(text, width)
    if (this.#inLatest <= left) {
      return { lines: [...this.#whole(left).map(({ cells }) => line(cells)), ...open], more: 0 }
    }
    // In few lines a row is worth more than their number, which goes into the title.
    const isCounted = left > 2
    const shown = this.#newest.slice(0, isCounted ? left - 1 : left)
    const more = this.#inLatest - shown.length
    const lines = shown.map(({ cells }) => line(cells))
    if (isCounted) lines.push(cut(`… ${more.toLocaleString('en-US')} more`))
    return { lines: [...lines, ...open], more: isCounted ? 0 : more }
  }

  /** The rows that may be drawn. */
  #drawn(room: number): readonly Row[] {
    const older = room > this.#newest.length ? this.#older.slice(this.#newest.length - room) : []
    return [...older, ...this.#newest, ...this.#open()]
  }

  /** The rows of the latest window, and before them the windows that fit as a whole. */
  #whole(room: number): readonly Row[] {
    const rows = [...this.#older, ...this.#newest].slice(-room)
    const before = this.#older.at(-1 - (rows.length - this.#newest.length))
    const isCut = this.#window >= 0 && before !== undefined && before.window === rows[0]?.window
    return isCut ? rows.filter(({ window }) => window !== before.window || window === this.#latest) : rows
  }

  /** At most half of the room, unless the final rows need less. */
  #provisionalLines(room: number, line: Line, width: number): readonly string[] {
    const rows = this.#open()
    const most = Math.max(Math.floor(room / 2), room - this.#older.length - this.#inLatest)
    if (rows.length === 0 || most < 2) return []
    const { dim } = this.#colours
    const shown = rows.slice(0, most - 1)
    const more = this.#inProvisional - shown.length
    const head =
      more > 0
        ? `${PROVISIONAL} the first ${shown.length} of ${this.#inProvisional.toLocaleString('en-US')}`
        : PROVISIONAL
    return [dim(cutText(head, width)), ...shown.map(({ cells }) => dim(line(cells)))]
  }

  /** The rows of an open window, as long as it is not among the final ones. */
  #open(): readonly Row[] {
    return (this.#provisional[0]?.window ?? Number.NEGATIVE_INFINITY) > this.#latest ? this.#provisional : []
  }

  #addLast(batch: Batch): void {
    for (let row = Math.max(0, batch.count - this.#limit); row < batch.count; row++)
      this.#push(this.#newest, batch, row)
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
      if (this.#newest.length < this.#limit) this.#push(this.#newest, batch, row)
    }
  }

  #push(rows: Row[], batch: Batch, row: number): void {
    const cells = rowCells(this.#fields, batch, row, 'short')
    this.#table.widen([cells])
    rows.push({ window: this.#window < 0 ? 0 : (this.#windowsOf(batch)[row] as number), cells })
  }

  #windowsOf = ({ columns }: Batch): Float64Array => (columns[this.#window] as DoubleColumn).values
}

type Line = (cells: readonly string[]) => string
