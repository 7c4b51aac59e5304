/** Bars, each with its name and its number as text: a list to readers of the screen, and the same where no style is loaded. */
import type { VNode } from 'preact'
import { formatCount } from '../../part/format.ts'
import { formatFull, type Unit } from '../unit.ts'
import type { Bar, Bars } from './bar-rows.ts'

type Props = {
  readonly bars: Bars
  readonly unit: Unit
  readonly label: string
  /** Beside the name of the number: the window that the rows are of. */
  readonly about?: string | undefined
}

export function BarChart({ bars: { bars, rest, least, most }, unit, label, about }: Props): VNode {
  const length = most - least || 1
  const zero = (-least / length) * 100
  return (
    <div class="chart-bars">
      {about === undefined ? null : <p class="chart-about">{about}</p>}
      <ol aria-label={label}>
        {bars.map((bar, index) => (
          <li key={`${bar.label} ${index}`} class={bar.isOpen ? 'is-open' : undefined}>
            <span class="chart-bar-name" title={bar.label}>
              {bar.label}
            </span>
            <span class="chart-bar-room" aria-hidden="true">
              <span class="chart-bar" style={placeOf(bar, zero, length)} />
            </span>
            <span class="chart-bar-value num">{formatFull(bar.value, unit)}</span>
          </li>
        ))}
      </ol>
      {rest === 0 ? null : <p class="chart-note">{formatCount(rest)} more in the table</p>}
    </div>
  )
}

function placeOf({ value }: Bar, zero: number, length: number): { readonly left: string; readonly width: string } {
  const width = (Math.abs(value) / length) * 100
  return { left: `${(value < 0 ? zero - width : zero).toFixed(3)}%`, width: `${width.toFixed(3)}%` }
}
