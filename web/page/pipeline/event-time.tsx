/**
 * Event time by topic: where the watermark of each partition stands, and which of them windows wait for. A window closes when the
 * lowest has passed its end, so the partition at the left end is the one to look at.
 */
import type { VNode } from 'preact'
import type { PipelineStatus, TopicStatus } from '../../../src/server/api/status.ts'
import { useStatus } from '../../api/status.ts'
import { Badge } from '../../part/badge.tsx'
import { EmptyState } from '../../part/empty-state.tsx'
import { formatDuration, formatTime, plural } from '../../part/format.ts'
import { Panel } from '../../part/page.tsx'
import { type Column, Table } from '../../part/table.tsx'
import { heldText } from './part/view.ts'

type Clock = {
  readonly topic: TopicStatus
  /** ms since 1970, of partitions that have one. */
  readonly marks: readonly { readonly partition: number; readonly at: number }[]
  readonly lowest: number | null
  readonly highest: number | null
  /** Of the lowest one, behind the time of the status. */
  readonly behindMs: number | null
}

export function EventTime(): VNode | null {
  const status = useStatus((one) => one)
  if (status === undefined) return null
  const clocks = clocksOf(status)
  return (
    <Panel title="Event time" aside="how far each topic is, and what holds windows open" isFlush>
      <Table
        label="Event time by topic"
        columns={COLUMNS}
        rows={clocks}
        keyOf={({ topic }) => topic.name}
        empty={<EmptyState title="No topic has event time yet" />}
      />
    </Panel>
  )
}

function clocksOf({ topics, at }: PipelineStatus): readonly Clock[] {
  return topics.flatMap((topic) => {
    const marks = topic.partitions.flatMap(({ partition, watermark }) =>
      watermark === null ? [] : [{ partition, at: Date.parse(watermark) }],
    )
    if (topic.kind !== 'source' || (marks.length === 0 && topic.heldBy === null)) return []
    const lowest = marks.length === 0 ? null : Math.min(...marks.map((mark) => mark.at))
    const highest = marks.length === 0 ? null : Math.max(...marks.map((mark) => mark.at))
    return [{ topic, marks, lowest, highest, behindMs: lowest === null ? null : Date.parse(at) - lowest }]
  })
}

const COLUMNS: readonly Column<Clock>[] = [
  { key: 'topic', title: 'Topic', cell: ({ topic }) => topic.name, sort: ({ topic }) => topic.name },
  {
    key: 'watermark',
    title: 'Watermark',
    cell: ({ lowest }) => <span class="num">{formatTime(lowest, { withDay: true })}</span>,
    sort: ({ lowest }) => lowest,
    hint: 'The lowest of all partitions: windows that end before it are closed',
  },
  {
    key: 'behind',
    title: 'Behind the clock',
    cell: ({ behindMs }) => formatDuration(behindMs),
    sort: ({ behindMs }) => behindMs,
    isNumber: true,
  },
  { key: 'marks', title: 'Partitions', cell: (clock) => <Marks clock={clock} /> },
  { key: 'held', title: 'Windows wait for', cell: ({ topic }) => <Held topic={topic} /> },
]

function Held({ topic }: { readonly topic: TopicStatus }): VNode {
  const text = heldText(topic)
  if (text === undefined) return <span class="muted">nothing, all are in step</span>
  const tone = topic.heldBy?.why === 'unread' ? 'busy' : topic.idleMs === null ? 'bad' : 'warn'
  return (
    <span class="pipeline-held">
      <Badge tone={tone}>{text}</Badge>
    </span>
  )
}

const WIDTH = 150

/** A dot for each partition, from the lowest watermark to the highest; the one that holds windows is a diamond. */
function Marks({ clock: { marks, lowest, highest, topic } }: { readonly clock: Clock }): VNode {
  const [from, span] = [lowest ?? 0, Math.max(1, (highest ?? 0) - (lowest ?? 0))]
  const x = (at: number) => Math.round(6 + ((at - from) / span) * (WIDTH - 12))
  const holding = heldText(topic) === undefined ? undefined : topic.heldBy?.partition
  const held = marks.find(({ partition }) => partition === holding)
  // Of thousands of partitions most stand at the same place.
  const dots = [...new Set(marks.filter((mark) => mark !== held).map(({ at }) => x(at)))]
  const spread =
    plural(marks.length, 'partition') + (marks.length > 1 ? ` over ${formatDuration(span <= 1 ? 0 : span)}` : '')
  return (
    <span class="pipeline-marks">
      <svg viewBox={`0 0 ${WIDTH} 14`} width={WIDTH} height="14" aria-hidden="true">
        <path class="pipeline-marks-axis" d={`M6 7H${WIDTH - 6}`} />
        {dots.map((at) => (
          <circle key={at} cx={at} cy="7" r="3" />
        ))}
        {held === undefined ? null : <path class="is-holding" d={`M${x(held.at)} 1l5 6-5 6-5-6z`} />}
      </svg>
      {spread}
    </span>
  )
}
