/**
 * The clock of rows that another engine reads. Where a tick moves the clock of their topic, a row goes among them that says so, to the
 * same place: `{"ts": …, "_tick": true}`, whose event time is the watermark of the tick and the delay. It has an ordinal like any row, so it
 * is there once.
 */
import type { EventTime } from '../base/quantity.ts'
import type { RowTicks } from '../pipeline/row-ticks.ts'
import { batchOfRows, type Column } from '../record/column.ts'
import type { Field } from '../record/type.ts'
import type { ResultTopic } from '../topic/result-topic.ts'
import { rowEncoder } from '../topic/row-records.ts'
import type { ResultClock } from './result-clock.ts'

export type RowClockContext = {
  readonly ticks: RowTicks
  readonly fields: readonly Field[]
  readonly result: Pick<ResultTopic, 'emit'>
  readonly partitions: number
  /** That of the rows of a partition. */
  watermark(partition: number): EventTime
}

/** The clock of rows of these fields, before the first of them. */
export function openRowClock({ ticks, fields, result, partitions, watermark }: RowClockContext): ResultClock {
  const { time, delayMs, column, steps } = ticks
  const encode = rowEncoder([...fields.slice(time, time + 1), { name: column, type: { kind: 'BOOLEAN' } }], undefined)
  const isAlone = ticks.together.length === 0
  let isTick = false
  /** The greatest watermark that rows have made; after a restart one may count that a tick has made, so a few more ticks come. */
  let byRows: EventTime | undefined
  const each = () => Array.from({ length: partitions }, (_, partition) => watermark(partition))
  return {
    advance(partition, reached) {
      if (!Number.isFinite(reached)) return
      if (!isTick) {
        byRows = Math.max(byRows ?? -Infinity, reached)
        return
      }
      const columns: readonly Column[] = [
        { kind: 'double', values: Float64Array.of(reached + delayMs), nulls: undefined },
        { kind: 'boolean', values: Uint8Array.of(1), nulls: undefined },
      ]
      result.emit({ ...batchOfRows(1, columns), partition }, encode)
    },
    ticking(is) {
      isTick = is
    },
    due() {
      const known = each().filter(Number.isFinite)
      // What another topic has begun goes on without a row of this one.
      if (known.length === 0) return isAlone ? Infinity : -Number.MAX_VALUE
      const least = Math.min(...known)
      // One without rows holds up all windows.
      if (known.length < partitions) return least
      byRows ??= Math.max(...known)
      const last = byRows + delayMs
      const times = steps.map(({ step, reach }) => {
        const next = (Math.floor(least / step) + 1) * step
        return !isAlone || next <= last + reach ? next : Infinity
      })
      return Math.min(...times, Infinity)
    },
    offer: () => undefined,
    settled: () => Promise.resolve(),
  }
}
