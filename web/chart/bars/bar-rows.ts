/** Rows as bars: the longest first, or in the order that their names have. */
import { type ChartRow, labelOf, numberOf } from '../columns.ts'

export type Bar = { readonly label: string; readonly value: number; readonly isOpen: boolean; readonly row: ChartRow }

export type Bars = {
  readonly bars: readonly Bar[]
  /** Rows that are not drawn. */
  readonly rest: number
  /** What an axis has to reach. */
  readonly least: number
  readonly most: number
}

export const MAX_BARS = 20
/** As many as the hours of a day, the days of a month, or the minutes of an hour. */
const MAX_ORDERED = 60

type Wanted = { readonly y: string; readonly series: readonly string[]; readonly isOpen: boolean }

/**
 * Rows that come in the order of a rank or of their values stay in it. Names that are numbers or days, as hours or classes of
 * a status, stand in their own order, all others with the longest bar first.
 */
export function barsOf(rows: readonly ChartRow[], { y, series, isOpen }: Wanted): Bars {
  const bars = rows.flatMap((row): Bar[] => {
    const value = numberOf(row[y])
    return value === undefined ? [] : [{ label: labelOf(row, series), value, isOpen, row }]
  })
  const isOrdered = series.length === 1 && bars.length <= MAX_ORDERED && bars.every(({ label }) => isOrderly(label))
  const sorted = isOrdered ? bars.sort(byName) : bars.sort((a, b) => b.value - a.value)
  const shown = sorted.slice(0, isOrdered ? MAX_ORDERED : MAX_BARS)
  const values = shown.map(({ value }) => value)
  return {
    bars: shown,
    rest: bars.length - shown.length,
    least: Math.min(0, ...values),
    most: Math.max(0, ...values),
  }
}

const isOrderly = (label: string): boolean => /^-?\d+(\.\d+)?$|^\d{4}-\d\d-\d\d|^\d\d:\d\d/.test(label)

function byName({ label: one }: Bar, { label: other }: Bar): number {
  const [a, b] = [Number(one), Number(other)]
  if (!Number.isNaN(a) && !Number.isNaN(b)) return a - b
  return one < other ? -1 : one > other ? 1 : 0
}
