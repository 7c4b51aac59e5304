/**
 * Compares the rows of two engines. Only what SQL defines is compared: rows without an ORDER BY have no order, rows that are equal in it
 * may change places, and a sum of DOUBLEs depends on the order of its additions. A difference that is let pass for such a reason is
 * counted, never hidden. Everything else is compared cell by cell, exactly.
 */
import { cellText, type SharedCell } from './cell.ts'

export type CellRow = readonly SharedCell[]

/** What a statement leaves open. Columns are indexes. */
export type Freedom = {
  /** The columns that the whole answer is ordered by, the first of them first; undefined: its rows have no order. */
  readonly order: readonly number[] | undefined
  /** The columns whose cells follow from sums of floating-point numbers. */
  readonly sums: ReadonlySet<number>
  /** The columns that stay the same whichever of several equal rows a Top-N or a LIMIT takes; undefined: the answer has no such choice. */
  readonly chosen: readonly number[] | undefined
}

export const NOTHING_FREE: Freedom = { order: undefined, sums: new Set(), chosen: undefined }

/** Two rows that differ; undefined where one engine has no such row. `columns`: where both have one, the columns that differ. */
export type RowDifference = {
  readonly ours: CellRow | undefined
  readonly theirs: CellRow | undefined
  readonly columns: readonly number[]
}

/** A row, and the row that the other engine chose in its place: both are equal in the order. */
export type Tie = { readonly ours: CellRow; readonly theirs: CellRow }

export type ComparedRows = {
  readonly ours: number
  readonly theirs: number
  /** Rows that are the same to the last digit. */
  readonly equal: number
  /** Rows that differ only in sums, by no more than `SUM_TOLERANCE`; and the greatest such difference, relative to the number. */
  readonly nearlyEqual: number
  readonly farthest: number
  readonly ties: readonly Tie[]
  readonly differences: readonly RowDifference[]
  /** The first place, from 1, at which rows that are all there stand in another order; undefined: the order is right. */
  readonly misplaced: number | undefined
}

/**
 * How far sums of the same DOUBLEs may be apart, relative to the greater: 2^53 leaves 16 digits, and a million additions in another
 * order cost the last 6 of them at worst. FLOAT is added as DOUBLE.
 */
export const SUM_TOLERANCE = 1e-9

/** Differences of which the most alike rows are looked for; beyond it rows are put side by side in their order. */
const MOST_PAIRED = 500

/** Compares two answers with the same columns. */
export function compareAnswers(ours: readonly CellRow[], theirs: readonly CellRow[], freedom: Freedom): ComparedRows {
  const exact = withoutEqual(ours, theirs, (row) => row.map(cellText).join('\0'))
  const near = withoutNear(exact, freedom.sums)
  const { chosen } = freedom
  const tied = chosen === undefined ? { ...near, ties: [] } : withoutTies(near, chosen)
  const differences = sideBySide(tied.ours, tied.theirs)
  return {
    ours: ours.length,
    theirs: theirs.length,
    equal: ours.length - exact.ours.length,
    nearlyEqual: exact.ours.length - near.ours.length,
    farthest: near.farthest,
    ties: tied.ties,
    differences,
    misplaced:
      freedom.order === undefined || differences.length > 0 ? undefined : misplacedIn(ours, theirs, freedom.order),
  }
}

/** The rows of both sides that have no partner yet. */
type Left = { readonly ours: readonly CellRow[]; readonly theirs: readonly CellRow[] }

/** Takes away rows of both sides with the same text, one against one. */
function withoutEqual(ours: readonly CellRow[], theirs: readonly CellRow[], textOf: (row: CellRow) => string): Left {
  const waiting = new Map<string, number>()
  for (const row of ours) {
    const text = textOf(row)
    waiting.set(text, (waiting.get(text) ?? 0) + 1)
  }
  const take = (row: CellRow): boolean => {
    const text = textOf(row)
    const count = waiting.get(text) ?? 0
    if (count > 0) waiting.set(text, count - 1)
    return count > 0
  }
  const leftTheirs = theirs.filter((row) => !take(row))
  return { ours: ours.filter(take), theirs: leftTheirs }
}

