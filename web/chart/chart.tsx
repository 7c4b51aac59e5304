/**
 * Rows as a chart. It is updated in place: rows that are new are drawn into the same canvas or list, at most once a frame. Every
 * chart says in words what it shows, and the page that has it shows the rows as a table too: nobody needs the picture.
 */
import type { VNode } from 'preact'
import { useMemo, useRef } from 'preact/hooks'
import { BarChart } from './bars/bar-chart.tsx'
import { barsOf } from './bars/bar-rows.ts'
import { BigNumber } from './big-number.tsx'
import { captionOf } from './caption.ts'
import { type ChartChoice, choose, latestRows, MAX_LINES } from './choose.ts'
import { type ChartColumn, type ChartRow, isInstant, numberOf, timeOf } from './columns.ts'
import { cellsOf } from './heat/cells.ts'
import { HeatMap } from './heat/heat-map.tsx'
import { type ChartClock, clockIn } from './time/clock.ts'
import { columnNamed, linesOf, placed } from './time/pivot.ts'
import { TimeChart } from './time/time-chart.tsx'
import { formatFull, isAdded, type Unit, unitOf } from './unit.ts'

export type ChartProps = {
  readonly columns: readonly ChartColumn[]
  /** Rows that are final, in any order. */
  readonly rows: readonly ChartRow[]
  /** Rows of open windows, as they are so far: drawn hollow and dashed. */
  readonly provisional?: readonly ChartRow[] | undefined
  /** As `choose` gives it; without it, what fits the rows is drawn. */
  readonly choice?: ChartChoice | undefined
  /** The zone of the pipeline, in which instants are shown. */
  readonly timezone?: string | undefined
  readonly height?: number | undefined
}

const HEIGHT = 240
const NO_ROWS: readonly ChartRow[] = []

export function Chart(props: ChartProps): VNode | null {
  const { columns, rows, provisional = NO_ROWS, timezone = 'UTC', height = HEIGHT } = props
  const fitting = useMemo(() => choose(columns, rows.length > 0 ? rows : provisional), [columns, rows, provisional])
  const choice = props.choice ?? fitting
  const x = columnNamed(columns, choice.x ?? choice.latest)
  const y = columnNamed(columns, choice.y[0])
  if (choice.kind === 'none' || y === undefined) return null
  const drawn: Drawn = {
    rows,
    provisional,
    choice,
    y,
    unit: unitOf(y),
    clock: clockIn(x !== undefined && isInstant(x.type) ? timezone : 'UTC'),
    isTime: x !== undefined && x.name !== '' && (x.window !== undefined || /^(TIMESTAMP|DATE)/.test(x.type)),
    height,
  }
  if (rows.length + provisional.length === 0) return <p class="chart-empty">No rows yet.</p>
  switch (choice.kind) {
    case 'time':
      return <OverTime {...drawn} />
    case 'bars':
      return <AsBars {...drawn} />
    case 'heat':
      return <AsHeat {...drawn} />
    case 'number':
      return <AsNumber {...drawn} />
  }
}

type Drawn = {
  readonly rows: readonly ChartRow[]
  readonly provisional: readonly ChartRow[]
  readonly choice: ChartChoice
  readonly y: ChartColumn
  readonly unit: Unit
  readonly clock: ChartClock
  /** Whether x is a time. */
  readonly isTime: boolean
  readonly height: number
}

function OverTime({ rows, provisional, choice, y, unit, clock, height }: Drawn): VNode {
  const before = useRef<ReadonlyMap<string, number>>(new Map())
  const { lines, places } = useMemo(() => {
    const wanted = { x: choice.x ?? '', y: choice.y, series: choice.series, maxLines: MAX_LINES, addsRest: isAdded(y) }
    const found = placed(linesOf(rows, provisional, wanted), before.current)
    before.current = found.kept
    return found
  }, [rows, provisional, choice, y])
  return (
    <figure class="chart">
      <TimeChart
        lines={lines}
        places={places}
        unit={unit}
        clock={clock}
        label={captionOf(choice, { lines, clock })}
        height={height}
      />
      {lines.rest > 0 && !lines.hasOther ? <p class="chart-note">{lines.rest} more in the table</p> : null}
    </figure>
  )
}

/** The rows of the last time, and whether they may still change. */
function lastOf({ rows, provisional, choice: { latest } }: Drawn) {
  const open = latest === undefined ? provisional : latestRows(provisional, latest)
  return open.length > 0 ? { rows: open, isOpen: true } : { rows: latestRows(rows, latest), isOpen: false }
}

function aboutOf(rows: readonly ChartRow[], isOpen: boolean, { choice: { latest }, clock }: Drawn): string | undefined {
  const time = latest === undefined ? undefined : timeOf(rows[0]?.[latest])
  if (time === undefined) return isOpen ? 'so far' : undefined
  return `${latest} ${clock.full(time)}${isOpen ? ' · open window, so far' : ''}`
}

function AsBars(drawn: Drawn): VNode {
  const { choice, y, unit } = drawn
  const last = lastOf(drawn)
  const bars = barsOf(last.rows, { y: y.name, series: choice.series, isOpen: last.isOpen })
  const about = aboutOf(last.rows, last.isOpen, drawn)
  return (
    <figure class="chart">
      <BarChart
        bars={bars}
        unit={unit}
        label={captionOf(choice, {})}
        about={[y.name, about].filter(Boolean).join(' · ')}
      />
    </figure>
  )
}

function AsHeat(drawn: Drawn): VNode {
  const { rows, provisional, choice, y, unit, clock, isTime } = drawn
  const shown = useMemo(() => {
    const last = lastOf({ ...drawn })
    const all = choice.latest === undefined ? { rows: [...rows, ...provisional], isOpen: false } : last
    const cells = cellsOf(all.rows, {
      x: choice.x ?? '',
      y: y.name,
      series: choice.series,
      isTime: isTime && choice.latest === undefined,
      adds: isAdded(y),
      timeText: clock.full,
    })
    return { ...all, cells }
  }, [rows, provisional, choice, y, clock, isTime])
  const about = aboutOf(shown.rows, shown.isOpen, drawn)
  const together = shown.cells.together > 1 ? `${shown.cells.together} times in a column` : undefined
  return (
    <figure class="chart">
      <HeatMap
        cells={shown.cells}
        unit={unit}
        label={captionOf(choice, { cells: shown.cells })}
        about={[y.name, about, together].filter(Boolean).join(' · ')}
      />
    </figure>
  )
}

/** Points of the line under the number. */
const SHAPE = 120

function AsNumber({ rows, provisional, choice, y, unit, clock }: Drawn): VNode {
  const isOpen = provisional.length > 0
  const last = (isOpen ? provisional : rows).at(-1)
  const time = choice.x === undefined ? undefined : timeOf(last?.[choice.x])
  const value = numberOf(last?.[y.name])
  const before = choice.x === undefined ? [] : rows.slice(-SHAPE).map((row) => numberOf(row[y.name]) ?? Number.NaN)
  return (
    <figure class="chart" aria-label={`${y.name}: ${formatFull(value, unit)}`}>
      <BigNumber
        name={y.name}
        value={value}
        unit={unit}
        before={before}
        isOpen={isOpen}
        about={time === undefined ? undefined : clock.full(time)}
      />
    </figure>
  )
}
