/** Dead letters: which topics have some; of a topic, by kind and reason, one by one, and sent again after a fix. */
import type { VNode } from 'preact'
import type { TopicStatus } from '../../../src/server/api/status.ts'
import { useStatus } from '../../api/status.ts'
import { to } from '../../app/route.ts'
import { EmptyState } from '../../part/empty-state.tsx'
import { formatCount, plural } from '../../part/format.ts'
import { Page, Panel } from '../../part/page.tsx'
import { type Column, Table } from '../../part/table.tsx'
import type { PageProps } from '../page-entry.ts'
import { DeadTopic } from './dead-topic.tsx'
import { wordsOfKind } from './kinds.ts'

export function DeadPage({ rest, query }: PageProps): VNode {
  const [name] = rest
  return name === undefined ? <DeadTopics /> : <DeadTopic key={name} topic={name} query={query} />
}

type Dead = { readonly name: string; readonly dead: NonNullable<TopicStatus['dead']> }

const COLUMNS: readonly Column<Dead>[] = [
  { key: 'name', title: 'Topic', cell: ({ name }) => <a href={to('dead', name)}>{name}</a>, sort: ({ name }) => name },
  {
    key: 'kept',
    title: 'Letters kept',
    cell: ({ dead }) => formatCount(dead.kept),
    sort: ({ dead }) => dead.kept,
    isNumber: true,
  },
  { key: 'run', title: 'Of this run', cell: ({ dead }) => runText(dead.run) },
]

function runText(run: Dead['dead']['run']): string {
  const some = Object.entries(run ?? {}).filter(([, count]) => count > 0)
  if (some.length === 0) return 'none'
  return some.map(([kind, count]) => `${formatCount(count)} ${wordsOfKind(kind).title}`).join(', ')
}

function DeadTopics(): VNode {
  const topics = useStatus((status) => status.topics)
  if (topics === undefined) return <EmptyState title="Waiting for the status of the pipeline…" />
  const all = topics.flatMap(({ name, dead }) => (dead === null ? [] : [{ name, dead }]))
  const some = all.filter(({ dead }) => dead.kept > 0 || Object.values(dead.run ?? {}).some((count) => count > 0))
  const kept = all.reduce((sum, { dead }) => sum + dead.kept, 0)
  return (
    <Page title="Dead letters" aside={plural(kept, 'letter')}>
      <p class="muted">
        Records and rows that could not be used: nothing is dropped in silence. A letter keeps the record with its place
        and the reason.
      </p>
      <Panel title="Topics with dead letters" isFlush>
        <Table
          label="Dead letters by topic"
          columns={COLUMNS}
          rows={some}
          keyOf={({ name }) => name}
          order={{ key: 'kept', isDown: true }}
          empty={<EmptyState title="There are no dead letters.">Every record of every topic could be used.</EmptyState>}
        />
      </Panel>
    </Page>
  )
}
