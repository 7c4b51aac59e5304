/**
 * Lines over time on a canvas, by uPlot. A plot is made once for a set of lines; new values are put into it, and drawn at most once
 * a frame. uPlot draws no more than the least and the greatest value of each column of pixels, so a line of 10,000 windows costs
 * little more than one of 1,000.
 */
import uPlot from 'uplot'
import { onceAFrame } from '../frame.ts'
import { dashOf, onThemeChange, type Palette, readPalette } from '../palette.ts'
import { formatBrief, type Unit } from '../unit.ts'
import type { ChartClock } from './clock.ts'
import type { Lines } from './pivot.ts'

export type PlotOptions = {
  readonly height: number
  readonly unit: Unit
  readonly clock: ChartClock
  /** The place of each line in the palette. */
  readonly places: readonly number[]
  /** Is called with the index of the time under the cursor, and with undefined where there is none. */
  onMove(index: number | undefined, left: number): void
}

export type Plot = {
  show(lines: Lines, hidden: ReadonlySet<string>): void
  /** Puts the cursor at a time. */
  moveTo(index: number | undefined): void
  close(): void
}

const OPEN_DASH = [2, 4]
const THICK = 1.5
/** Where points are close, a line is one pixel wide: a browser without a graphics card draws it four times as fast. */
const THIN = 1
/** Pixels between points below which they are close. */
const CLOSE = 3

/** Opens a plot inside an element, as wide as that. */
export function openPlot(host: HTMLElement, options: PlotOptions): Plot {
  const { places } = options
  let palette = readPalette(host)
  let lines: Lines | undefined
  const plot = new uPlot(
    optionsOf(host, options, () => palette),
    [[], ...places.map((): number[] => []), ...places.map((): number[] => [])],
    host,
  )
  const frame = onceAFrame(() => {
    if (lines === undefined) return
    const width = lines.times.length * CLOSE > plot.width ? THIN : THICK
    for (const series of plot.series) series.width = width
    plot.setData(dataOf(lines))
  })
  const sizes = new ResizeObserver(() => {
    if (host.clientWidth > 0 && host.clientWidth !== plot.width) {
      plot.setSize({ width: host.clientWidth, height: options.height })
    }
  })
  sizes.observe(host)
  const endTheme = onThemeChange(() => {
    palette = readPalette(host)
    plot.redraw(false)
  })
  return {
    show(next, hidden) {
      lines = next
      next.lines.forEach(({ name }, index) => {
        for (const at of [1 + index, 1 + next.lines.length + index]) {
          const show = !hidden.has(name)
          if (plot.series[at]?.show !== show) plot.setSeries(at, { show })
        }
      })
      frame.ask()
    },
    moveTo(index) {
      const time = index === undefined ? undefined : plot.data[0][index]
      plot.setCursor(time === undefined ? { left: -10, top: -10 } : { left: plot.valToPos(time, 'x'), top: 10 })
    },
    close() {
      frame.cancel()
      sizes.disconnect()
      endTheme()
      plot.destroy()
    },
  }
}

const dataOf = ({ times, lines }: Lines): uPlot.AlignedData => [
  times,
  ...lines.map(({ values }) => values),
  ...lines.map(({ open }) => open),
]

function optionsOf(
  host: HTMLElement,
  { height, places, ...given }: PlotOptions,
  palette: () => Palette,
): uPlot.Options {
  const line = (place: number): uPlot.Series => ({
    stroke: () => palette().line(place),
    width: THIN,
    dash: [...dashOf(place)],
    points: { filter: lonely, size: 5, fill: () => palette().line(place) },
  })
  const open = (place: number): uPlot.Series => ({
    stroke: () => palette().line(place),
    width: THIN,
    dash: OPEN_DASH,
    // Hollow, and only at values that may change: the first one is final.
    points: { show: true, filter: lastOf, size: 7, width: 1.5, fill: () => palette().surface },
  })
  return {
    width: Math.max(host.clientWidth, 120),
    height,
    ms: 1,
    tzDate: (time) => uPlot.tzDate(new Date(time), given.clock.zone),
    legend: { show: false },
    padding: [10, 26, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: { y: { range: (_, least, most) => rangeOf(least, most) } },
    series: [{}, ...places.map(line), ...places.map(open)],
    axes: axesOf(given, palette),
    hooks: { setCursor: [({ cursor }) => given.onMove(cursor.idx ?? undefined, cursor.left ?? 0)] },
  }
}

/** From nothing, so that a line twice as high is twice as much. */
function rangeOf(least: number | null, most: number | null): uPlot.Range.MinMax {
  if (least === null || most === null) return [0, 1]
  const range = uPlot.rangeNum(Math.min(0, least), Math.max(0, most), 0.1, true)
  return range[0] === range[1] ? [0, 1] : range
}

function axesOf({ unit, clock }: Pick<PlotOptions, 'unit' | 'clock'>, palette: () => Palette): uPlot.Axis[] {
  const shared: uPlot.Axis = {
    stroke: () => palette().muted,
    grid: { stroke: () => palette().rule, width: 1 },
    ticks: { stroke: () => palette().rule, width: 1, size: 4 },
    font: '11px system-ui, sans-serif',
  }
  return [
    {
      ...shared,
      space: 70,
      size: 40,
      values: (_, splits, _axis, _space, step) =>
        splits.map((time, index) => clock.tick(time, step, index === 0 ? undefined : splits[index - 1])),
    },
    {
      ...shared,
      values: (_, splits) => splits.map((value) => formatBrief(value, unit)),
      size: (_, values) => 14 + 6.5 * Math.max(3, ...(values ?? []).map(({ length }) => length)),
    },
  ]
}

/** Points without a neighbour, of which no line would show anything. */
function lonely(plot: uPlot, line: number, isShown: boolean): number[] | null {
  const values = plot.data[line]
  if (isShown || values === undefined) return null
  const found: number[] = []
  for (let index = 0; index < values.length; index++) {
    if (values[index] != null && values[index - 1] == null && values[index + 1] == null) found.push(index)
  }
  return found.length === 0 ? null : found
}

/** All points but the first. */
function lastOf(plot: uPlot, line: number): number[] {
  const values = plot.data[line] ?? []
  const found: number[] = []
  for (let index = 0; index < values.length; index++) if (values[index] != null) found.push(index)
  const first = found[0]
  const isJoined = first !== undefined && plot.data[line - (plot.series.length - 1) / 2]?.[first] != null
  return isJoined ? found.slice(1) : found
}
