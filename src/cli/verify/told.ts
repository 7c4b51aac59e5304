/** What `tailrace verify` says of one query or statement: as text for people, and as JSON. */
import { countText } from '../../base/units.ts'
import type { Colours } from '../../terminal/colour.ts'
import { cutText, printable, textWidth } from '../../terminal/text.ts'
import type { BehindCells } from '../../verify/behind-cells.ts'
import type { SharedCell } from '../../verify/cell.ts'
import { type CellRow, type ComparedRows, type RowDifference, SUM_TOLERANCE } from '../../verify/compare.ts'
import { calledOfTheMoment } from '../../verify/of-the-moment.ts'

/** A comparison, with what it was of. */
export type Verified = {
  /** A query of the pipeline; undefined: a statement. */
  readonly query: string | undefined
  /** The other engine, as a person calls it. */
  readonly other: 'Flink' | 'DuckDB'
  readonly columns: readonly string[]
  readonly compared: ComparedRows
  /** What both have read, and what else there is to know, a line each. */
  readonly notes: readonly string[]
  /** The records behind the first differences, in their order. */
  readonly behind: readonly BehindCells[]
  /** The command that does the same again. */
  readonly again: string
}

/** Differences that are shown; the others are counted. */
export const SHOWN_DIFFERENCES = 5
/** Records behind each of them. */
export const SHOWN_RECORDS = 3
const CELL_WIDTH = 40
const RECORD_WIDTH = 110

export const isEqual = ({ compared }: Pick<Verified, 'compared'>): boolean =>
  compared.differences.length === 0 && compared.misplaced === undefined

/** The text of a comparison. */
export function verifiedText(verified: Verified, colours: Colours): string {
  const { query, compared, notes, behind, again } = verified
  const head = `${isEqual(verified) ? colours.green('equal  ') : colours.red('differs')}  ${query ?? 'the statement'}`
  const lines = [`${head}: ${sumText(verified)}`, ...notes.map((note) => `  ${note}`)]
  if (compared.misplaced !== undefined) {
    lines.push(`  the rows are the same, but from row ${compared.misplaced} on in another order than ORDER BY says`)
  }
  for (const [index, difference] of compared.differences.slice(0, SHOWN_DIFFERENCES).entries()) {
    lines.push('', ...differenceLines(difference, verified, colours).map((line) => `  ${line}`))
    lines.push(...behindLines(behind[index]).map((line) => `  ${line}`))
  }
  const more = compared.differences.length - SHOWN_DIFFERENCES
  if (more > 0) lines.push('', `  and ${countText(more, 'difference')} more; --json has the first ${MOST_IN_JSON}`)
  if (!isEqual(verified)) lines.push('', `  again: ${again}`)
  return `${lines.join('\n')}\n`
}

function sumText({ other, compared }: Verified): string {
  const { ours, theirs, equal, nearlyEqual, farthest, ties, differences } = compared
  const parts = [
    `${countText(equal, 'row')} equal`,
    ...(nearlyEqual === 0
      ? []
      : [
          `${nearlyEqual.toLocaleString('en-US')} equal but for the order of additions (sums of DOUBLE apart by ${farthest.toExponential(1)} at most, ${SUM_TOLERANCE} is let pass)`,
        ]),
    ...(ties.length === 0
      ? []
      : [`${countText(ties.length, 'tie')} (another row that is equal in the order was taken)`]),
    ...(differences.length === 0 ? [] : [`${differences.length.toLocaleString('en-US')} differ`]),
  ]
  return `${parts.join(', ')}; ${countText(ours, 'row')} here, ${theirs.toLocaleString('en-US')} of ${other}`
}

