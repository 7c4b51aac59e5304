/** What the lines of a chart are, each a button that hides its line and shows it again. */
import type { VNode } from 'preact'
import { dashOf } from './palette.ts'

type Props = {
  readonly entries: readonly { readonly name: string; readonly place: number }[]
  readonly hidden: ReadonlySet<string>
  onToggle(name: string): void
  /** Whether some values are those of open windows. */
  readonly hasOpen: boolean
}

export function Legend({ entries, hidden, onToggle, hasOpen }: Props): VNode {
  return (
    <ul class="chart-legend" aria-label="Lines of the chart">
      {entries.map(({ name, place }) => (
        <li key={name}>
          <button type="button" aria-pressed={!hidden.has(name)} onClick={() => onToggle(name)}>
            <svg class={`chart-stroke is-${(place % 8) + 1}`} width="22" height="10" aria-hidden="true">
              <line x1="0" y1="5" x2="22" y2="5" stroke-dasharray={dashOf(place).join(' ') || undefined} />
            </svg>
            <span class="chart-legend-name" title={name}>
              {name}
            </span>
          </button>
        </li>
      ))}
      {hasOpen ? (
        <li class="chart-legend-note">
          <svg width="22" height="10" aria-hidden="true">
            <line class="chart-open-line" x1="0" y1="5" x2="14" y2="5" />
            <circle class="chart-open-point" cx="17" cy="5" r="3.25" />
          </svg>
          open window, so far
        </li>
      ) : null}
    </ul>
  )
}
