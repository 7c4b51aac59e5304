/** The readers of a topic, and how far each is in its partitions: queries and sinks as they are now, others by what they have committed. */
import type { VNode } from 'preact'
import type { PipelineStatus, PlaceStatus, TopicStatus } from '../../../src/server/api/status.ts'
import { useStatus } from '../../api/status.ts'
import { to } from '../../app/route.ts'
import { EmptyState } from '../../part/empty-state.tsx'
import { formatCount } from '../../part/format.ts'
import { type Column, Table } from '../../part/table.tsx'

type Reader = { readonly name: string; readonly group: string; readonly place: PlaceStatus }
type Row = Reader & { readonly partition: PlaceStatus['partitions'][number] }

const COLUMNS: readonly Column<Row>[] = [
  {
    key: 'name',
    title: 'Reader',
    cell: ({ name, group }) => <a href={to('groups', group)}>{name}</a>,
    sort: ({ name }) => name,
  },
  { key: 'partition', title: 'Partition', cell: ({ partition }) => partition.partition, isNumber: true },
  {
    key: 'offset',
    title: 'Next offset',
    cell: ({ partition }) => (partition.offset === null ? 'none yet' : formatCount(partition.offset)),
    isNumber: true,
  },
  {
    key: 'lag',
    title: 'Lag',
    hint: 'records that it has before it',
    cell: ({ partition }) => formatCount(partition.lag),
    sort: ({ partition }) => partition.lag,
    isNumber: true,
  },
]

export function Readers({ topic }: { readonly topic: TopicStatus }): VNode {
  const status = useStatus((all) => all)
  const readers = status === undefined ? [] : readersOf(topic.name, status)
  const rows = readers.flatMap((reader) => reader.place.partitions.map((partition) => ({ ...reader, partition })))
  return (
    <div class="panel">
      <Table
        label="Readers"
        columns={COLUMNS}
        rows={rows}
        keyOf={({ group, partition }) => `${group} ${partition.partition}`}
        empty={<EmptyState title="Nothing reads this topic." />}
      />
    </div>
  )
}

function readersOf(topic: string, { queries, sinks, groups }: PipelineStatus): readonly Reader[] {
  const all = [
    ...queries.map(({ name, group, reads }) => ({ name: `query ${name}`, group, reads })),
    ...sinks.map(({ name, group, reads }) => ({ name: `sink ${name}`, group, reads: [reads] })),
    ...groups
      .filter(({ part, isGone }) => part === null && !isGone)
      .map(({ name, reads }) => ({ name, group: name, reads })),
  ]
  return all.flatMap(({ name, group, reads }) => {
    const place = reads.find((one) => one.topic === topic)
    return place === undefined ? [] : [{ name, group, place }]
  })
}
