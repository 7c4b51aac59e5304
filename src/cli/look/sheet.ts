/** A sheet of text for a person: lines, and tables that leave out what is empty, or has no room. */
import type { Colours } from '../../terminal/colour.ts'
import { TextTable } from '../../terminal/table.ts'
import { cutText, printable } from '../../terminal/text.ts'

/** Makes the lines of a sheet; `width`: the most cells of a line; `height`: the lines that there is room for, if that is limited. */
export type Sheet = (colours: Colours, width: number, height?: number) => readonly string[]

/** A column: its name, whether it has numbers, and the cell of each row. */
export type SheetColumn<Row> = {
  readonly name: string
  readonly isNumber?: boolean
  /** Where the table is wider than the terminal, the column with the greatest is left out first; without one, it stays. */
  readonly spare?: number
  cell(row: Row): string
}

/** A column of texts. */
export const text = <Row>(name: string, cell: (row: Row) => string, spare = 0): SheetColumn<Row> => ({
  name,
  cell,
  spare,
})
/** A column of numbers, which stand to the right. */
export const number = <Row>(name: string, cell: (row: Row) => string, spare = 0): SheetColumn<Row> => ({
  name,
  cell,
  spare,
  isNumber: true,
})

/** Texts are cut to this many cells before a column is left out. */
const LEAST_TEXT = 16

/**
 * The rows as a table below the names of its columns; columns without any text are left out, and a table without rows. With less
 * room than rows, those of the greatest `worth` are shown, in their order.
 */
export function table<Row>(
  columns: readonly SheetColumn<Row>[],
  rows: readonly Row[],
  worth: (row: Row) => number = () => 0,
): Sheet {
  return (colours, width, height) => {
    if (rows.length === 0) return []
    const shown = height === undefined || height > rows.length ? rows : worthiest(rows, worth, height - LEAST_LINES)
    const filled = columns
      .map(({ name, isNumber = false, spare = 0, cell }) => {
        return { name, isNumber, spare, cells: shown.map((row) => printable(cell(row))) }
      })
      .filter(({ cells }) => cells.some((cell) => cell !== ''))
    const { table, some } = fitting(filled, width)
    const line = table.writer(width)
    const lines = shown.map((_, row) => line(some.map(({ cells }) => cells[row] ?? '')))
    const more = rows.length - shown.length
    return [colours.bold(line(table.names())), ...lines, ...(more === 0 ? [] : [moreText(more, width)])]
  }
}

function worthiest<Row>(rows: readonly Row[], worth: (row: Row) => number, count: number): readonly Row[] {
  const kept = new Set([...rows].sort((a, b) => worth(b) - worth(a)).slice(0, Math.max(0, count)))
  return rows.filter((row) => kept.has(row))
}

type Filled = {
  readonly name: string
  readonly isNumber: boolean
  readonly spare: number
  readonly cells: readonly string[]
}

/** A table of as many columns as have room, the spare ones left out one after the other. */
function fitting(
  columns: readonly Filled[],
  width: number,
): { readonly table: TextTable; readonly some: readonly Filled[] } {
  const table = new TextTable(columns)
  const count = columns[0]?.cells.length ?? 0
  table.widen(Array.from({ length: count }, (_, row) => columns.map(({ cells }) => cells[row] ?? '')))
  const most = Math.max(...columns.map(({ spare }) => spare))
  if (!(most > 0) || table.fits(width, LEAST_TEXT) !== 'no') return { table, some: columns }
  return fitting(
    columns.filter(({ spare }) => spare < most),
    width,
  )
}

/** Said below what is cut. */
export const moreText = (count: number, width: number): string =>
  cutText(`… ${count} more: a higher terminal shows them`, width)

/** Sheets one below the other, with an empty line between two that have any lines. With less room they are cut evenly. */
export const stacked =
  (sheets: readonly Sheet[]): Sheet =>
  (colours, width, height) => {
    const sections = sheets
      .map((sheet) => ({ sheet, lines: sheet(colours, width) }))
      .filter(({ lines }) => lines.length > 0)
    const whole = sections.flatMap(({ lines }, index) => (index === 0 ? lines : ['', ...lines]))
    if (height === undefined || whole.length <= height) return whole
    const heights = squeezed(
      sections.map(({ lines }) => lines.length),
      height,
    )
    return sections.flatMap(({ sheet, lines }, index) => {
      const room = heights[index] ?? 0
      return lines.length <= room ? lines : sheet(colours, width, room).slice(0, room)
    })
  }

/** A table that is cut has its names and how much is missing, at least. */
const LEAST_LINES = 2

/**
 * The heights of sections without empty lines between them: the longest is cut by a line, again and again. The first section, which
 * says what this is about, is cut last, by the caller.
 */
function squeezed(whole: readonly number[], height: number): readonly number[] {
  const heights = [...whole]
  let left = heights.reduce((sum, one) => sum + one, 0)
  while (left > height) {
    const longest = Math.max(...heights.slice(1))
    if (!(longest > LEAST_LINES)) break
    heights[heights.lastIndexOf(longest)] = longest - 1
    left--
  }
  return heights
}
