/** The queries side by side: how far behind they are, what they lose, how long their answers take, and the memory they hold. */
import type { VNode } from 'preact'
import type { QueryStatus } from '../../../src/server/api/status.ts'
import { recentOf, useStatus } from '../../api/status.ts'
import { to } from '../../app/route.ts'
import { EmptyState } from '../../part/empty-state.tsx'
import { formatBytes, formatDuration } from '../../part/format.ts'
import { Panel } from '../../part/page.tsx'
import { Count, Rate } from '../../part/quantity.tsx'
import { type Column, Table } from '../../part/table.tsx'

export function QueryTable(): VNode | null {
  const alerts = useStatus((status) => status.alerts)
  const queries = useStatus((status) => status.queries)
  if (queries === undefined) return null
  // The query of an alert is shown with the alert.
  const plain = queries.filter(({ name }) => alerts?.every((alert) => alert.name !== name) ?? true)
  return (
    <Panel
      title="Queries"
      aside="latency is from the arrival of a record to the durable rows that it completes"
      isFlush
    >
      <Table
        label="Queries"
        columns={COLUMNS}
        rows={plain}
        keyOf={({ name }) => name}
        empty={<EmptyState title="The pipeline has no queries" />}
      />
    </Panel>
  )
}

const lagOf = ({ reads }: QueryStatus): number => reads.reduce((sum, { lag }) => sum + lag, 0)
const latencyOf = (quantile: 'p50Ms' | 'p99Ms') => (query: QueryStatus) =>
  query.latency === null || query.latency.count === 0 ? null : query.latency[quantile]

const COLUMNS: readonly Column<QueryStatus>[] = [
  {
    key: 'name',
    title: 'Query',
    cell: ({ name }) => <a href={to('pipeline', 'query', name)}>{name}</a>,
    sort: ({ name }) => name,
  },
  {
    key: 'rate',
    title: 'Rows out',
    cell: ({ name }) => <Rate value={recentOf(`query ${name}`)} />,
    sort: ({ rate }) => rate,
    isNumber: true,
  },
  { key: 'lag', title: 'Lag', cell: (query) => <Count value={lagOf(query)} />, sort: lagOf, isNumber: true },
  { key: 'late', title: 'Late', cell: ({ late }) => <Count value={late} />, sort: ({ late }) => late, isNumber: true },
  {
    key: 'p50',
    title: 'Latency p50',
    cell: (query) => formatDuration(latencyOf('p50Ms')(query)),
    sort: latencyOf('p50Ms'),
    isNumber: true,
  },
  {
    key: 'p99',
    title: 'p99',
    cell: (query) => formatDuration(latencyOf('p99Ms')(query)),
    sort: latencyOf('p99Ms'),
    isNumber: true,
  },
  {
    key: 'windows',
    title: 'Open windows',
    cell: ({ state }) => <Count value={state?.windows} />,
    sort: ({ state }) => state?.windows ?? null,
    isNumber: true,
  },
  {
    key: 'state',
    title: 'State',
    cell: ({ state }) => <State state={state} />,
    sort: ({ state }) => state?.bytes ?? null,
    isNumber: true,
  },
]

function State({ state }: Pick<QueryStatus, 'state'>): VNode {
  if (state === null) return <span>–</span>
  const { bytes, limitBytes } = state
  return (
    <span class="pipeline-state" title={`of ${formatBytes(limitBytes)}`}>
      {formatBytes(bytes)}
      <meter min={0} max={limitBytes} high={0.8 * limitBytes} value={bytes} aria-label="Of its limit" />
    </span>
  )
}
