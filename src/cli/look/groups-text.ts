/** Consumer groups for a person: one line for each topic that a group reads, or one for each partition. */
import type { GroupStatus, PipelineStatus, PlaceStatus } from '../../run/status/status.ts'
import { number, type Sheet, type SheetColumn, table, text } from './sheet.ts'
import { numberText } from './words.ts'

type Read = { readonly group: GroupStatus; readonly read: PlaceStatus | undefined }
type PartitionRead = Read & { readonly partition: PlaceStatus['partitions'][number] }

const groupColumns = <Row extends Read>(): SheetColumn<Row>[] => [
  text('group', ({ group }) => group.name),
  text('is', ({ group }) => whatItIs(group)),
  text('topic', ({ read }) => read?.topic ?? ''),
]

/** One line for each topic of each group. */
export function groupsSheet({ groups }: PipelineStatus): Sheet {
  const rows = groups.flatMap((group): Read[] =>
    group.reads.length === 0 ? [{ group, read: undefined }] : group.reads.map((read) => ({ group, read })),
  )
  return table<Read>(
    [
      ...groupColumns<Read>(),
      number('lag', ({ read }) => numberText(read?.lag ?? null)),
      text('members', ({ group }) => membersText(group)),
    ],
    rows,
  )
}

/** One line for each partition. */
export function groupPartitionsSheet({ groups, topics }: PipelineStatus): Sheet {
  const rows = groups.flatMap((group): PartitionRead[] =>
    group.reads.flatMap((read) => read.partitions.map((partition) => ({ group, read, partition }))),
  )
  const endOf = ({ read, partition }: PartitionRead) =>
    topics.find(({ name }) => name === read?.topic)?.partitions[partition.partition]?.end ?? null
  return table<PartitionRead>(
    [
      ...groupColumns<PartitionRead>(),
      number('partition', ({ partition }) => String(partition.partition)),
      number('committed', ({ partition }) => (partition.offset === null ? 'none' : String(partition.offset))),
      number('end', (row) => String(endOf(row) ?? '')),
      number('lag', ({ partition }) => numberText(partition.lag)),
      text('member', ({ group, read, partition }) =>
        group.members
          .filter(({ reads }) => reads[read?.topic ?? '']?.includes(partition.partition))
          .map(({ client, host }) => `${client} at ${host}`)
          .join(', '),
      ),
    ],
    rows,
  )
}

/** The part that it is, or whose it is. */
export function whatItIs({ part, isGone, members }: GroupStatus): string {
  if (part !== null) return part
  if (!isGone) return 'of others'
  return members.length === 0
    ? 'gone: the pipeline has this part no more'
    : 'gone from the pipeline, but read by others'
}

/** On a bus without members there is nothing to say. */
export const membersText = ({ state, members }: GroupStatus): string =>
  members.length === 0 && state === 'Empty'
    ? ''
    : [state, ...members.map(({ client, host }) => `${client} at ${host}`)].join(', ')
