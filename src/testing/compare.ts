/** Rows that were expected beside rows that came, as lines of a difference. */
import type { CellText } from '../pipeline/expect/cell.ts'
import type { ExpectedRow, ExpectedRows } from '../pipeline/expect/expected-rows.ts'
import type { CameRow } from './came-out.ts'

/** `-`: expected, and did not come. `+`: came, and was not expected. A cell that nobody asks for is null. */
export type DiffLine = { readonly sign: ' ' | '-' | '+'; readonly cells: readonly (CellText | null)[] }

export type Diff = { readonly columns: readonly string[]; readonly lines: readonly DiffLine[] }

/** More pairs than this are not compared each with each: then rows are compared by their number. */
const MOST_PAIRS = 4_000_000

/** Of which columns a part of what came is enough. */
type Partly = (column: string) => boolean

/**
 * The difference in the columns that are expected, or in `columns` where none is named; undefined where there is none.
 */
export function compareRows(
  expected: ExpectedRows,
  came: readonly CameRow[],
  columns: readonly string[],
  partly: Partly = () => false,
): Diff | undefined {
  const shown = expected.columns.length === 0 ? columns : expected.columns
  const matches = (row: ExpectedRow, other: CameRow) =>
    [...row].every(([column, cell]) => {
      const value = other.get(column)
      return value === cell || (partly(column) && cell !== undefined && value?.includes(cell) === true)
    })
  const pairs = (expected.unordered ? anyOrder : inOrder)(expected.rows, came, matches)
  if (pairs.every(([row, other]) => row !== undefined && other !== undefined)) return undefined
  const cells = (row: CameRow) => shown.map((column) => (row.has(column) ? row.get(column) : null))
  const lines = pairs.map(([row, other]): DiffLine => {
    if (row === undefined) return { sign: '+', cells: cells(other ?? new Map()) }
    return other === undefined ? { sign: '-', cells: cells(row) } : { sign: ' ', cells: cells(other) }
  })
  return { columns: shown, lines: lines }
}

type Pair = readonly [expected: ExpectedRow | undefined, came: CameRow | undefined]
type Matches = (expected: ExpectedRow, came: CameRow) => boolean

function anyOrder(expected: readonly ExpectedRow[], came: readonly CameRow[], matches: Matches): readonly Pair[] {
  const left = [...expected]
  const pairs = came.map((other): Pair => {
    const found = left.findIndex((row) => matches(row, other))
    return found < 0 ? [undefined, other] : [left.splice(found, 1)[0], other]
  })
  return [...left.map((row): Pair => [row, undefined]), ...pairs]
}

/** The longest sequence of rows that match, with the others between them. */
function inOrder(expected: readonly ExpectedRow[], came: readonly CameRow[], matches: Matches): readonly Pair[] {
  const [rows, others] = [expected.length, came.length]
  if (rows * others > MOST_PAIRS) return byNumber(expected, came, matches)
  const width = others + 1
  const longest = new Uint32Array((rows + 1) * width)
  const at = (row: number, other: number) => longest[row * width + other] as number
  const isMatch = (row: number, other: number) => matches(expected[row] as ExpectedRow, came[other] as CameRow)
  for (let row = rows - 1; row >= 0; row--) {
    for (let other = others - 1; other >= 0; other--) {
      longest[row * width + other] = isMatch(row, other)
        ? at(row + 1, other + 1) + 1
        : Math.max(at(row + 1, other), at(row, other + 1))
    }
  }
  const pairs: Pair[] = []
  let [row, other] = [0, 0]
  while (row < rows || other < others) {
    if (row < rows && other < others && isMatch(row, other)) pairs.push([expected[row++], came[other++]])
    else if (other >= others || (row < rows && at(row + 1, other) >= at(row, other + 1))) {
      pairs.push([expected[row++], undefined])
    } else pairs.push([undefined, came[other++]])
  }
  return pairs
}

function byNumber(expected: readonly ExpectedRow[], came: readonly CameRow[], matches: Matches): readonly Pair[] {
  return Array.from({ length: Math.max(expected.length, came.length) }, (_, i): Pair[] => {
    const [row, other] = [expected[i], came[i]]
    if (row !== undefined && other !== undefined && matches(row, other)) return [[row, other]]
    return [...(row ? [[row, undefined] as const] : []), ...(other ? [[undefined, other] as const] : [])]
  }).flat()
}
