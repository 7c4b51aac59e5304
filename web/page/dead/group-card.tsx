/** Dead letters of one kind and reason: how many, since when, an example with the place marked, and what can be done. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { ShownGroup } from '../../../src/server/api/dead.ts'
import { Badge } from '../../part/badge.tsx'
import { BytesText } from '../../part/bytes-text.tsx'
import { CodeBlock } from '../../part/code-block.tsx'
import { formatCount, formatDuration, formatTime } from '../../part/format.ts'
import { wordsOfKind } from './kinds.ts'
import { LetterList } from './letter-list.tsx'
import { PlaceLink } from './place-link.tsx'

type Props = { readonly topic: string; readonly group: ShownGroup; onSend(): void }

export function GroupCard({ topic, group, onSend }: Props): VNode {
  const [isOpen, setOpen] = useState(false)
  const { kind, reason, query, sink, count, sentAgain, canSend, firstAt, lastAt, first, last, record, byte } = group
  const { title, meaning } = wordsOfKind(kind)
  const left = count - sentAgain
  const isOne = first.partition === last.partition && first.offset === last.offset
  const times =
    firstAt === lastAt
      ? formatTime(firstAt, { withDay: true })
      : `${formatTime(firstAt, { withDay: true })} to ${formatTime(lastAt, { withDay: true })}`
  return (
    <li class="panel dead-group">
      <div class="dead-group-head">
        <strong class="dead-count">{formatCount(count)}</strong>
        <Badge tone={left <= 0 ? 'off' : 'warn'} title={meaning}>
          {title}
        </Badge>
        {query === null ? null : <span>{`in query ${query}`}</span>}
        {sink === null ? null : <span>{`sink ${sink}`}</span>}
        {sentAgain === 0 ? null : <Badge tone="good">{`${formatCount(sentAgain)} sent again`}</Badge>}
      </div>
      <h2 class="dead-reason">{reason}</h2>
      {record === null ? null : (
        // What scrolls has to be reached by the keyboard.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: as above
        <section class="dead-record" tabIndex={0} aria-label={`A record: ${reason}`}>
          <BytesText bytes={record} mark={byte ?? undefined} />
        </section>
      )}
      <p class="dead-place">
        {byte === null || record === null ? null : <span>{`it stopped fitting at byte ${formatCount(byte)}`}</span>}
        <span>{times}</span>
        <PlaceLink topic={topic} title={isOne ? 'record' : 'first'} place={first} />
        {isOne ? null : <PlaceLink topic={topic} title="last" place={last} />}
      </p>
      <Late group={group} />
      <div class="dead-actions">
        <button type="button" class="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Hide the letters' : 'Show the letters'}
        </button>
        {canSend ? (
          <button type="button" class="button" onClick={onSend} disabled={left <= 0}>
            Send again…
          </button>
        ) : null}
      </div>
      {isOpen ? <LetterList topic={topic} group={group.id} reason={reason} /> : null}
    </li>
  )
}

/** By how much late rows were late, the windows that they missed, and the command that counts them. */
function Late({ group: { lateMs, windows, repair, kind } }: { readonly group: ShownGroup }): VNode | null {
  if (lateMs === null) return null
  const { least, greatest } = lateMs
  const by = least === greatest ? formatDuration(least) : `${formatDuration(least)} to ${formatDuration(greatest)}`
  return (
    <div class="dead-late">
      <p>{`Late by ${by}.${windows === null ? '' : ` Windows from ${windows.from} to ${windows.to}.`}`}</p>
      {repair === null ? null : (
        <>
          <p>{`These rows are in their topic, and missing in ${kind === 'late' ? 'their windows' : 'some of their windows'}. This counts them:`}</p>
          <CodeBlock text={repair} label="The command that counts the late rows" />
        </>
      )}
    </div>
  )
}
