/** A topic: its records, its partitions, its readers, and its columns. */
import type { VNode } from 'preact'
import type { TopicStatus } from '../../../src/server/api/status.ts'
import type { TopicDetail } from '../../../src/server/api/topics.ts'
import { useStatus } from '../../api/status.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { goTo, to } from '../../app/route.ts'
import { Badge } from '../../part/badge.tsx'
import { EmptyState } from '../../part/empty-state.tsx'
import { ErrorNote } from '../../part/error-note.tsx'
import { formatRate, plural } from '../../part/format.ts'
import { Page } from '../../part/page.tsx'
import { Bytes } from '../../part/quantity.tsx'
import { Table } from '../../part/table.tsx'
import { type Tab, Tabs } from '../../part/tabs.tsx'
import { healthOf } from './health.ts'
import { Partitions } from './partitions.tsx'
import { Readers } from './readers.tsx'
import { Records } from './records.tsx'
import { BusTrouble, kindText } from './topic-list.tsx'

type Props = { readonly name: string; readonly query: URLSearchParams }

/** Arrivals cost a read of each partition. */
const STEP_MS = 10_000

export function TopicPage({ name, query }: Props): VNode {
  const topics = useStatus((status) => status.topics)
  const trouble = useStatus((status) => status.trouble)
  const detail = useAnswer<TopicDetail>(`/api/v1/topics/${encodeURIComponent(name)}`, STEP_MS)
  const topic = topics?.find((one) => one.name === name)
  const above = <a href={to('topics')}>Topics</a>
  if (topic === undefined) {
    const why = topics === undefined ? 'Waiting for the status of the pipeline…' : `The pipeline has no topic ${name}.`
    return (
      <Page title={name} above={above}>
        <EmptyState title={why} />
      </Page>
    )
  }
  const tab = query.get('tab') ?? 'records'
  const choose = (chosen: string): void => goTo(`${to('topics', name)}?tab=${chosen}`, { replace: true })
  return (
    <Page title={name} above={above} aside={<Summary topic={topic} format={detail.value?.format ?? null} />}>
      <BusTrouble trouble={trouble ?? []} topic={name} />
      {detail.error === undefined ? null : <ErrorNote error={detail.error} onRetry={detail.reload} />}
      <Tabs label={`About ${name}`} tabs={tabsOf(topic)} chosen={tab} onChoose={choose}>
        <TabContent tab={tab} topic={topic} detail={detail.value} query={query} />
      </Tabs>
    </Page>
  )
}

const tabsOf = ({ partitions, readers }: TopicStatus): readonly Tab[] => [
  { name: 'records', title: 'Records' },
  { name: 'partitions', title: `Partitions (${partitions.length})` },
  { name: 'readers', title: `Readers (${readers.length})` },
  { name: 'columns', title: 'Columns' },
]

function Summary({ topic, format }: { readonly topic: TopicStatus; readonly format: string | null }): VNode {
  const health = healthOf(topic.partitions)
  const kept = topic.dead?.kept ?? 0
  return (
    <>
      <span>{kindText(topic.kind)}</span>
      {format === null ? null : <span>{`format ${format}`}</span>}
      <span>{plural(topic.records, 'record')}</span>
      <Bytes value={topic.bytes} />
      <span>{formatRate(topic.rate)}</span>
      {health === undefined ? null : <Badge tone={health.tone}>{health.text}</Badge>}
      {kept === 0 ? null : <a href={to('dead', topic.name)}>{plural(kept, 'dead letter')}</a>}
    </>
  )
}

type TabProps = {
  readonly tab: string
  readonly topic: TopicStatus
  readonly detail: TopicDetail | undefined
  readonly query: URLSearchParams
}

function TabContent({ tab, topic, detail, query }: TabProps): VNode {
  switch (tab) {
    case 'partitions':
      return <Partitions topic={topic} detail={detail} />
    case 'readers':
      return <Readers topic={topic} />
    case 'columns':
      return <Columns detail={detail} />
    default:
      return <Records topic={topic} columns={detail?.columns ?? []} query={query} />
  }
}

function Columns({ detail }: { readonly detail: TopicDetail | undefined }): VNode {
  if (detail === undefined) return <EmptyState title="Loading…" />
  return (
    <div class="panel">
      <Table
        label="Columns"
        columns={[
          { key: 'name', title: 'Column', cell: ({ name }) => <code>{name}</code> },
          { key: 'type', title: 'Type', cell: ({ type }) => <code>{type}</code> },
          { key: 'note', title: '', cell: ({ isEventTime }) => (isEventTime ? 'event time' : null) },
        ]}
        rows={detail.columns}
        keyOf={({ name }) => name}
        empty={<EmptyState title="Its records are not decoded to columns." />}
      />
    </div>
  )
}
