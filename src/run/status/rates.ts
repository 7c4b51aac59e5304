/** Rates, from the differences between two looks at a pipeline. */
import type { PipelineStatus } from './status.ts'

/** The later status with the rates since the earlier one; null where a counter began anew in between. */
export function withRates(before: PipelineStatus, now: PipelineStatus): PipelineStatus {
  const seconds = (Date.parse(now.at) - Date.parse(before.at)) / 1000
  const isSameRun = before.process?.pid === now.process?.pid && before.process?.since === now.process?.since
  const rate = (earlier: number | null | undefined, later: number | null): number | null =>
    seconds <= 0 || typeof earlier !== 'number' || later === null || later < earlier
      ? null
      : (later - earlier) / seconds
  const ofRun = (earlier: number | null | undefined, later: number | null) => (isSameRun ? rate(earlier, later) : null)
  const endOf = (partitions: PipelineStatus['topics'][number]['partitions']) =>
    partitions.reduce((sum, { end }) => sum + end, 0)
  return {
    ...now,
    sources: now.sources.map((one) => ({ ...one, rate: ofRun(same(before.sources, one)?.lines, one.lines) })),
    topics: now.topics.map((one) => {
      const earlier = same(before.topics, one)
      return { ...one, rate: earlier === undefined ? null : rate(endOf(earlier.partitions), endOf(one.partitions)) }
    }),
    queries: now.queries.map((one) => ({ ...one, rate: ofRun(same(before.queries, one)?.rows, one.rows) })),
    sinks: now.sinks.map((one) => ({ ...one, rate: ofRun(same(before.sinks, one)?.delivered, one.delivered) })),
  }
}

const same = <One extends { readonly name: string }>(list: readonly One[], { name }: One): One | undefined =>
  list.find((one) => one.name === name)