/** Takes away rows that differ only in sums, and only a little. */
function withoutNear({ ours, theirs }: Left, sums: ReadonlySet<number>): Left & { readonly farthest: number } {
  if (sums.size === 0) return { ours, theirs, farthest: 0 }
  const others = groupsOf(theirs, (row) => textWithout(row, sums))
  let farthest = 0
  const left: CellRow[] = []
  for (const row of ours) {
    const group = others.get(textWithout(row, sums)) ?? []
    const distances = group.map((other) => distance(row, other, sums))
    const nearest = distances.reduce((best, one, i) => (one < (distances[best] ?? Infinity) ? i : best), 0)
    const apart = distances[nearest] ?? Number.POSITIVE_INFINITY
    if (apart > SUM_TOLERANCE) left.push(row)
    else {
      farthest = Math.max(farthest, apart)
      group.splice(nearest, 1)
    }
  }
  const kept = new Set([...others.values()].flat())
  return { ours: left, theirs: theirs.filter((row) => kept.has(row)), farthest }
}

const textWithout = (row: CellRow, columns: ReadonlySet<number>): string =>
  row.map((cell, column) => (columns.has(column) ? '' : cellText(cell))).join('\0')

function groupsOf(rows: readonly CellRow[], textOf: (row: CellRow) => string): Map<string, CellRow[]> {
  const groups = new Map<string, CellRow[]>()
  for (const row of rows) {
    const text = textOf(row)
    const group = groups.get(text)
    if (group === undefined) groups.set(text, [row])
    else group.push(row)
  }
  return groups
}

/** How far the sums of two rows are apart at most, relative to the greater. */
function distance(row: CellRow, other: CellRow, sums: ReadonlySet<number>): number {
  let most = 0
  for (const column of sums) {
    const [a, b] = [row[column] ?? null, other[column] ?? null]
    if (cellText(a) === cellText(b)) continue
    if (typeof a !== 'number' || typeof b !== 'number') return Number.POSITIVE_INFINITY
    most = Math.max(most, Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b), Number.MIN_VALUE))
  }
  return most
}

/** Takes away rows that are equal in the columns that decide the choice. */
function withoutTies({ ours, theirs }: Left, chosen: readonly number[]): Left & { readonly ties: readonly Tie[] } {
  const textOf = (row: CellRow) => chosen.map((column) => cellText(row[column] ?? null)).join('\0')
  const others = groupsOf(theirs, textOf)
  const ties: Tie[] = []
  const left: CellRow[] = []
  for (const row of ours) {
    const other = others.get(textOf(row))?.shift()
    if (other === undefined) left.push(row)
    else ties.push({ ours: row, theirs: other })
  }
  const kept = new Set([...others.values()].flat())
  return { ours: left, theirs: theirs.filter((row) => kept.has(row)), ties }
}

/** Puts rows without a partner beside the row of the other side that is most like them. */
function sideBySide(ours: readonly CellRow[], theirs: readonly CellRow[]): readonly RowDifference[] {
  const left = new Set(theirs)
  const found = ours.map((row, index): RowDifference => {
    const alike = index < MOST_PAIRED ? mostAlike(row, left) : left.values().next().value
    if (alike === undefined) return { ours: row, theirs: undefined, columns: [] }
    left.delete(alike)
    return { ours: row, theirs: alike, columns: differentColumns(row, alike) }
  })
  return [...found, ...[...left].map((row) => ({ ours: undefined, theirs: row, columns: [] }))]
}

function mostAlike(row: CellRow, others: ReadonlySet<CellRow>): CellRow | undefined {
  let best: CellRow | undefined
  // Rows that have nothing in common are of different things.
  let fewest = row.length === 1 ? 2 : row.length
  let looked = 0
  for (const other of others) {
    const different = differentColumns(row, other).length
    if (different < fewest) [best, fewest] = [other, different]
    if (++looked === MOST_PAIRED || fewest === 1) break
  }
  return best
}

/** The columns in which two rows differ. */
export const differentColumns = (row: CellRow, other: CellRow): readonly number[] =>
  row.flatMap((cell, column) => (cellText(cell) === cellText(other[column] ?? null) ? [] : [column]))

/** The first place at which the columns of the order differ. */
function misplacedIn(ours: readonly CellRow[], theirs: readonly CellRow[], order: readonly number[]) {
  const textOf = (row: CellRow | undefined) => order.map((column) => cellText(row?.[column] ?? null)).join('\0')
  const place = ours.findIndex((row, index) => textOf(row) !== textOf(theirs[index]))
  return place < 0 ? undefined : place + 1
}
