/** What a person can change in a chart: its kind, the number that is drawn, and what tells lines or bars apart. */
import type { VNode } from 'preact'
import { useId } from 'preact/hooks'
import { type ChartChoice, type ChartKind, type ChartWish, kindsFor } from './choose.ts'
import { type ChartColumn, columnsAs } from './columns.ts'

type Props = {
  readonly columns: readonly ChartColumn[]
  /** What is drawn now. */
  readonly choice: ChartChoice
  readonly wish: ChartWish
  onWish(wish: ChartWish): void
}

const TITLES: { readonly [kind in ChartKind]: string } = {
  time: 'Lines over time',
  bars: 'Bars',
  heat: 'Heat map',
  number: 'Number',
  none: 'Table only',
}

export function ChartControls({ columns, choice, wish, onWish }: Props): VNode | null {
  const numbers = columnsAs(columns, 'number')
  const names = columnsAs(columns, 'name')
  if (numbers.length === 0) return null
  const hasSeries = names.length > 0 && (choice.kind === 'time' || choice.kind === 'bars')
  return (
    <div class="chart-controls">
      <Pick
        label="Chart"
        value={choice.kind}
        options={kindsFor(columns).map((kind) => [kind, TITLES[kind]])}
        // Other columns were chosen for another kind.
        onPick={(kind) => onWish({ kind: kind as ChartKind })}
      />
      {choice.kind === 'none' || numbers.length < 2 ? null : (
        <Pick
          label="Of"
          value={choice.y.length > 1 ? ALL : (choice.y[0] ?? '')}
          options={[
            ...(choice.kind === 'time' && choice.series.length === 0 ? [[ALL, 'all numbers'] as const] : []),
            ...numbers.map(({ name }) => [name, name] as const),
          ]}
          onPick={(name) =>
            onWish({ ...wish, kind: choice.kind, y: name === ALL ? numbers.map(({ name: one }) => one) : [name] })
          }
        />
      )}
      {hasSeries ? (
        <Pick
          label="By"
          value={choice.series.length > 1 ? ALL : (choice.series[0] ?? NONE)}
          options={[
            ...(names.length > 1 ? [[ALL, allTitle(names.map(({ name }) => name))] as const] : []),
            ...names.map(({ name }) => [name, name] as const),
          ]}
          onPick={(name) =>
            onWish({ ...wish, kind: choice.kind, series: name === ALL ? names.map(({ name: one }) => one) : [name] })
          }
        />
      ) : null}
    </div>
  )
}

/** All of several columns; many by their number, as a list of twenty is wider than any page. */
const allTitle = (names: readonly string[]): string => (names.length > 3 ? `all ${names.length}` : names.join(', '))

const ALL = '*'
const NONE = ''

type PickProps = {
  readonly label: string
  readonly value: string
  readonly options: readonly (readonly [string, string])[]
  onPick(value: string): void
}

function Pick({ label, value, options, onPick }: PickProps): VNode {
  const id = useId()
  return (
    <span class="chart-pick">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={({ currentTarget }) => onPick(currentTarget.value)}>
        {options.map(([name, title]) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
    </span>
  )
}
