/**
 * Rows as people write them: a table with a header, its values between commas. Blanks around a value are no part of it, so
 * columns may stand under each other. A value in double quotes is that text (`""` is one quote in it, and alone the empty
 * text); no value at all is NULL.
 */
import { Failure } from '../../base/failure.ts'
import type { CellText } from './cell.ts'

export type TableText = { readonly columns: readonly string[]; readonly rows: readonly (readonly CellText[])[] }

/** Reads a table. Throws a Failure at the place of what is wrong, in the lines of the text. */
export function readTableText(text: string): TableText {
  const lines = text.split(/\r?\n/).map((line, index) => ({ line, number: index + 1 }))
  const [header, ...rest] = lines.filter(({ line }) => line.trim() !== '')
  if (header === undefined) return { columns: [], rows: [] }
  const columns = readLine(header.line, header.number).map((name) => name ?? '')
  const rows = rest.map(({ line, number }) => {
    const cells = readLine(line, number)
    if (cells.length === columns.length) return cells
    throw at(line, number, `this row has ${cells.length} values, and the header has ${columns.length}`)
  })
  return { columns, rows }
}

function readLine(line: string, number: number): CellText[] {
  const cells: CellText[] = []
  for (let position = 0; position <= line.length; ) {
    const [quoted, inside = ''] = /^\s*"((?:[^"]|"")*)"\s*(?=,|$)/.exec(line.slice(position)) ?? []
    if (quoted !== undefined) {
      cells.push(inside.replaceAll('""', '"'))
      position += quoted.length + 1
      continue
    }
    const [plain = ''] = /^[^,]*/.exec(line.slice(position)) ?? []
    if (plain.trim().startsWith('"')) throw at(line, number, 'this value has no " at its end', position)
    cells.push(plain.trim() === '' ? undefined : plain.trim())
    position += plain.length + 1
  }
  return cells
}

const at = (text: string, line: number, message: string, from = 0): Failure => {
  const column = from + text.slice(from).search(/\S|$/) + 1
  return new Failure('pipeline', message, {
    place: { file: undefined, line, column, text, length: Math.max(1, text.trimEnd().length - column + 1) },
    hint: 'Write a header and rows such as: path, hits. A text with commas stands in "double quotes".',
  })
}

/** The lines of a table, with its columns under each other. */
export function writeTableText({ columns, rows }: TableText): string[] {
  const cells = [columns.map(written), ...rows.map((row) => row.map(written))]
  const widths = columns.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  return cells.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : `${cell},`.padEnd((widths[i] ?? 0) + 1)))
      .join(' ')
      .trimEnd(),
  )
}

const written = (cell: CellText): string => {
  if (cell === undefined) return ''
  return cell === '' || /^\s|\s$|[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
