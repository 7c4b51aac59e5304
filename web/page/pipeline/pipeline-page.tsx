/** The whole pipeline at a glance: how fast its parts are, what is wrong with them, and what windows wait for. */
import type { VNode } from 'preact'
import type { PipelineGraph } from '../../../src/server/api/pipeline.ts'
import type { PipelineStatus } from '../../../src/server/api/status.ts'
import { usePipeline } from '../../api/pipeline.ts'
import { live, useStatus } from '../../api/status.ts'
import { useStore } from '../../api/store.ts'
import { to } from '../../app/route.ts'
import { Badge, Mark, type Tone } from '../../part/badge.tsx'
import { EmptyState } from '../../part/empty-state.tsx'
import { ErrorNote } from '../../part/error-note.tsx'
import { plural, withReadableTimes } from '../../part/format.ts'
import { Page, Panel } from '../../part/page.tsx'
import type { PageProps } from '../page-entry.ts'
import { EventTime } from './event-time.tsx'
import { GraphView } from './graph-view.tsx'
import { Overview } from './overview.tsx'
import { PartDetails } from './part/details.tsx'
import { QueryTable } from './query-table.tsx'

export function PipelinePage({ rest: [kind, name] }: PageProps): VNode {
  const title = useStatus(({ pipeline }) => pipeline)
  const { graph, error } = usePipeline()
  const isKnown = useStatus(() => true) === true
  if (!isKnown) return <EmptyState title="Waiting for the status of the pipeline…" />
  const chosen = graph?.parts.find((part) => part.kind === kind && part.name === name)
  return (
    <Page title={title ?? 'Pipeline'} aside={<RunState />}>
      <Trouble graph={graph} />
      <Overview />
      <Panel
        title="Parts"
        aside={graph === undefined ? null : `${plural(graph.parts.length, 'part')}; choose one for more`}
      >
        {graph !== undefined ? (
          <GraphView graph={graph} />
        ) : error !== undefined ? (
          <ErrorNote error={error} />
        ) : (
          <EmptyState title="The pipeline is starting…" />
        )}
      </Panel>
      <EventTime />
      <QueryTable />
      {chosen === undefined || graph === undefined ? null : <PartDetails key={chosen.id} part={chosen} graph={graph} />}
    </Page>
  )
}

const TONES: Record<PipelineStatus['state'], Tone> = {
  starting: 'busy',
  running: 'good',
  stopping: 'busy',
  stopped: 'off',
}

/** How it runs; not known while the server is away. */
function RunState(): VNode {
  const state = useStatus((status) => status.state) ?? 'stopped'
  const isAway = useStore(live, ({ link }) => link.kind === 'lost' || link.kind === 'refused')
  return isAway ? <Badge tone="off">not reached</Badge> : <Badge tone={TONES[state]}>{state}</Badge>
}

/** What is wrong, the worst first, with links to the parts. */
function Trouble({ graph }: { readonly graph: PipelineGraph | undefined }): VNode | null {
  const status = useStatus((one) => one)
  if (status === undefined || status.trouble.length === 0) return null
  const { trouble, at } = status
  return (
    <section class="pipeline-trouble" aria-label="Trouble">
      <h2>
        <Mark tone="bad" />
        {plural(trouble.length, 'thing')} {trouble.length === 1 ? 'needs' : 'need'} a look
      </h2>
      <ul>
        {trouble.map(({ part, text }) => (
          <li key={`${part} ${text}`}>
            <PartLink named={part} graph={graph} /> <span>{withReadableTimes(text, at)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Trouble names a part by its id, or a topic by its name on the bus, perhaps with a partition behind it. */
function PartLink({ named, graph }: { readonly named: string; readonly graph: PipelineGraph | undefined }): VNode {
  const [plain = named] = named.split(', ')
  const part = graph?.parts.find(({ id, topic }) => id === plain || `topic ${topic}` === plain)
  return part === undefined ? <strong>{named}</strong> : <a href={to('pipeline', part.kind, part.name)}>{named}</a>
}
