/**
 * Rows of text as a table: columns aligned, numbers to the right, no line wider than asked.
 *
 * A column is as wide as its widest cell so far. So a table whose rows come in several batches may widen on its way, but
 * it never loses a digit.
 */
import { type Field, isAnyTimestamp, isNumeric } from '../record/type.ts'
import { type Fit, fitColumns, fitsWithTexts, GAP, lineWidth, type Width } from './fit.ts'
import { cutText, printable, textWidth } from './text.ts'

export type TableColumn = { readonly name: string; readonly isNumber?: boolean; readonly isTime?: boolean }

/** Columns for rows of these fields. */
export function tableColumns(fields: readonly Field[]): TableColumn[] {
  return fields.map(({ name, type }) => ({
    name: printable(name),
    isNumber: isNumeric(type),
    isTime: isAnyTimestamp(type),
  }))
}

/** How rows are written, and the line below the names. */
export type TableForm = { line(row: readonly string[]): string; readonly rule: string }

/** Cells that a column has at most where cells are whole: a wider one sticks out, instead of making its column wider. */
const WIDEST_COLUMN = 80
/** Of a column whose times are of several days. */
const SEVERAL = 'several'
/** Where a time of day begins in a time. */
const TIME_OF_DAY = '1995-07-01T'.length

/** The columns of a table and how wide they are. The texts that it is given are printable. */
export class TextTable {
  readonly #columns: readonly TableColumn[]
  readonly #names: readonly number[]
  readonly #cells: number[]
  /** The widest time of day of each column of times; 0: all of them are midnight, and the dates differ. */
  readonly #timesOfDay: number[]
  /** The day that all cells of each column of times have, `SEVERAL`, or '' where there is none yet. */
  readonly #days: string[]
  readonly #namesDay: boolean
  #hasRows = false

  /** `namesDay`: whether a day that times leave out is said above them; without that, they keep it. */
  constructor(columns: readonly TableColumn[], namesDay = true) {
    this.#columns = columns
    this.#namesDay = namesDay
    this.#names = columns.map(({ name }) => textWidth(name))
    this.#cells = columns.map(() => 0)
    this.#timesOfDay = columns.map(() => 0)
    this.#days = columns.map(() => '')
  }

  /** Makes the columns wide enough for these rows. */
  widen(rows: readonly (readonly string[])[]): void {
    for (const row of rows) {
      for (let i = 0; i < this.#columns.length; i++) {
        const cell = row[i] as string
        this.#cells[i] = Math.max(this.#cells[i] as number, textWidth(cell))
        if (this.#columns[i]?.isTime !== true || cell === 'NULL') continue
        this.#addDay(i, cell)
        if (/T00:00:00Z?$/.test(cell)) continue
        this.#timesOfDay[i] = Math.max(this.#timesOfDay[i] as number, cell.length - TIME_OF_DAY)
      }
      this.#hasRows = true
    }
  }

  /** Times leave out their day if these rows share it, whatever rows there were before. */
  lookAtDays(rows: readonly (readonly string[])[]): void {
    this.#days.fill('')
    for (const row of rows) {
      for (const [i, { isTime }] of this.#columns.entries()) if (isTime === true) this.#addDay(i, row[i] as string)
    }
  }

  #addDay(column: number, cell: string): void {
    const [day = ''] = cell === 'NULL' ? [] : cell.split('T')
    const before = this.#days[column]
    if (day !== '' && before !== day) this.#days[column] = before === '' ? day : SEVERAL
  }

  /** A function that gives a row as a line of at most `limit` cells of a terminal, without blanks at its end. */
  writer(limit: number = Number.POSITIVE_INFINITY): (row: readonly string[]) => string {
    const { widths, hasBriefTimes } = this.#fit(limit)
    const isOfOneDay = this.#sharedDay() !== undefined
    return (row) => {
      const cells = this.#columns.map((column, i) => {
        const whole = row[i] as string
        const text = hasBriefTimes && column.isTime === true ? this.#brief(whole, i, isOfOneDay) : whole
        return padded(text, widths[i] as number, column.isNumber === true)
      })
      return cutText(cells.join(GAP), limit).trimEnd()
    }
  }

  /** Lines that fit a terminal of `width` cells; without a width, as for a file or a pipe, every cell is whole. */
  form(width: number | undefined): TableForm {
    if (width !== undefined) return { line: this.writer(width), rule: ruleOf(this.#fit(width).widths) }
    const widths = this.#widths().map(({ whole }) => Math.min(whole, WIDEST_COLUMN))
    const line = (row: readonly string[]) => {
      const cells = this.#columns.map(({ isNumber = false }, i) => {
        const [text, width] = [row[i] as string, widths[i] as number]
        return textWidth(text) > width ? text : padded(text, width, isNumber)
      })
      return cells.join(GAP).trimEnd()
    }
    return { line, rule: ruleOf(widths) }
  }

  /** Whether each row is whole within `limit` cells, or is with texts that are cut to at least `leastText`. */
  fits(limit: number, leastText: number): 'whole' | 'cut' | 'no' {
    const widths = this.#widths()
    if (lineWidth(widths.map(({ whole }) => whole)) <= limit) return 'whole'
    return fitsWithTexts(widths, limit, leastText) ? 'cut' : 'no'
  }

  /** The day that times leave out within `limit` cells; undefined: none is left out. */
  dayWithin(limit: number): string | undefined {
    return this.#fit(limit).hasBriefTimes ? this.#sharedDay() : undefined
  }

  /** The day of all times, except columns that are all midnight: these show their day. */
  #sharedDay(): string | undefined {
    const days = new Set(this.#days.filter((day, i) => day !== '' && this.#timesOfDay[i] !== 0))
    const [day] = days
    return !this.#namesDay || days.size > 1 || day === SEVERAL ? undefined : day
  }

  names(): string[] {
    return this.#columns.map(({ name }) => name)
  }

  #fit(limit: number): Fit {
    return fitColumns(this.#widths(), limit)
  }

  #widths(): readonly Width[] {
    const hasDay = this.#sharedDay() !== undefined
    return this.#columns.map(({ isNumber = false, isTime = false }, i) => {
      const cells = this.#cells[i] as number
      const times = this.#timesOfDay[i] as number
      return {
        kind: isTime ? 'time' : isNumber ? 'number' : 'text',
        name: this.#names[i] as number,
        whole: Math.max(this.#names[i] as number, cells),
        cells,
        brief:
          !isTime || !this.#hasRows ? cells : times === 0 ? Math.min(cells, TIME_OF_DAY - 1) : hasDay ? times : cells,
      }
    })
  }

  /** The time of day where all times share their day; the date where all times are midnight. The name of a column is no time. */
  #brief(text: string, column: number, isOfOneDay: boolean): string {
    if (!/^-?\d+-\d\d-\d\dT/.test(text)) return text
    const [date = '', time = ''] = text.split('T')
    if (this.#timesOfDay[column] === 0) return date
    return isOfOneDay ? time : text
  }
}

const ruleOf = (widths: readonly number[]): string => widths.map((width) => '─'.repeat(width)).join(GAP)

function padded(text: string, width: number, isNumber: boolean): string {
  const shown = cutText(text, width)
  const blanks = ' '.repeat(Math.max(0, width - textWidth(shown)))
  return isNumber ? blanks + shown : shown + blanks
}
