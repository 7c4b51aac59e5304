/**
 * Lines over time with a legend and the values under the cursor. To the keyboard and to readers of the screen it is a slider along
 * the times, whose text says the values at each.
 */
import type { VNode } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Legend } from '../legend.tsx'
import { formatFull, type Unit } from '../unit.ts'
import type { ChartClock } from './clock.ts'
import type { Lines } from './pivot.ts'
import { openPlot, type Plot } from './plot.ts'

type Props = {
  readonly lines: Lines
  /** Of each line, in the palette. */
  readonly places: readonly number[]
  readonly unit: Unit
  readonly clock: ChartClock
  readonly label: string
  readonly height: number
}

type Cursor = { readonly index: number; readonly left: number }

export function TimeChart({ lines, places, unit, clock, label, height }: Props): VNode {
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<Plot | undefined>(undefined)
  const [cursor, setCursor] = useState<Cursor | undefined>(undefined)
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const shape = `${places.join(' ')} ${unit} ${clock.zone} ${height}`
  useLayoutEffect(() => {
    if (host.current === null) return undefined
    const onMove = (index: number | undefined, left: number) =>
      setCursor((before) => (index === undefined ? undefined : before?.index === index ? before : { index, left }))
    const own = openPlot(host.current, { height, unit, clock, places, onMove })
    plot.current = own
    return () => own.close()
  }, [shape])
  useLayoutEffect(() => plot.current?.show(lines, hidden), [lines, hidden, shape])
  const toggle = (name: string) =>
    setHidden((before) =>
      before.has(name) ? new Set([...before].filter((one) => one !== name)) : new Set([...before, name]),
    )
  const index = cursor?.index ?? lines.times.length - 1
  const shown = lines.lines
    .map((line, at) => ({ ...line, place: places[at] ?? 0 }))
    .filter(({ name }) => !hidden.has(name))
  const move = (to: number | undefined) => plot.current?.moveTo(to)
  return (
    <div class="chart-time">
      <div
        ref={host}
        class="chart-plot"
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, lines.times.length - 1)}
        aria-valuenow={Math.max(0, index)}
        aria-valuetext={spoken(lines, index, { unit, clock })}
        onKeyDown={(event) => moveByKey(event, { index, count: lines.times.length, move })}
        onBlur={() => move(undefined)}
      >
        {cursor === undefined ? null : (
          <Values cursor={cursor} lines={lines} shown={shown} format={{ unit, clock }} host={host.current} />
        )}
      </div>
      <Legend
        entries={lines.lines.map(({ name }, at) => ({ name, place: places[at] ?? 0 }))}
        hidden={hidden}
        onToggle={toggle}
        hasOpen={lines.hasOpen}
      />
    </div>
  )
}

type Format = { readonly unit: Unit; readonly clock: ChartClock }

function spoken({ times, lines }: Lines, index: number, { unit, clock }: Format): string {
  const time = times[index]
  if (time === undefined) return 'no values'
  const values = lines.flatMap(({ name, values, open }) => {
    const value = values[index] ?? open[index]
    return value === null || value === undefined ? [] : [`${name} ${formatFull(value, unit)}`]
  })
  return `${clock.full(time)}: ${values.length === 0 ? 'no values' : values.join(', ')}`
}

type Moves = { readonly index: number; readonly count: number; move(to: number | undefined): void }

function moveByKey(event: KeyboardEvent, { index, count, move }: Moves): void {
  const page = Math.max(1, Math.round(count / 10))
  const targets: Record<string, number> = {
    ArrowLeft: index - 1,
    ArrowRight: index + 1,
    PageDown: index - page,
    PageUp: index + page,
    Home: 0,
    End: count - 1,
  }
  const to = targets[event.key]
  if (to === undefined && event.key !== 'Escape') return
  event.preventDefault()
  move(to === undefined ? undefined : Math.max(0, Math.min(count - 1, to)))
}

type ValuesProps = {
  readonly cursor: Cursor
  readonly lines: Lines
  readonly shown: readonly {
    readonly name: string
    readonly place: number
    readonly values: (number | null)[]
    readonly open: (number | null)[]
  }[]
  readonly format: Format
  readonly host: HTMLElement | null
}

/** What the lines are at the time under the cursor. */
function Values({ cursor: { index, left }, lines, shown, format: { unit, clock }, host }: ValuesProps): VNode | null {
  const time = lines.times[index]
  if (time === undefined) return null
  const found = shown.map(({ name, place, values, open }) => ({
    name,
    place,
    value: values[index] ?? open[index] ?? undefined,
    isOpen: values[index] == null && open[index] != null,
  }))
  const isRight = host !== null && left > host.clientWidth / 2
  return (
    <div class={isRight ? 'chart-tip is-left' : 'chart-tip'} aria-hidden="true">
      <p class="chart-tip-head">
        {clock.full(time)}
        {found.some(({ isOpen }) => isOpen) ? ' · so far' : ''}
      </p>
      {found.map(({ name, place, value }) => (
        <p key={name} class="chart-tip-row">
          <span class={`chart-swatch is-${(place % 8) + 1}`} />
          <span class="chart-tip-name">{name}</span>
          <span class="num">{formatFull(value, unit)}</span>
        </p>
      ))}
    </div>
  )
}
