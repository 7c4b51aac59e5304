/** One number, large, with the shape of those before it where there are some. */
import type { VNode } from 'preact'
import { Sparkline } from '../part/sparkline.tsx'
import { formatBrief, formatFull, type Unit } from './unit.ts'

type Props = {
  readonly name: string
  readonly value: number | undefined
  readonly unit: Unit
  /** The values over time, the newest last; NaN where there is none. */
  readonly before: readonly number[]
  readonly isOpen: boolean
  readonly about?: string | undefined
}

export function BigNumber({ name, value, unit, before, isOpen, about }: Props): VNode {
  return (
    <div class={isOpen ? 'chart-number is-open' : 'chart-number'}>
      <p class="chart-number-value num" title={formatFull(value, unit)}>
        {value === undefined ? '–' : formatBrief(value, unit)}
      </p>
      <p class="chart-number-name">
        {name}
        {about === undefined ? '' : ` · ${about}`}
        {isOpen ? ' · so far' : ''}
      </p>
      {before.length > 1 ? (
        <Sparkline values={before} width={240} height={40} label={`${name} over the last ${before.length} times`} />
      ) : null}
    </div>
  )
}
