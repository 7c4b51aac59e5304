/** Rows as a grid of two names, or of names against time. Long times are put together, so that a cell can be seen. */
import { type ChartRow, labelOf, numberOf, textOf, timeOf } from '../columns.ts'

export type Cells = {
  /** Along, from left to right. */
  readonly across: readonly string[]
  /** From top to bottom. */
  readonly down: readonly string[]
  /** Line by line; NaN where there is no row. */
  readonly values: Float64Array
  readonly most: number
  /** Names without a line of their own, and those without a column. */
  readonly rest: number
  /** How many times a column stands for. */
  readonly together: number
}

export const MAX_ACROSS = 96
export const MAX_DOWN = 30

export type HeatWanted = {
  readonly x: string
  readonly y: string
  readonly series: readonly string[]
  readonly isTime: boolean
  /** Whether values that fall into one cell are added; otherwise the greatest is taken. */
  readonly adds: boolean
  timeText(time: number): string
}

export function cellsOf(rows: readonly ChartRow[], wanted: HeatWanted): Cells {
  const down = new Map<string, number>()
  const across = new Map<string | number, number>()
  const points: { readonly line: string; readonly column: string | number; readonly value: number }[] = []
  for (const row of rows) {
    const value = numberOf(row[wanted.y])
    const column = wanted.isTime ? timeOf(row[wanted.x]) : textOf(row[wanted.x])
    if (value === undefined || column === undefined) continue
    const line = labelOf(row, wanted.series)
    points.push({ line, column, value })
    down.set(line, (down.get(line) ?? 0) + Math.abs(value))
    across.set(column, (across.get(column) ?? 0) + Math.abs(value))
  }
  const lines = inOrder(topOf(down, MAX_DOWN), down)
  const { names, placeOf, together } = columnsOf(across, wanted)
  const lineAt = new Map(lines.map((name, index) => [name, index]))
  const values = new Float64Array(lines.length * names.length).fill(Number.NaN)
  let most = 0
  for (const { line, column, value } of points) {
    const place = cellAt(lineAt.get(line), placeOf(column), names.length)
    if (place === undefined) continue
    const before = values[place] ?? Number.NaN
    const now = Number.isNaN(before) ? value : wanted.adds ? before + value : Math.max(before, value)
    values[place] = now
    most = Math.max(most, Math.abs(now))
  }
  const left = wanted.isTime ? 0 : across.size - names.length
  return { across: names, down: lines, values, most, rest: down.size - lines.length + left, together }
}

const cellAt = (line: number | undefined, column: number | undefined, width: number): number | undefined =>
  line === undefined || column === undefined ? undefined : line * width + column

type Across = {
  readonly names: readonly string[]
  placeOf(column: string | number): number | undefined
  readonly together: number
}

function columnsOf(across: ReadonlyMap<string | number, number>, { isTime, timeText }: HeatWanted): Across {
  if (!isTime) {
    const names = inOrder(
      topOf(across as ReadonlyMap<string, number>, MAX_ACROSS),
      across as ReadonlyMap<string, number>,
    )
    const places = new Map<string | number, number>(names.map((name, index) => [name, index]))
    return { names, placeOf: (column) => places.get(column), together: 1 }
  }
  const times = ([...across.keys()] as number[]).sort((a, b) => a - b)
  const first = times[0] ?? 0
  const step = times.slice(1).reduce((least, time, index) => Math.min(least, time - (times[index] ?? 0)), Infinity)
  const last = times.at(-1) ?? first
  const count = Number.isFinite(step) ? Math.round((last - first) / step) + 1 : 1
  const together = Math.max(1, Math.ceil(count / MAX_ACROSS))
  const width = (Number.isFinite(step) ? step : 1) * together
  const columns = Math.ceil(count / together)
  const names = Array.from({ length: columns }, (_, index) => timeText(first + index * width))
  // Days in spring and autumn differ by an hour.
  const placeOf = (time: string | number) =>
    Math.min(columns - 1, Math.floor(((time as number) - first) / width + 0.05))
  return { names, placeOf, together }
}

const topOf = (totals: ReadonlyMap<string, number>, most: number): readonly string[] =>
  [...totals]
    .sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1))
    .slice(0, most)
    .map(([name]) => name)

/** Numbers in their order; other names with the greatest total first. */
function inOrder(names: readonly string[], totals: ReadonlyMap<string, number>): readonly string[] {
  if (names.every((name) => name !== '' && !Number.isNaN(Number(name))))
    return [...names].sort((a, b) => Number(a) - Number(b))
  return [...names].sort((a, b) => (totals.get(b) ?? 0) - (totals.get(a) ?? 0) || (a < b ? -1 : 1))
}