/** Both rows under the names of the columns, with a mark under each cell that differs. */
function differenceLines({ ours, theirs, columns }: RowDifference, verified: Verified, colours: Colours): string[] {
  const rows = [ours, theirs].map((row) => verified.columns.map((_, column) => shownCell(row, column)))
  const names = verified.columns.map((name) => cutText(printable(name), CELL_WIDTH))
  const widths = names.map((name, i) => Math.max(textWidth(name), ...rows.map((row) => textWidth(row[i] ?? ''))))
  const padded = (text: string, i: number, show = (shown: string) => shown) =>
    show(text) + ' '.repeat((widths[i] ?? 0) - textWidth(text))
  const isMarked = (i: number) => columns.includes(i)
  const line = (label: string, cells: readonly string[]) =>
    `${label.padEnd(6)}  ${cells.map((cell, i) => padded(cell, i, isMarked(i) ? colours.bold : undefined)).join('  ')}`.trimEnd()
  const none = (label: string) => `${label.padEnd(6)}  no such row`
  const marks = names.map((_, i) => (isMarked(i) ? '^'.repeat(widths[i] ?? 0) : ' '.repeat(widths[i] ?? 0)))
  return [
    `${' '.repeat(6)}  ${names.map((name, i) => padded(name, i, colours.dim)).join('  ')}`.trimEnd(),
    ours === undefined ? none('here') : line('here', rows[0] ?? []),
    theirs === undefined ? none(verified.other) : line(verified.other, rows[1] ?? []),
    ...(columns.length === 0 ? [] : [`${' '.repeat(6)}  ${marks.join('  ')}`.trimEnd()]),
  ]
}

function shownCell(row: CellRow | undefined, column: number): string {
  const cell = row?.[column]
  if (cell === null || cell === undefined) return 'NULL'
  const text = Object.is(cell, -0) ? '-0' : typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
  return text === '' || text === 'NULL' ? `"${text}"` : cutText(printable(text), CELL_WIDTH)
}

function behindLines(behind: BehindCells | undefined): readonly string[] {
  if (behind === undefined) return []
  if ('why' in behind) return [`records behind it: not to be found, as ${behind.why}`]
  const { count, late, records, missing } = behind
  const isLate = late === 0 ? '' : `, and ${late} that came too late`
  return [
    `records behind it: ${count}${isLate}${missing === undefined ? '' : ` (${missing})`}`,
    ...records.map(
      ({ partition, offset, text }) => `  ${partition}:${offset}  ${cutText(printable(text), RECORD_WIDTH)}`,
    ),
  ]
}

/** What is said of functions that no two engines agree about. */
export function momentNotes(sql: string): readonly string[] {
  const names = calledOfTheMoment(sql)
  return names.length === 0 ? [] : [`${names.join(' and ')}: another value each time, so rows with it differ`]
}

/** Differences in JSON; the others are counted. */
export const MOST_IN_JSON = 100

/** A comparison as plain data. */
export function verifiedJson(verified: Verified): object {
  const { query, other, columns, compared, notes, behind, again } = verified
  const { ours, theirs, equal, nearlyEqual, farthest, differences, ties, misplaced } = compared
  const rowOf = (row: CellRow | undefined) =>
    row === undefined
      ? null
      : Object.fromEntries(columns.map((name, i): [string, SharedCell] => [name, plain(row[i] ?? null)]))
  return {
    query: query ?? null,
    against: other.toLowerCase(),
    equal: isEqual(verified),
    rows: { here: ours, there: theirs, equal, different: differences.length },
    let_pass: { ties: ties.length, sums: nearlyEqual, sums_apart: farthest },
    ...(misplaced !== undefined && { misplaced_at: misplaced }),
    differences: differences.slice(0, MOST_IN_JSON).map(({ columns: different, ...rows }, index) => ({
      here: rowOf(rows.ours),
      there: rowOf(rows.theirs),
      columns: different.map((column) => columns[column]),
      ...(behind[index] !== undefined && { behind: behindJson(behind[index]) }),
    })),
    notes,
    again,
  }
}

const behindJson = (behind: BehindCells): object =>
  'why' in behind
    ? behind
    : {
        count: behind.count,
        late: behind.late,
        records: behind.records.map(({ partition, offset, text }) => ({ partition, offset, text })),
      }

/** JSON has no -0, and no bigint. */
const plain = (cell: SharedCell): SharedCell =>
  Object.is(cell, -0) ? '-0' : typeof cell === 'bigint' ? String(cell) : cell
