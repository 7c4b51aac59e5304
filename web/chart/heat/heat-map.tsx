/**
 * A heat map: the more, the stronger the colour. The numbers stand in the cells where there is room. Cells are drawn on a canvas, so
 * that thousands of them cost little; names are text. Arrow keys move from cell to cell, and its number is said.
 */
import type { VNode } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { formatCount } from '../../part/format.ts'
import { onceAFrame } from '../frame.ts'
import { onThemeChange, readPalette } from '../palette.ts'
import { formatFull, type Unit } from '../unit.ts'
import type { Cells } from './cells.ts'
import { drawCells, LINE_HEIGHT } from './draw.ts'

type Props = {
  readonly cells: Cells
  readonly unit: Unit
  readonly label: string
  readonly about?: string | undefined
}

type Place = { readonly line: number; readonly column: number }

export function HeatMap({ cells, unit, label, about }: Props): VNode {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [place, setPlace] = useState<Place | undefined>(undefined)
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    const own = canvas.current
    if (own === null) return undefined
    const frame = onceAFrame(() => drawCells(own, cells, unit, readPalette(own.parentElement ?? own)))
    const sizes = new ResizeObserver(() => {
      setWidth(own.clientWidth)
      frame.ask()
    })
    sizes.observe(own)
    const endTheme = onThemeChange(() => drawCells(own, cells, unit, readPalette(own.parentElement ?? own)))
    frame.ask()
    return () => {
      frame.cancel()
      sizes.disconnect()
      endTheme()
    }
  }, [cells, unit])
  const find = (event: MouseEvent) => setPlace(placeUnder(event, cells))
  const value = place === undefined ? undefined : cells.values[place.line * cells.across.length + place.column]
  const said =
    place === undefined
      ? ''
      : `${cells.down[place.line] ?? ''}, ${cells.across[place.column] ?? ''}: ${formatFull(Number.isNaN(value) ? undefined : value, unit)}`
  return (
    <div class="chart-heat">
      {about === undefined ? null : <p class="chart-about">{about}</p>}
      <div class="chart-heat-grid">
        <ol class="chart-heat-names" aria-hidden="true">
          {cells.down.map((name) => (
            <li key={name} title={name}>
              {name}
            </li>
          ))}
        </ol>
        <div class="chart-heat-room">
          <canvas
            ref={canvas}
            role="img"
            tabIndex={0}
            aria-label={label}
            style={{ height: `${cells.down.length * LINE_HEIGHT}px` }}
            onMouseMove={find}
            onMouseLeave={() => setPlace(undefined)}
            onKeyDown={(event) => moveByKey(event, place, cells, setPlace)}
            onBlur={() => setPlace(undefined)}
          />
          <Along names={cells.across} width={width} />
        </div>
      </div>
      <p class="chart-heat-said" aria-live="polite">
        {said === '' ? <Scale most={cells.most} unit={unit} /> : said}
      </p>
      {cells.rest === 0 ? null : <p class="chart-note">{formatCount(cells.rest)} more names in the table</p>}
    </div>
  )
}

function placeUnder(event: MouseEvent, { across, down }: Cells): Place | undefined {
  if (!(event.currentTarget instanceof HTMLElement)) return undefined
  const { left, top, width } = event.currentTarget.getBoundingClientRect()
  const column = Math.floor(((event.clientX - left) / width) * across.length)
  const line = Math.floor((event.clientY - top) / LINE_HEIGHT)
  const isInside = column >= 0 && line >= 0 && column < across.length && line < down.length
  return isInside ? { line, column } : undefined
}

const START: Place = { line: 0, column: 0 }
const STEPS: Record<string, Place> = {
  ArrowLeft: { line: 0, column: -1 },
  ArrowRight: { line: 0, column: 1 },
  ArrowUp: { line: -1, column: 0 },
  ArrowDown: { line: 1, column: 0 },
}

function moveByKey(
  event: KeyboardEvent,
  place: Place | undefined,
  { across, down }: Cells,
  move: (to: Place | undefined) => void,
): void {
  if (event.key === 'Escape') move(undefined)
  const step = STEPS[event.key]
  if (step === undefined) return
  event.preventDefault()
  const { line, column } =
    place === undefined ? START : { line: place.line + step.line, column: place.column + step.column }
  move({
    line: Math.max(0, Math.min(down.length - 1, line)),
    column: Math.max(0, Math.min(across.length - 1, column)),
  })
}

/** A letter of their names is about this wide, in pixels. */
const LETTER = 6.5

/** Of the names along, as many as have room. Times of one day are without it, as the day stands below the cursor's value. */
function Along({ names, width }: { readonly names: readonly string[]; readonly width: number }): VNode {
  const day = /^\d{4}-\d\d-\d\d /.exec(names[0] ?? '')?.[0] ?? ''
  const short = names.every((name) => name.startsWith(day)) ? names.map((name) => name.slice(day.length)) : names
  const longest = short.reduce((most, { length }) => Math.max(most, length), 1)
  const every = Math.max(1, Math.ceil((names.length * (longest + 2) * LETTER) / Math.max(1, width)))
  const most = Math.floor(((width / names.length) * every) / LETTER)
  return (
    <ol class="chart-heat-along" aria-hidden="true">
      {short.map((name, index) =>
        index % every === 0 ? (
          <li key={names[index]} style={{ left: `${((index + 0.5) / names.length) * 100}%` }}>
            {name.length > most ? `${name.slice(0, Math.max(1, most - 1))}…` : name}
          </li>
        ) : null,
      )}
    </ol>
  )
}

function Scale({ most, unit }: { readonly most: number; readonly unit: Unit }): VNode {
  return (
    <span class="chart-heat-scale">
      0 <span class="chart-heat-ramp" aria-hidden="true" /> {formatFull(most, unit)}
    </span>
  )
}
