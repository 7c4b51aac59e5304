/** The letters of a group one by one, the newest first. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { LettersPage, ShownLetter } from '../../../src/server/api/dead.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { Badge } from '../../part/badge.tsx'
import { BytesText } from '../../part/bytes-text.tsx'
import { EmptyState } from '../../part/empty-state.tsx'
import { ErrorNote } from '../../part/error-note.tsx'
import { formatCount, formatTime, plural } from '../../part/format.ts'
import { Pager } from '../../part/pager.tsx'
import { PlaceLink } from './place-link.tsx'

type Props = {
  readonly topic: string
  readonly group: string
  /** The reason that the group has: letters with another one say theirs. */
  readonly reason: string
}

const LIMIT = 20

export function LetterList({ topic, group, reason }: Props): VNode {
  const [cursors, setCursors] = useState<readonly string[]>([])
  const query = new URLSearchParams({ group, limit: String(LIMIT) })
  const after = cursors.at(-1)
  if (after !== undefined) query.set('after', after)
  const { value, error, reload } = useAnswer<LettersPage>(
    `/api/v1/topics/${encodeURIComponent(topic)}/dead/letters?${query}`,
  )
  if (error !== undefined) return <ErrorNote error={error} onRetry={reload} />
  if (value === undefined) return <EmptyState title="Loading…" />
  const { items, next, looked } = value
  return (
    <div class="dead-letters">
      <ul>
        {items.map((letter) => (
          <Letter key={`${letter.partition}:${letter.offset}`} topic={topic} letter={letter} common={reason} />
        ))}
      </ul>
      {items.length === 0 ? <EmptyState title="None found yet: look on." /> : null}
      {next === null && cursors.length === 0 ? null : (
        <Pager
          label="letters"
          onBefore={cursors.length === 0 ? undefined : () => setCursors(cursors.slice(0, -1))}
          onNext={next === null ? undefined : () => setCursors([...cursors, next])}
        >
          {`Page ${cursors.length + 1}; ${formatCount(looked)} letters looked at`}
        </Pager>
      )}
    </div>
  )
}

type LetterProps = { readonly topic: string; readonly letter: ShownLetter; readonly common: string }

function Letter({ topic, letter, common }: LetterProps): VNode {
  const { at, of, reason, record, byte, rows, wasSent } = letter
  return (
    <li>
      <p class="dead-place">
        <time class="num" dateTime={at}>
          {formatTime(at, { withDay: true })}
        </time>
        {of === null ? null : <PlaceLink topic={topic} title={rows > 1 ? `from` : 'record'} place={of} />}
        {rows > 1 ? <span>{plural(rows, 'row')}</span> : null}
        {wasSent ? <Badge tone="good">sent again</Badge> : null}
      </p>
      {reason === common ? null : <p>{reason}</p>}
      {record === null ? null : <BytesText bytes={record} mark={byte ?? undefined} />}
    </li>
  )
}
