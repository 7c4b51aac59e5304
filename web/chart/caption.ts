/** What a chart shows, in words: the text alternative of the picture. */
import { formatCount } from '../part/format.ts'
import type { ChartChoice } from './choose.ts'
import type { Cells } from './heat/cells.ts'
import type { ChartClock } from './time/clock.ts'
import type { Lines } from './time/pivot.ts'

type Drawn = { readonly lines?: Lines; readonly cells?: Cells; readonly clock?: ChartClock }

export function captionOf({ kind, y, series, x }: ChartChoice, { lines, cells, clock }: Drawn): string {
  const numbers = y.join(', ')
  const by = series.length === 0 ? '' : ` by ${series.join(' and ')}`
  if (kind === 'bars') return `${numbers}${by}, as bars`
  if (cells !== undefined) {
    return `${numbers}${by} and ${x}, as a heat map of ${cells.down.length} by ${cells.across.length}; arrow keys move from cell to cell`
  }
  if (lines === undefined || clock === undefined) return `${numbers}${by}`
  const [first, last] = [lines.times[0], lines.times.at(-1)]
  const span = first === undefined || last === undefined ? '' : `, ${clock.full(first)} to ${clock.full(last)}`
  const count = lines.lines.length === 1 ? '' : `, ${formatCount(lines.lines.length)} lines`
  return `${numbers}${by} over time${span}${count}`
}
