/** All topics: how much is in them, how fast they grow, whether their copies are in sync, and which reader is behind. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { PipelineStatus, TopicStatus } from '../../../src/server/api/status.ts'
import { FEWEST_POINTS, historyOf, useStatus } from '../../api/status.ts'
import { to } from '../../app/route.ts'
import { Badge } from '../../part/badge.tsx'
import { EmptyState } from '../../part/empty-state.tsx'
import { formatCount, plural } from '../../part/format.ts'
import { Page, Panel } from '../../part/page.tsx'
import { Bytes, Count, Rate } from '../../part/quantity.tsx'
import { Sparkline } from '../../part/sparkline.tsx'
import { type Column, Table } from '../../part/table.tsx'
import { Brokers } from './brokers.tsx'
import { healthOf } from './health.ts'

const KINDS: Readonly<Record<string, string>> = {
  source: 'source',
  query: 'query',
  alert: 'alert',
  report: 'report',
  dead: 'dead letters',
  ticks: 'ticks',
}

export const kindText = (kind: TopicStatus['kind']): string =>
  kind === null ? 'not of this pipeline' : (KINDS[kind] ?? kind)

const COLUMNS: readonly Column<TopicStatus>[] = [
  {
    key: 'name',
    title: 'Topic',
    cell: ({ name }) => <a href={to('topics', name)}>{name}</a>,
    sort: ({ name }) => name,
  },
  { key: 'kind', title: 'Kind', cell: ({ kind }) => kindText(kind), sort: ({ kind }) => kindText(kind) },
  {
    key: 'partitions',
    title: 'Parts',
    hint: 'partitions',
    cell: ({ partitions }) => partitions.length,
    sort: ({ partitions }) => partitions.length,
    isNumber: true,
  },
  {
    key: 'records',
    title: 'Records',
    cell: ({ records }) => <Count value={records} />,
    sort: ({ records }) => records,
    isNumber: true,
  },
  {
    key: 'bytes',
    title: 'Size',
    cell: ({ bytes }) => <Bytes value={bytes} />,
    sort: ({ bytes }) => bytes,
    isNumber: true,
  },
  { key: 'rate', title: 'Rate', cell: ({ rate }) => <Rate value={rate} />, sort: ({ rate }) => rate, isNumber: true },
  {
    key: 'history',
    title: 'Last 5 minutes',
    cell: ({ name }) => (
      <Sparkline
        values={historyOf(`topic ${name}`)}
        points={FEWEST_POINTS}
        label={`records a second of ${name} in the last 5 minutes`}
      />
    ),
  },
  { key: 'lag', title: 'Furthest behind', cell: (topic) => <Behind topic={topic} />, sort: lagOf, isNumber: true },
  { key: 'dead', title: 'Dead letters', cell: (topic) => <Dead topic={topic} />, sort: keptOf, isNumber: true },
]

const HEALTH: Column<TopicStatus> = {
  key: 'health',
  title: 'Copies',
  cell: ({ partitions }) => {
    const health = healthOf(partitions)
    return health === undefined ? null : <Badge tone={health.tone}>{health.text}</Badge>
  },
  sort: ({ partitions }) => ({ good: 2, warn: 1, bad: 0, busy: 3, off: 3 })[healthOf(partitions)?.tone ?? 'off'],
}

function lagOf({ readers }: TopicStatus): number | null {
  return readers.length === 0 ? null : Math.max(...readers.map(({ lag }) => lag))
}

function keptOf({ dead }: TopicStatus): number | null {
  return dead?.kept ?? null
}

function Behind({ topic }: { readonly topic: TopicStatus }): VNode | null {
  const lag = lagOf(topic)
  if (lag === null) return null
  const furthest = topic.readers.find((reader) => reader.lag === lag)
  if (lag === 0) return <span title="every reader is at the end">0</span>
  return (
    <span title={`${furthest?.name} has ${plural(lag, 'record')} before it`}>
      {furthest?.name.replace(/^(query|sink|group) /, '')} <Count value={lag} />
    </span>
  )
}

const Dead = ({ topic }: { readonly topic: TopicStatus }): VNode | null =>
  topic.dead === null || topic.dead.kept === 0 ? null : (
    <a href={to('dead', topic.name)}>{formatCount(topic.dead.kept)}</a>
  )

export function TopicList(): VNode {
  const topics = useStatus((status) => status.topics)
  const trouble = useStatus((status) => status.trouble)
  const [text, setText] = useState('')
  const [showsAll, setAll] = useState(false)
  if (topics === undefined || trouble === undefined)
    return <EmptyState title="Waiting for the status of the pipeline…" />
  const isCopied = topics.some(({ partitions }) => healthOf(partitions) !== undefined)
  const columns = isCopied ? [...COLUMNS.slice(0, 3), HEALTH, ...COLUMNS.slice(3)] : COLUMNS
  const own = topics.filter(({ kind, records }) => showsAll || records > 0 || (kind !== 'dead' && kind !== 'ticks'))
  const shown = own.filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()))
  const partitions = topics.reduce((sum, topic) => sum + topic.partitions.length, 0)
  return (
    <Page title="Topics" aside={`${plural(topics.length, 'topic')}, ${plural(partitions, 'partition')}`}>
      <BusTrouble trouble={trouble} />
      <Brokers />
      <Panel
        title="Topics"
        isFlush
        actions={
          <>
            <label class="check">
              <input
                type="checkbox"
                checked={showsAll}
                onChange={({ currentTarget }) => setAll(currentTarget.checked)}
              />
              Empty topics of dead letters and ticks
            </label>
            <input
              type="search"
              aria-label="Search topics by name"
              placeholder="Name"
              value={text}
              onInput={({ currentTarget }) => setText(currentTarget.value)}
            />
          </>
        }
      >
        <Table
          label="All topics"
          columns={columns}
          rows={shown}
          keyOf={({ name }) => name}
          empty={
            <EmptyState title={text === '' ? 'There are no topics yet.' : `No topic has "${text}" in its name.`} />
          }
        />
      </Panel>
    </Page>
  )
}

/** What is wrong with the bus and with topics, in words. */
export function BusTrouble({
  trouble,
  topic,
}: {
  readonly trouble: PipelineStatus['trouble']
  readonly topic?: string
}): VNode | null {
  const some = trouble.filter(({ part, text }) =>
    topic === undefined ? /^(bus|topics?\b)/.test(part) : part.startsWith(`topic ${topic}`) || text.includes(topic),
  )
  if (some.length === 0) return null
  return (
    <ul class="topics-trouble" aria-label="What is wrong">
      {some.map(({ part, text }) => (
        <li key={`${part} ${text}`}>
          <Badge tone="bad">{part}</Badge> <span>{text}</span>
        </li>
      ))}
    </ul>
  )
}
