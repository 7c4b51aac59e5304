/** The numbers of a part, as terms and their values. */
import type { ComponentChildren, VNode } from 'preact'
import type { GraphPart } from '../../../../src/server/api/pipeline.ts'
import type { PipelineStatus } from '../../../../src/server/api/status.ts'
import { formatBytes, formatCount, formatDuration, formatTime } from '../../../part/format.ts'
import { Time } from '../../../part/quantity.tsx'
import { heldText } from './view.ts'

type Fact = readonly [term: string, value: ComponentChildren]

export function PartFacts({
  part,
  status,
}: {
  readonly part: GraphPart
  readonly status: PipelineStatus
}): VNode | null {
  const facts = factsOf(part, status)
  if (facts.length === 0) return null
  return (
    <dl class="facts">
      {facts.map(([term, value]) => (
        <>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  )
}

function factsOf(part: GraphPart, status: PipelineStatus): readonly Fact[] {
  switch (part.kind) {
    case 'source':
      return sourceFacts(part.name, status)
    case 'topic':
      return topicFacts(part, status)
    case 'query':
      return queryFacts(part.name, status)
    case 'sink':
      return sinkFacts(part.name, status)
    case 'alert':
      return alertFacts(part, status)
    case 'report':
      return reportFacts(part.name, status)
    case 'table':
      return []
  }
}

function sourceFacts(name: string, { sources }: PipelineStatus): readonly Fact[] {
  const found = sources.find((one) => one.name === name)
  if (found === undefined) return []
  return [
    ['Reads', found.reads],
    ['Lines of this run', formatCount(found.lines)],
    ['Bytes', formatBytes(found.bytes)],
    ['Last line came at', <Time key="time" value={found.lastArrival} withDay />],
    ...(found.warning === null ? [] : [['Last warning', found.warning.text] as const]),
  ]
}

function topicFacts({ topic, watermark }: GraphPart, { topics, at }: PipelineStatus): readonly Fact[] {
  const found = topics.find(({ name }) => name === topic)
  if (found === undefined) return []
  const marks = found.partitions.flatMap((one) => (one.watermark === null ? [] : [Date.parse(one.watermark)]))
  const lowest = Math.min(...marks)
  const clock: readonly Fact[] =
    watermark === null
      ? []
      : [
          ['Event time', <code key="column">{watermark.written ?? watermark.column}</code>],
          [
            'Lowest watermark',
            marks.length === 0
              ? 'none yet'
              : `${formatTime(lowest, { withDay: true })}, ${formatDuration(Date.parse(at) - lowest)} behind the clock`,
          ],
          ['Windows wait for', heldText(found) ?? 'nothing'],
        ]
  return [
    ['Records kept', formatCount(found.records)],
    ['Bytes', formatBytes(found.bytes)],
    ['Partitions', formatCount(found.partitions.length)],
    ...clock,
    ['Dead letters kept', formatCount(found.dead?.kept)],
    ...found.readers.map(({ name, lag }): Fact => [`Lag of ${name}`, formatCount(lag)]),
  ]
}

function queryFacts(name: string, { queries }: PipelineStatus): readonly Fact[] {
  const found = queries.find((one) => one.name === name)
  if (found === undefined) return []
  const { reads, read, rows, late, partlyLate, latency, state } = found
  return [
    ['Rows read', formatCount(read)],
    ['Rows put out', formatCount(rows)],
    ...reads.map(({ topic, lag }): Fact => [`Lag in ${topic}`, formatCount(lag)]),
    ['Late rows', `${formatCount(late)}${partlyLate ? `, ${formatCount(partlyLate)} for some windows only` : ''}`],
    ...(latency === null || latency.count === 0
      ? []
      : [['Latency', `p50 ${formatDuration(latency.p50Ms)}, p99 ${formatDuration(latency.p99Ms)}`] as const]),
    ...(state === null
      ? []
      : [
          ['State', `${formatBytes(state.bytes)} of ${formatBytes(state.limitBytes)}`] as const,
          ['Open windows', formatCount(state.windows)] as const,
          ['Groups', formatCount(state.groups)] as const,
        ]),
  ]
}

function sinkFacts(name: string, { sinks }: PipelineStatus): readonly Fact[] {
  const found = sinks.find((one) => one.name === name)
  if (found === undefined) return []
  return [
    ['Kind', found.kind],
    ['Rows delivered', formatCount(found.delivered)],
    ['Rows refused', formatCount(found.refused)],
    [`Lag in ${found.reads.topic}`, formatCount(found.reads.lag)],
  ]
}

function alertFacts({ name, notifiers }: GraphPart, { alerts, sinks }: PipelineStatus): readonly Fact[] {
  const found = alerts.find((one) => one.name === name)
  if (found === undefined) return []
  const told = sinks.filter((sink) => notifiers?.includes(sink.name))
  return [
    ['Severity', found.severity],
    ['Firing', formatCount(found.firing)],
    ['Pending', formatCount(found.pending)],
    ...told.map(
      ({ kind, delivered, reads }): Fact => [
        `Told by ${kind}`,
        `${formatCount(delivered)} times${reads.lag === 0 ? '' : `, ${formatCount(reads.lag)} wait`}`,
      ],
    ),
  ]
}

function reportFacts(name: string, { reports }: PipelineStatus): readonly Fact[] {
  const found = reports.find((one) => one.name === name)
  if (found === undefined) return []
  const { schedule, next, last } = found
  const facts: readonly Fact[] = [
    ['Schedule', schedule ?? 'made by hand'],
    ['Next', <Time key="next" value={next} withDay />],
  ]
  if (last === null) return facts
  const outcome = last.failure ?? `${formatCount(last.rows)} rows`
  return [...facts, ['Last', `due ${formatTime(last.due, { withDay: true })}: ${outcome}`]]
}
