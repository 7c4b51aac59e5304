/** Tells late rows whose windows a tick had closed from those whose windows a record had closed. */
import type { Fetched } from '../bus/bus.ts'
import type { RowReject } from '../engine/graph.ts'
import type { Ticks } from '../topic/tick-log.ts'

/** A test whether a tick, and not a record, had closed the windows of a late row. Rows at one watermark come together. */
export function openTickTest(ticks: Ticks | undefined): (reject: RowReject, fetched: Fetched) => boolean {
  if (ticks === undefined) return () => false
  let last = { partition: -1, watermark: Number.NaN, answer: false }
  return (reject, { baseOffset }) => {
    if (reject.kind === 'expression') return false
    const { partition, origin, late } = reject
    if (late.watermark !== last.watermark || partition !== last.partition) {
      const answer = ticks.said(partition, late.watermark, baseOffset + origin)
      last = { partition, watermark: late.watermark, answer }
    }
    return last.answer
  }
}
