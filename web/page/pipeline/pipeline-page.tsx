/** The whole pipeline at a glance: how fast its parts are, what is wrong with them, and what windows wait for. */
import type { VNode } from 'preact'
import { useStatus } from '../../api/status.ts'
import { Badge } from '../../part/badge.tsx'
import { EmptyState } from '../../part/empty-state.tsx'
import { Page } from '../../part/page.tsx'

export function PipelinePage(): VNode {
  const name = useStatus(({ pipeline }) => pipeline)
  const state = useStatus((status) => status.state)
  if (state === undefined) return <EmptyState title="Waiting for the status of the pipeline…" />
  return (
    <Page title={name ?? 'Pipeline'} aside={<Badge tone={state === 'running' ? 'good' : 'busy'}>{state}</Badge>}>
      <Trouble />
    </Page>
  )
}

function Trouble(): VNode | null {
  const trouble = useStatus((status) => status.trouble)
  if (trouble === undefined || trouble.length === 0) return null
  return (
    <ul>
      {trouble.map(({ part, text }) => (
        <li key={`${part} ${text}`}>
          <Badge tone="bad">{part}</Badge> {text}
        </li>
      ))}
    </ul>
  )
}
