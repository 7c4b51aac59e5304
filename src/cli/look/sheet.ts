/** A sheet of text for a person: lines, and tables that leave out what is empty. */
import type { Colours } from '../../terminal/colour.ts'
import { TextTable } from '../../terminal/table.ts'
import { printable } from '../../terminal/text.ts'

/** Makes the lines of a sheet; `width`: the most cells of a line. */
export type Sheet = (colours: Colours, width: number) => readonly string[]

/** A column: its name, whether it has numbers, and the cell of each row. */
export type SheetColumn<Row> = {
  readonly name: string
  readonly isNumber?: boolean
  cell(row: Row): string
}

/** A column of texts. */
export const text = <Row>(name: string, cell: (row: Row) => string): SheetColumn<Row> => ({ name, cell })
/** A column of numbers, which stand to the right. */
export const number = <Row>(name: string, cell: (row: Row) => string): SheetColumn<Row> => ({
  name,
  cell,
  isNumber: true,
})

/** The rows as a table below the names of its columns; columns without any text are left out, and a table without rows. */
export function table<Row>(columns: readonly SheetColumn<Row>[], rows: readonly Row[]): Sheet {
  const filled = columns
    .map((column) => ({ column, cells: rows.map((row) => printable(column.cell(row))) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''))
  const shown = new TextTable(filled.map(({ column: { name, isNumber = false } }) => ({ name, isNumber })))
  const lines = rows.map((_, row) => filled.map(({ cells }) => cells[row] ?? ''))
  shown.widen(lines)
  return (colours, width) => {
    if (rows.length === 0) return []
    const line = shown.writer(width)
    return [colours.bold(line(shown.names())), ...lines.map(line)]
  }
}

/** Sheets one below the other, with an empty line between two that have any lines. */
export const stacked =
  (sheets: readonly Sheet[]): Sheet =>
  (colours, width) =>
    sheets
      .map((sheet) => sheet(colours, width))
      .filter((lines) => lines.length > 0)
      .flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
