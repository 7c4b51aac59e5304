/**
 * The rows of a query as text for people. Into files and pipes every cell is whole. A terminal gets lines that fit: texts
 * are cut, or, where too little of them would be left, each row is shown with one line for each column.
 */
import type { Batch } from '../record/column.ts'
import type { Field } from '../record/type.ts'
import { cellsOf } from './cells.ts'
import { TextTable, tableColumns } from './table.ts'
import { textWidth } from './text.ts'

/** Cells that texts keep in a table that fits a terminal. */
const LEAST_TEXT = 12
/** The line above each row that is shown with a line for each column. */
const RULE = 32

export type RowTableOptions = {
  /** Cells of a line of the terminal; undefined where the text is for a file or a pipe. */
  readonly width?: number | undefined
  /** Whether the names come first. */
  readonly hasHeader?: boolean
}

export type RowTable = {
  /** The text of rows that come next. */
  textOf(batch: Batch): string
  /** Whether cells have been cut. */
  isCut(): boolean
}

/** Opens a table; the first batch decides how it is shown. */
export function openRowTable(fields: readonly Field[], options: RowTableOptions = {}): RowTable {
  const { width, hasHeader = true } = options
  const table = new TextTable(tableColumns(fields), hasHeader)
  let shown: RowTable | undefined
  let isCut = false
  const open = (): RowTable => {
    const fit = width === undefined ? 'whole' : table.fits(width, LEAST_TEXT)
    return fit === 'no' ? openVerticalRows(fields, options) : { textOf: lines, isCut: () => isCut }
  }
  let hasHead = !hasHeader
  let dayAbove: string | undefined
  const lines = (batch: Batch): string => {
    const rows = cellsOf(fields, batch, 'exact')
    table.widen(rows)
    isCut ||= width !== undefined && table.fits(width, LEAST_TEXT) !== 'whole'
    const { line, rule } = table.form(width)
    const head = hasHead ? [] : [line(table.names()), rule]
    hasHead = true
    const day = width === undefined ? undefined : table.dayWithin(width)
    if (day !== undefined && day !== dayAbove) head.unshift(`times of ${day}:`)
    dayAbove = day
    return [...head, ...rows.map(line)].map((text) => `${text}\n`).join('')
  }
  return {
    textOf(batch) {
      if (shown === undefined) {
        table.widen(cellsOf(fields, batch, 'exact'))
        shown = open()
      }
      return shown.textOf(batch)
    },
    isCut: () => isCut,
  }
}

/** Opens the form of rows that has one line for each column, each whole. */
export function openVerticalRows(fields: readonly Field[], { hasHeader = true }: RowTableOptions = {}): RowTable {
  const names = tableColumns(fields).map(({ name }) => name)
  const widest = Math.max(0, ...names.map(textWidth))
  const labels = names.map((name) => name + ' '.repeat(widest - textWidth(name)))
  let count = 0
  const rowText = (cells: readonly string[]) => {
    const title = `── row ${++count} `
    const first = hasHeader ? [title + '─'.repeat(Math.max(2, RULE - title.length))] : count > 1 ? [''] : []
    return [...first, ...cells.map((cell, i) => `${labels[i]}  ${cell}`.trimEnd())]
  }
  return {
    textOf: (batch) =>
      cellsOf(fields, batch, 'exact')
        .flatMap(rowText)
        .map((text) => `${text}\n`)
        .join(''),
    isCut: () => false,
  }
}
