/** Every query of the pipeline: how fast its rows come, its newest window, and how it stands. */
import type { VNode } from 'preact'
import type { QueryDescription } from '../../../src/server/api/queries.ts'
import type { ResultRows } from '../../../src/server/api/rows.ts'
import type { QueryStatus } from '../../../src/server/api/status.ts'
import { FEWEST_POINTS, historyOf, useStatus } from '../../api/status.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { goTo, to } from '../../app/route.ts'
import { EmptyState } from '../../part/empty-state.tsx'
import { formatDuration, UNKNOWN } from '../../part/format.ts'
import { Panel } from '../../part/page.tsx'
import { Bytes, Count, Rate } from '../../part/quantity.tsx'
import { Sparkline } from '../../part/sparkline.tsx'
import { type Column, Table } from '../../part/table.tsx'
import { windowText } from './values.ts'

const NEWEST_MS = 5000

type Line = { readonly query: QueryDescription; readonly status: QueryStatus | undefined }

export function QueryList({ queries }: { readonly queries: readonly QueryDescription[] }): VNode {
  const known = useStatus((status) => status.queries)
  const lines = queries.map((query) => ({ query, status: known?.find(({ name }) => name === query.name) }))
  return (
    <Panel title="All queries" isFlush>
      <Table
        label="Queries"
        columns={COLUMNS}
        rows={lines}
        keyOf={({ query }) => query.name}
        onOpen={({ query }) => goTo(to('queries', query.name))}
        empty={
          <EmptyState title="The pipeline has no queries">Add one to the pipeline file, under queries.</EmptyState>
        }
      />
    </Panel>
  )
}

const COLUMNS: readonly Column<Line>[] = [
  {
    key: 'name',
    title: 'Query',
    cell: ({ query: { name } }) => <a href={to('queries', name)}>{name}</a>,
    sort: ({ query }) => query.name,
  },
  {
    key: 'reads',
    title: 'Reads',
    cell: ({ query: { reads, lookups } }) => [...reads, ...lookups].join(', '),
    sort: ({ query }) => query.reads.join(),
  },
  {
    key: 'newest',
    title: 'Newest window',
    cell: ({ query }) => <Newest query={query} />,
    hint: 'the window of the row that was put out last',
  },
  {
    key: 'rate',
    title: 'Rows out',
    cell: ({ query: { name }, status }) => (
      <span class="queries-rate">
        <Sparkline values={historyOf(`query ${name}`)} points={FEWEST_POINTS} />
        <Rate value={status?.rate} />
      </span>
    ),
    sort: ({ status }) => status?.rate ?? null,
    isNumber: true,
  },
  {
    key: 'rows',
    title: 'Rows',
    cell: ({ status }) => <Count value={status?.rows} />,
    sort: ({ status }) => status?.rows ?? null,
    isNumber: true,
    hint: 'in this run',
  },
  {
    key: 'late',
    title: 'Late',
    cell: ({ status }) => <Count value={status?.late} />,
    sort: ({ status }) => status?.late ?? null,
    isNumber: true,
    hint: 'rows that came after their window had closed',
  },
  {
    key: 'latency',
    title: 'Latency p99',
    cell: ({ status }) => formatDuration(latencyOf(status)),
    sort: ({ status }) => latencyOf(status),
    isNumber: true,
  },
  {
    key: 'state',
    title: 'State',
    cell: ({ status }) => <Bytes value={status?.state?.bytes} />,
    sort: ({ status }) => status?.state?.bytes ?? null,
    isNumber: true,
  },
]

const latencyOf = (status: QueryStatus | undefined): number | null =>
  status?.latency === null || status?.latency.count === 0 ? null : (status?.latency.p99Ms ?? null)

function Newest({ query }: Pick<Line, 'query'>): VNode {
  const path = `/api/v1/queries/${encodeURIComponent(query.name)}/rows?limit=1`
  const { value } = useAnswer<ResultRows>(path, NEWEST_MS)
  const [row] = value?.rows ?? []
  return <span class="num">{row === undefined ? UNKNOWN : windowText(row, query.columns)}</span>
}
