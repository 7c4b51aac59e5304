/** The readers of the topics: the queries and sinks of the pipeline, and other programs; how far each has committed, and its members. */
import type { VNode } from 'preact'
import type { GroupStatus, TopicStatus } from '../../../src/server/api/status.ts'
import { useStatus } from '../../api/status.ts'
import { to } from '../../app/route.ts'
import { Badge, type Tone } from '../../part/badge.tsx'
import { EmptyState } from '../../part/empty-state.tsx'
import { formatCount, plural } from '../../part/format.ts'
import { Page, Panel } from '../../part/page.tsx'
import { Count } from '../../part/quantity.tsx'
import { type Column, Table } from '../../part/table.tsx'
import type { PageProps } from '../page-entry.ts'

const WHY =
  'Offsets are committed with each checkpoint; the pages of topics have where queries and sinks are at this moment.'

export function GroupsPage({ rest }: PageProps): VNode {
  const groups = useStatus((status) => status.groups)
  const topics = useStatus((status) => status.topics)
  const [name] = rest
  if (groups === undefined || topics === undefined)
    return <EmptyState title="Waiting for the status of the pipeline…" />
  if (name === undefined) return <GroupList groups={groups} />
  const group = groups.find((one) => one.name === name)
  if (group !== undefined) return <GroupDetail group={group} topics={topics} />
  return (
    <Page title={name} above={<a href={to('groups')}>Groups</a>}>
      <EmptyState title={`There is no group ${name}.`}>A group is there once it has committed an offset.</EmptyState>
    </Page>
  )
}

const COLUMNS: readonly Column<GroupStatus>[] = [
  {
    key: 'name',
    title: 'Group',
    cell: ({ name }) => <a href={to('groups', name)}>{name}</a>,
    sort: ({ name }) => name,
  },
  { key: 'part', title: 'Is', cell: (group) => partText(group), sort: partText },
  { key: 'state', title: 'State', cell: (group) => <GroupState group={group} /> },
  {
    key: 'topics',
    title: 'Reads',
    cell: ({ reads }) => reads.map(({ topic }) => topic).join(', '),
    sort: ({ reads }) => reads.map(({ topic }) => topic).join(', '),
  },
  {
    key: 'lag',
    title: 'Lag',
    hint: 'records behind what it has committed',
    cell: ({ lag }) => <Count value={lag} />,
    sort: ({ lag }) => lag,
    isNumber: true,
  },
  {
    key: 'members',
    title: 'Members',
    cell: ({ members }) => members.length,
    sort: ({ members }) => members.length,
    isNumber: true,
  },
]

/** The part that it is, or whose it is. */
function partText({ part, isGone, members }: GroupStatus): string {
  if (part !== null) return part
  if (!isGone) return 'of another program'
  return members.length === 0 ? 'of a part that is gone' : 'of a part that is gone, and read by others'
}

function GroupState({ group: { part, isGone, state, members } }: { readonly group: GroupStatus }): VNode {
  // Queries and sinks of the pipeline commit without being members.
  if (part !== null) return <Badge tone="good">at work</Badge>
  if (isGone && members.length === 0) return <Badge tone="off">gone</Badge>
  const tones: Readonly<Record<string, Tone>> = { Stable: 'good', Empty: 'off', Dead: 'off' }
  return <Badge tone={tones[state] ?? 'busy'}>{state}</Badge>
}

function GroupList({ groups }: { readonly groups: readonly GroupStatus[] }): VNode {
  return (
    <Page title="Groups" aside={plural(groups.length, 'consumer group')}>
      <p class="muted">{WHY}</p>
      <Panel title="Consumer groups" isFlush>
        <Table
          label="All consumer groups"
          columns={COLUMNS}
          rows={groups}
          keyOf={({ name }) => name}
          empty={
            <EmptyState title="There are no groups yet.">A group is there once it has committed an offset.</EmptyState>
          }
        />
      </Panel>
    </Page>
  )
}

type Place = {
  readonly topic: string
  readonly partition: number
  readonly offset: number | null
  readonly end: number | null
  readonly lag: number
  readonly member: string
}

const PLACES: readonly Column<Place>[] = [
  {
    key: 'topic',
    title: 'Topic',
    cell: ({ topic }) => <a href={to('topics', topic)}>{topic}</a>,
    sort: ({ topic }) => topic,
  },
  {
    key: 'partition',
    title: 'Partition',
    cell: ({ partition }) => partition,
    sort: ({ partition }) => partition,
    isNumber: true,
  },
  {
    key: 'offset',
    title: 'Committed',
    cell: ({ topic, partition, offset }) =>
      offset === null ? (
        'none'
      ) : (
        <a href={`${to('topics', topic)}?partition=${partition}&offset=${offset}`}>{formatCount(offset)}</a>
      ),
    isNumber: true,
  },
  {
    key: 'end',
    title: 'End',
    hint: 'the offset that the next record will get',
    cell: ({ end }) => formatCount(end),
    isNumber: true,
  },
  { key: 'lag', title: 'Lag', cell: ({ lag }) => formatCount(lag), sort: ({ lag }) => lag, isNumber: true },
]
const MEMBER: Column<Place> = { key: 'member', title: 'Member', cell: ({ member }) => member || 'none' }

type DetailProps = { readonly group: GroupStatus; readonly topics: readonly TopicStatus[] }

function GroupDetail({ group, topics }: DetailProps): VNode {
  const { name, lag, members } = group
  return (
    <Page
      title={name}
      above={<a href={to('groups')}>Groups</a>}
      aside={
        <>
          <span>{partText(group)}</span>
          <GroupState group={group} />
          <span>{`lag ${formatCount(lag)}`}</span>
        </>
      }
    >
      <Panel title="Partitions" isFlush>
        <Table
          label="Committed offsets"
          columns={members.length === 0 ? PLACES : [...PLACES, MEMBER]}
          rows={placesOf(group, topics)}
          keyOf={({ topic, partition }) => `${topic} ${partition}`}
          empty={<EmptyState title="It has committed nothing yet." />}
        />
      </Panel>
      {members.length === 0 ? null : <Members group={group} />}
    </Page>
  )
}

function placesOf({ reads, members }: GroupStatus, topics: readonly TopicStatus[]): readonly Place[] {
  return reads.flatMap(({ topic, partitions }) => {
    const known = topics.find(({ name }) => name === topic)?.partitions
    return partitions.map(({ partition, offset, lag }) => {
      const readers = members.filter((member) => member.reads[topic]?.includes(partition))
      const member = readers.map(({ client, host }) => `${client} at ${host}`).join(', ')
      return { topic, partition, offset, end: known?.[partition]?.end ?? null, lag, member }
    })
  })
}

function Members({ group: { members } }: { readonly group: GroupStatus }): VNode {
  return (
    <Panel title="Members" isFlush>
      <Table
        label="All members"
        columns={[
          { key: 'client', title: 'Client', cell: ({ client }) => client },
          { key: 'host', title: 'Host', cell: ({ host }) => host },
          {
            key: 'reads',
            title: 'Partitions',
            cell: ({ reads }) =>
              Object.entries(reads)
                .map(([topic, partitions]) => `${topic}: ${partitions.join(', ')}`)
                .join('; '),
          },
          { key: 'id', title: 'Id', cell: ({ id }) => <code class="records-cell">{id}</code> },
        ]}
        rows={members}
        keyOf={({ id }) => id}
      />
    </Panel>
  )
}
