/** Everything about one part, beside the graph: what is wrong, its numbers, and how the pipeline file has it. */
import type { ComponentChildren, VNode } from 'preact'
import { useContext } from 'preact/hooks'
import type { GraphPart, PipelineGraph } from '../../../../src/server/api/pipeline.ts'
import { FEWEST_POINTS, historyOf, recentOf, useStatus } from '../../../api/status.ts'
import { goTo, to } from '../../../app/route.ts'
import { Badge } from '../../../part/badge.tsx'
import { CodeBlock } from '../../../part/code-block.tsx'
import { Dialog } from '../../../part/dialog.tsx'
import { formatRate } from '../../../part/format.ts'
import { Sparkline } from '../../../part/sparkline.tsx'
import { PageTitles } from '../../page-entry.ts'
import { PartFacts } from './facts.tsx'
import { type PartView, viewOf } from './view.ts'

type Props = { readonly part: GraphPart; readonly graph: PipelineGraph }

/** The pages that show parts of a kind, by their names in the address. */
const PAGES: Partial<Record<GraphPart['kind'], string>> = {
  topic: 'topics',
  query: 'queries',
  alert: 'alerts',
  report: 'reports',
}

export function PartDetails({ part, graph }: Props): VNode {
  const status = useStatus((one) => one)
  const view = status === undefined ? undefined : viewOf(part, status)
  return (
    <Dialog
      title={`${part.kind} ${part.name}`}
      place="side"
      onClose={() => goTo(to('pipeline'), { replace: true })}
      actions={<PageLink part={part} />}
    >
      <div class="pipeline-details">
        {view === undefined || view.word === '' ? null : <State view={view} />}
        {(view?.trouble ?? []).map((text) => (
          <p key={text} class="pipeline-details-trouble">
            {text}
          </p>
        ))}
        {status === undefined ? null : <PartFacts part={part} status={status} />}
        <Neighbours part={part} graph={graph} />
        {part.sql === null ? null : (
          <Section title="Statement">
            <CodeBlock text={part.sql} label={`Statement of ${part.name}`} />
          </Section>
        )}
        {part.written === null ? null : (
          <Section title="In the pipeline file">
            <CodeBlock text={part.written} label={`${part.name} in the pipeline file`} />
          </Section>
        )}
        {part.columns === null ? null : (
          <Section title="Columns">
            <dl class="facts">
              {part.columns.map(({ name, type }) => (
                <>
                  <dt>{name}</dt>
                  <dd>
                    <code>{type}</code>
                  </dd>
                </>
              ))}
            </dl>
          </Section>
        )}
      </div>
    </Dialog>
  )
}

/** A link to the page that shows parts of this kind, where there is one. */
function PageLink({ part: { kind, name, topic } }: Pick<Props, 'part'>): VNode | null {
  const page = PAGES[kind]
  const title = useContext(PageTitles).get(page ?? '')
  if (page === undefined || title === undefined) return null
  return (
    <a class="button is-primary" href={to(page, (kind === 'topic' ? topic : undefined) ?? name)}>
      Open in {title}
    </a>
  )
}

function State({ view: { tone, word, rate, series = '' } }: { readonly view: PartView }): VNode {
  return (
    <p class="pipeline-details-state">
      <Badge tone={tone}>{word}</Badge>
      {rate === undefined ? null : (
        <>
          <span class="num">{formatRate(recentOf(series))}</span>
          <Sparkline
            values={historyOf(series)}
            points={FEWEST_POINTS}
            width={180}
            height={28}
            label="Its rate in the last five minutes"
          />
        </>
      )}
    </p>
  )
}

function Section({ title, children }: { readonly title: string; readonly children: ComponentChildren }): VNode {
  return (
    <section class="pipeline-details-section">
      <h3>{title}</h3>
      {children}
    </section>
  )
}

/** Links to what feeds it and what it feeds. */
function Neighbours({ part, graph }: Props): VNode {
  const named = (ids: readonly string[]) => graph.parts.filter(({ id }) => ids.includes(id))
  const lists = [
    ['Fed by', named(graph.edges.filter((edge) => edge.to === part.id).map(({ from }) => from))],
    ['Feeds', named(graph.edges.filter(({ from }) => from === part.id).map((edge) => edge.to))],
  ] as const
  return (
    <dl class="facts">
      {lists.map(([title, parts]) =>
        parts.length === 0 ? null : (
          <>
            <dt>{title}</dt>
            <dd class="pipeline-neighbours">
              {parts.map(({ id, kind, name }) => (
                <a key={id} href={to('pipeline', kind, name)}>
                  {kind} {name}
                </a>
              ))}
            </dd>
          </>
        ),
      )}
    </dl>
  )
}
