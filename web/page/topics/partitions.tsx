/** The partitions of a topic: offsets, sizes, when records arrived, and where their copies are. */
import type { VNode } from 'preact'
import type { PartitionStatus, TopicStatus } from '../../../src/server/api/status.ts'
import type { TopicDetail } from '../../../src/server/api/topics.ts'
import { Badge } from '../../part/badge.tsx'
import { formatCount, formatDuration } from '../../part/format.ts'
import { Bytes, Time } from '../../part/quantity.tsx'
import { type Column, Table } from '../../part/table.tsx'
import { healthOf, inSyncText } from './health.ts'

type Props = { readonly topic: TopicStatus; readonly detail: TopicDetail | undefined }

const COLUMNS: readonly Column<PartitionStatus>[] = [
  { key: 'partition', title: 'Partition', cell: ({ partition }) => partition, sort: ({ partition }) => partition },
  { key: 'start', title: 'First offset', cell: ({ start }) => formatCount(start), isNumber: true },
  {
    key: 'end',
    title: 'End',
    hint: 'the offset that the next record will get',
    cell: ({ end }) => formatCount(end),
    isNumber: true,
  },
  {
    key: 'records',
    title: 'Records',
    cell: ({ start, end }) => formatCount(end - start),
    sort: ({ start, end }) => end - start,
    isNumber: true,
  },
  {
    key: 'bytes',
    title: 'Size',
    cell: ({ bytes }) => <Bytes value={bytes} />,
    sort: ({ bytes }) => bytes,
    isNumber: true,
  },
  { key: 'first', title: 'First arrival', cell: ({ firstArrival }) => <Time value={firstArrival} withDay /> },
  { key: 'last', title: 'Last arrival', cell: ({ lastArrival }) => <Time value={lastArrival} withDay /> },
  { key: 'watermark', title: 'Watermark', hint: 'event time', cell: ({ watermark }) => watermark ?? '–' },
  {
    key: 'quiet',
    title: 'Quiet for',
    cell: ({ quietMs }) => formatDuration(quietMs),
    sort: ({ quietMs }) => quietMs,
    isNumber: true,
  },
]

const COPIES: readonly Column<PartitionStatus>[] = [
  { key: 'state', title: 'State', cell: (one) => <State partition={one} /> },
  { key: 'leader', title: 'Leader', cell: ({ leader }) => leader ?? 'none', isNumber: true },
  { key: 'replicas', title: 'Copies at', cell: ({ replicas }) => replicas.join(', ') },
  { key: 'sync', title: 'In sync', cell: (one) => inSyncText(one) },
]

export function Partitions({ topic, detail }: Props): VNode {
  const arrivals = detail?.topic.partitions ?? []
  const rows = topic.partitions.map((one) => ({
    ...one,
    firstArrival: arrivals[one.partition]?.firstArrival ?? one.firstArrival,
    lastArrival: arrivals[one.partition]?.lastArrival ?? one.lastArrival,
  }))
  const isCopied = healthOf(topic.partitions) !== undefined
  const [first, ...others] = COLUMNS
  const columns = isCopied && first !== undefined ? [first, ...COPIES, ...others] : COLUMNS
  return (
    <div class="panel">
      <Table label="Partitions" columns={columns} rows={rows} keyOf={({ partition }) => String(partition)} />
    </div>
  )
}

function State({ partition }: { readonly partition: PartitionStatus }): VNode | null {
  const health = healthOf([partition])
  if (health === undefined) return null
  const text = health.tone === 'bad' ? 'offline' : health.tone === 'warn' ? 'under-replicated' : health.text
  return <Badge tone={health.tone}>{text}</Badge>
}
