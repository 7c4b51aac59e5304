/** The rows that a test expects, from the forms that they may be written in. */
import { Failure } from '../../base/failure.ts'
import type { Type } from '../../record/type.ts'
import { type CellText, cellOf } from './cell.ts'
import { fromPlain, type Json, parseExactly } from './json.ts'
import { readTableText } from './table-text.ts'
import type { RowsText } from './test-entry.ts'

/** How rows are written: `none` where nothing is. */
export type RowsForm = 'table' | 'ndjson' | 'list' | 'none'

/** The columns that a row names, and no others. */
export type ExpectedRow = ReadonlyMap<string, CellText>

export type ExpectedRows = {
  readonly form: RowsForm
  /** Those that any row names, or the header. */
  readonly columns: readonly string[]
  readonly rows: readonly ExpectedRow[]
  readonly unordered: boolean
}

export type RowTypes = {
  /** The type of a column; undefined where it has none. Throws a Failure where there is no such column. */
  typeOf(column: string): Type | undefined
  /** The time zone of times without one. */
  readonly zone: string
}

/** Reads rows. Throws a Failure, with its place in the lines of the text where there is one. */
export function readRows(written: RowsText, unordered: boolean, { typeOf, zone }: RowTypes): ExpectedRows {
  const text = typeof written === 'string' ? written : ''
  if (written === null || (typeof written === 'string' && text.trim() === '')) {
    return { form: 'none', columns: [], rows: [], unordered }
  }
  if (typeof written === 'string' && !text.trimStart().startsWith('{')) {
    const { columns, rows } = readTableText(text)
    const types = columns.map(typeOf)
    const read = rows.map(
      (row) =>
        new Map(
          columns.map((column, i): [string, CellText] => {
            const cell = row[i]
            return [column, cell === undefined ? undefined : cellOf(nestedOr(cell, types[i]), types[i], zone)]
          }),
        ),
    )
    return { form: 'table', columns, rows: read, unordered }
  }
  const objects = typeof written === 'string' ? objectsIn(text) : written.map(fromPlain)
  const rows = objects.map(
    (row) =>
      new Map(
        Object.entries(row as { readonly [column: string]: Json }).map(([column, value]) => {
          return [column, cellOf(value, typeOf(column), zone)] as const
        }),
      ),
  )
  const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))]
  return { form: typeof written === 'string' ? 'ndjson' : 'list', columns, rows, unordered }
}

/** In a table, a nested value is a text of JSON. */
function nestedOr(cell: string, type: Type | undefined): Json {
  if (type?.kind !== 'ARRAY' && type?.kind !== 'MAP' && type?.kind !== 'ROW') return cell
  try {
    return parseExactly(cell)
  } catch {
    return cell
  }
}

function objectsIn(text: string): readonly Json[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    const place = {
      file: undefined,
      line: index + 1,
      column: line.search(/\S/) + 1,
      text: line,
      length: line.trim().length,
    }
    try {
      const value = parseExactly(line)
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return [value]
      throw new SyntaxError('it is not an object')
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause
      throw new Failure('pipeline', `this line is not a row of JSON: ${cause.message}`, { place, cause })
    }
  })
}
