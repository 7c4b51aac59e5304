/** The dead letters of a topic: groups by kind and reason, the most frequent first, and the letters of a group that is opened. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { DeadGroups } from '../../../src/server/api/dead.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { goTo, to } from '../../app/route.ts'
import { EmptyState } from '../../part/empty-state.tsx'
import { ErrorNote } from '../../part/error-note.tsx'
import { formatCount, plural } from '../../part/format.ts'
import { Page } from '../../part/page.tsx'
import { type DeadChoice, DeadFilter, deadAddressOf, deadChoiceOf } from './dead-filter.tsx'
import { GroupCard } from './group-card.tsx'
import { SendAgainDialog, type ToSend } from './send-again-dialog.tsx'

type Props = { readonly topic: string; readonly query: URLSearchParams }

const STEP_MS = 3000
const LIMIT = 100

export function DeadTopic({ topic, query }: Props): VNode {
  const choice = deadChoiceOf(query)
  const asked = deadAddressOf(choice)
  asked.set('limit', String(LIMIT))
  const path = `/api/v1/topics/${encodeURIComponent(topic)}/dead`
  const { value, error, reload } = useAnswer<DeadGroups>(`${path}?${asked}`, STEP_MS)
  const [toSend, setToSend] = useState<ToSend | undefined>()
  const choose = (next: DeadChoice): void => goTo(`${to('dead', topic)}?${deadAddressOf(next)}`, { replace: true })
  const items = value?.items ?? []
  const isAll = deadAddressOf(choice).size === 0
  return (
    <Page
      title={`Dead letters of ${topic}`}
      above={<a href={to('dead')}>Dead letters</a>}
      aside={value === undefined ? undefined : <span>{plural(value.kept, 'letter')}</span>}
      actions={
        <>
          <a class="button" href={to('topics', topic)}>
            The topic
          </a>
          <button
            type="button"
            class="button"
            disabled={!items.some(({ canSend }) => canSend)}
            onClick={() => setToSend({ groups: items, choice })}
          >
            {isAll ? 'Send all again…' : 'Send these again…'}
          </button>
        </>
      }
    >
      <DeadFilter key={query.toString()} choice={choice} onChoose={choose} />
      {error === undefined ? null : <ErrorNote error={error} onRetry={reload} />}
      {value === undefined ? null : <Progress groups={value} />}
      {value !== undefined && items.length === 0 ? <Nothing isAll={isAll} /> : null}
      <ul class="dead-groups">
        {items.map((group) => (
          <GroupCard
            key={group.id}
            topic={topic}
            group={group}
            onSend={() => setToSend({ groups: [group], choice: { group: group.id } })}
          />
        ))}
      </ul>
      {value?.next == null ? null : <p class="muted">{`The ${LIMIT} most frequent are shown.`}</p>}
      {toSend === undefined ? null : (
        <SendAgainDialog topic={topic} toSend={toSend} onClose={() => setToSend(undefined)} onSent={reload} />
      )}
    </Page>
  )
}

const Nothing = ({ isAll }: { readonly isAll: boolean }): VNode =>
  isAll ? (
    <EmptyState title="There are no dead letters." />
  ) : (
    <EmptyState title="No dead letter is like this.">Choose less to see more.</EmptyState>
  )

/** Where letters are still being read. */
function Progress({ groups: { kept, looked } }: { readonly groups: DeadGroups }): VNode | null {
  if (looked >= kept) return null
  return (
    <p class="muted" role="status">
      {`${formatCount(looked)} of ${formatCount(kept)} letters were read so far; the numbers below still grow.`}
    </p>
  )
}
