/** Where the topics are: the brokers of Kafka, or the data folder. */
import type { VNode } from 'preact'
import type { BrokerView, BusView } from '../../../src/server/api/topics.ts'
import { useStatus } from '../../api/status.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { Badge } from '../../part/badge.tsx'
import { ErrorNote } from '../../part/error-note.tsx'
import { Panel } from '../../part/page.tsx'
import { type Column, Table } from '../../part/table.tsx'

const STEP_MS = 5000

const COLUMNS: readonly Column<BrokerView>[] = [
  { key: 'id', title: 'Broker', cell: ({ id }) => id, sort: ({ id }) => id },
  { key: 'address', title: 'Address', cell: ({ address }) => address ?? <span class="muted">not known</span> },
  { key: 'state', title: 'State', cell: (broker) => <BrokerState broker={broker} /> },
  { key: 'leads', title: 'Leads', hint: 'partitions of this pipeline', cell: ({ leads }) => leads, isNumber: true },
  { key: 'copies', title: 'Copies', hint: 'partitions of this pipeline', cell: ({ copies }) => copies, isNumber: true },
  { key: 'behind', title: 'Not in sync', cell: ({ behind }) => behind, isNumber: true },
]

export function Brokers(): VNode | null {
  const type = useStatus(({ bus }) => bus.type)
  const dataFolder = useStatus((status) => status.dataFolder)
  const isShared = useStatus(({ bus }) => bus.cluster !== null) ?? false
  const { value, error } = useAnswer<BusView>(isShared ? '/api/v1/bus' : null, STEP_MS)
  if (type === undefined) return null
  if (!isShared) {
    return (
      <p class="muted topics-place">
        {`The topics are kept by tailrace itself, in the data folder `}
        <code>{dataFolder}</code>.
      </p>
    )
  }
  if (value === undefined) return error === undefined ? null : <ErrorNote error={error} />
  return (
    <Panel title="Brokers" aside={<span class="topics-cluster">{`${type}, cluster ${value.cluster}`}</span>} isFlush>
      <Table label="All brokers" columns={COLUMNS} rows={value.brokers} keyOf={({ id }) => String(id)} />
    </Panel>
  )
}

function BrokerState({ broker: { address, isController, behind } }: { readonly broker: BrokerView }): VNode {
  if (address === null) return <Badge tone="bad">not in the cluster</Badge>
  const role = isController ? ', controller' : ''
  return behind > 0 ? <Badge tone="warn">{`behind${role}`}</Badge> : <Badge tone="good">{`up${role}`}</Badge>
}
