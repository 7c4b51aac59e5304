/**
 * Rows as lines over time: one list of times for all, and for each line a value or null at each time. A time at which no line has
 * a row is not in the data, so where a window is missing a time without values is put in: the line has a gap there, and
 * nothing is made up in between.
 *
 * Values of open windows, which still change, are in lists of their own, `open`; each begins with the last value that is
 * final, so that the two lines meet.
 */
import { type ChartColumn, type ChartRow, labelOf, numberOf, timeOf } from '../columns.ts'

export type Line = {
  readonly name: string
  readonly values: (number | null)[]
  readonly open: (number | null)[]
}

export type Lines = {
  /** Milliseconds, ascending. */
  readonly times: number[]
  readonly lines: readonly Line[]
  /** Names that are drawn in no line of their own. */
  readonly rest: number
  /** Whether the last line is the sum of those. */
  readonly hasOther: boolean
  /** Whether there are values of open windows. */
  readonly hasOpen: boolean
}

export type Wanted = {
  readonly x: string
  readonly y: readonly string[]
  readonly series: readonly string[]
  readonly maxLines: number
  /** Whether the lines that are too many are added up as one. */
  readonly addsRest: boolean
}

/** Times that are kept: of more, the last ones. */
export const MAX_TIMES = 10_000
export const OTHER = 'other'
/** Between times that are regular, a distance of so much more is a gap. */
const GAP = 1.5

type Point = { readonly at: number; readonly value: number; readonly isOpen: boolean }

/** `rows` are final, `open` may change. */
export function linesOf(rows: readonly ChartRow[], open: readonly ChartRow[], wanted: Wanted): Lines {
  const byName = new Map<string, Point[]>()
  const times = new Set<number>()
  const closedTimes = new Set<number>()
  const readTime = timeReader(wanted.x)
  const take = (row: ChartRow, isOpen: boolean): void => {
    const at = readTime(row)
    // A window that has closed since is known.
    if (at === undefined || (isOpen && closedTimes.has(at))) return
    for (const column of wanted.y) {
      const value = numberOf(row[column])
      if (value === undefined) continue
      const name = wanted.series.length === 0 ? column : labelOf(row, wanted.series)
      const points = byName.get(name)
      if (points === undefined) byName.set(name, [{ at, value, isOpen }])
      else points.push({ at, value, isOpen })
    }
    times.add(at)
    if (!isOpen) closedTimes.add(at)
  }
  for (const row of rows) take(row, false)
  for (const row of open) take(row, true)
  const sorted = withGaps([...times].sort((a, b) => a - b).slice(-MAX_TIMES))
  return drawn(byName, sorted, wanted)
}

/** Rows of a window follow each other, so most times are those of the row before. */
function timeReader(column: string): (row: ChartRow) => number | undefined {
  let text: unknown
  let time: number | undefined
  return (row) => {
    const value = row[column]
    if (value !== text) {
      text = value
      time = timeOf(value)
    }
    return time
  }
}

/** Where times are regular, one more in each gap. */
export function withGaps(times: readonly number[]): number[] {
  const distances = times.slice(1).map((time, index) => time - (times[index] ?? time))
  const step = distances.reduce((least, distance) => Math.min(least, distance), Number.POSITIVE_INFINITY)
  // Days in spring and autumn differ by an hour.
  const regular = distances.filter((distance) => distance <= step * 1.1).length
  if (regular < distances.length * 0.5) return [...times]
  return times.flatMap((time, index) => {
    const next = times[index + 1]
    return next !== undefined && next - time > GAP * step ? [time, time + step] : [time]
  })
}

function drawn(byName: ReadonlyMap<string, readonly Point[]>, times: number[], wanted: Wanted): Lines {
  const places = new Map(times.map((time, index) => [time, index]))
  const ordered = wanted.series.length === 0 ? [...byName.keys()] : byTotal(byName)
  const isCut = ordered.length > wanted.maxLines
  const shown = isCut ? ordered.slice(0, wanted.maxLines - (wanted.addsRest ? 1 : 0)) : ordered
  const rest = ordered.slice(shown.length)
  const lines = shown.map((name) => lineOf(name, [byName.get(name) ?? []], places))
  const hasOther = rest.length > 0 && wanted.addsRest
  if (hasOther) {
    lines.push(
      lineOf(
        `${OTHER} (${rest.length})`,
        rest.map((name) => byName.get(name) ?? []),
        places,
      ),
    )
  }
  const hasOpen = lines.some(({ open }) => open.some((value) => value !== null))
  return { times, lines, rest: rest.length, hasOther, hasOpen }
}

function byTotal(byName: ReadonlyMap<string, readonly Point[]>): readonly string[] {
  const totals = [...byName].map(([name, points]) => {
    let total = 0
    for (const { value } of points) total += Math.abs(value)
    return { name, total }
  })
  totals.sort((a, b) => b.total - a.total || (a.name < b.name ? -1 : 1))
  return totals.map(({ name }) => name)
}

/** The sum of the points of each time. */
function lineOf(name: string, lists: readonly (readonly Point[])[], places: ReadonlyMap<number, number>): Line {
  const values = new Array<number | null>(places.size).fill(null)
  const open = new Array<number | null>(places.size).fill(null)
  let lastFinal = -1
  let firstOpen = places.size
  for (const points of lists) {
    for (const { at, value, isOpen } of points) {
      const place = places.get(at)
      if (place === undefined) continue
      const into = isOpen ? open : values
      into[place] = (into[place] ?? 0) + value
      if (isOpen) firstOpen = Math.min(firstOpen, place)
      else lastFinal = Math.max(lastFinal, place)
    }
  }
  if (firstOpen < places.size && lastFinal === firstOpen - 1 && lastFinal >= 0)
    open[lastFinal] = values[lastFinal] ?? null
  return { name, values, open }
}

/**
 * The places of lines in the palette: a name keeps its place while it is drawn, so that colours do not jump when the order
 * of the lines changes. `before` is the last answer.
 */
export function placesOf(names: readonly string[], before: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const kept = new Map(names.flatMap((name) => (before.has(name) ? [[name, before.get(name) ?? 0] as const] : [])))
  const taken = new Set(kept.values())
  let next = 0
  return new Map(
    names.map((name) => {
      const own = kept.get(name)
      if (own !== undefined) return [name, own] as const
      while (taken.has(next)) next++
      taken.add(next)
      return [name, next] as const
    }),
  )
}

/**
 * The lines in the order of their places, which they keep though another one may be the largest by now; the sum of the others is
 * the last. `before` are the places of the lines that were drawn, `kept` those of these.
 */
export function placed(
  lines: Lines,
  before: ReadonlyMap<string, number>,
): { readonly lines: Lines; readonly places: readonly number[]; readonly kept: ReadonlyMap<string, number> } {
  const last = lines.lines.length - 1
  // It has another name when there are others of them.
  const nameOf = ({ name }: Line, index: number) => (lines.hasOther && index === last ? OTHER : `=${name}`)
  const kept = placesOf(lines.lines.map(nameOf), before)
  const all = lines.lines.map((line, index) => {
    const name = nameOf(line, index)
    return { line, isOther: name === OTHER, place: kept.get(name) ?? 0 }
  })
  all.sort((a, b) => Number(a.isOther) - Number(b.isOther) || a.place - b.place)
  return { lines: { ...lines, lines: all.map(({ line }) => line) }, places: all.map(({ place }) => place), kept }
}

/** The unit and the zone of what is drawn come from the columns that were chosen. */
export const columnNamed = (columns: readonly ChartColumn[], name: string | undefined): ChartColumn | undefined =>
  columns.find((column) => column.name === name)
