/** A part as a card in the graph: a link to its details. */
import type { CSSProperties, VNode } from 'preact'
import type { GraphPart } from '../../../../src/server/api/pipeline.ts'
import { FEWEST_POINTS, historyOf, recentOf, useStatus } from '../../../api/status.ts'
import { to } from '../../../app/route.ts'
import { Mark } from '../../../part/badge.tsx'
import { formatRate } from '../../../part/format.ts'
import { Sparkline } from '../../../part/sparkline.tsx'
import { viewOf } from './view.ts'

type Props = { readonly part: GraphPart; readonly style: CSSProperties }

export function PartCard({ part, style }: Props): VNode {
  // A new view with each status: that is when there is something new to show.
  const status = useStatus((one) => one)
  const shown = status === undefined ? undefined : viewOf(part, status)
  const what = part.what === part.kind ? part.kind : `${part.kind} · ${part.what}`
  const tone = shown?.tone ?? 'off'
  const names = ['pipeline-card', `is-of-${part.kind}`, `has-${tone}`, shown?.trouble.length ? 'has-trouble' : '']
  return (
    <a class={names.join(' ')} href={to('pipeline', part.kind, part.name)} style={style}>
      <span class="pipeline-card-head">
        <span class="pipeline-card-what">{what}</span>
        {shown === undefined || shown.word === '' ? null : (
          <span class={`pipeline-card-state is-${tone}`}>
            <Mark tone={tone} />
            {shown.word}
          </span>
        )}
      </span>
      <span class="pipeline-card-name">{part.name}</span>
      {shown?.rate === undefined ? null : (
        <span class="pipeline-card-rate">
          <span class="num">{formatRate(recentOf(shown.series ?? ''))}</span>
          <Sparkline values={historyOf(shown.series ?? '')} points={FEWEST_POINTS} width={84} height={18} />
        </span>
      )}
      {shown === undefined ? null : (
        <span class="pipeline-card-facts" title={[...shown.trouble, ...shown.facts].join('\n')}>
          {shown.trouble[0] ?? shown.facts.join(' · ')}
        </span>
      )}
    </a>
  )
}
