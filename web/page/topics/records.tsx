/** The records of a topic: page by page from a place, or as they come. A record that is opened is shown in full. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { TopicStatus } from '../../../src/server/api/status.ts'
import type { RecordsPage, ShownRecord, TopicColumn } from '../../../src/server/api/topics.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { goTo, to } from '../../app/route.ts'
import { EmptyState } from '../../part/empty-state.tsx'
import { ErrorNote } from '../../part/error-note.tsx'
import { formatCount, plural } from '../../part/format.ts'
import { Panel } from '../../part/page.tsx'
import { Pager } from '../../part/pager.tsx'
import { LiveRecords } from './live-records.tsx'
import { RecordDialog } from './record-dialog.tsx'
import { addressOf, askedOf, choiceOf, type RecordChoice } from './record-start.ts'
import { type RecordsShown, RecordTable } from './record-table.tsx'
import { RecordsForm } from './records-form.tsx'

type Props = { readonly topic: TopicStatus; readonly columns: readonly TopicColumn[]; readonly query: URLSearchParams }

export function Records({ topic, columns, query }: Props): VNode {
  const { name, partitions } = topic
  const [isLive, setLive] = useState(false)
  const [isRaw, setRaw] = useState(false)
  const [open, setOpen] = useState<ShownRecord | undefined>()
  const choice = choiceOf(query)
  const key = askedOf(choice).toString()
  const choose = (next: RecordChoice): void => goTo(`${to('topics', name)}?${addressOf(next)}`, { replace: true })
  const shown = {
    topic: name,
    choice,
    columns: isRaw ? [] : columns,
    onOpen: setOpen,
    isOpen: (one: ShownRecord) => one === open,
  }
  return (
    <Panel
      title="Records"
      isFlush
      actions={
        <>
          {columns.length === 0 ? null : (
            <button type="button" class="button" aria-pressed={isRaw} onClick={() => setRaw(!isRaw)}>
              {isRaw ? 'Show columns' : 'Show as they are'}
            </button>
          )}
          <button type="button" class="button" aria-pressed={isLive} onClick={() => setLive(!isLive)}>
            {isLive ? 'Stop live' : 'Live'}
          </button>
        </>
      }
    >
      <RecordsForm key={`form ${key}`} choice={choice} partitions={partitions.length} onChoose={choose} />
      {isLive ? <LiveRecords key={key} {...shown} /> : <RecordPages key={key} {...shown} />}
      {open === undefined ? null : <RecordDialog topic={name} record={open} onClose={() => setOpen(undefined)} />}
    </Panel>
  )
}

const LIMIT = 50

function RecordPages({ topic, choice, ...shown }: RecordsShown): VNode {
  /** What brought each page after the first. */
  const [cursors, setCursors] = useState<readonly string[]>([])
  const query = askedOf(choice)
  query.set('limit', String(LIMIT))
  const after = cursors.at(-1)
  if (after !== undefined) query.set('after', after)
  // The order is that of the start: a place to go on from does not say it.
  if (choice.start !== 'newest') query.set('order', 'oldest')
  const { value, error, isLoading, reload } = useAnswer<RecordsPage>(
    `/api/v1/topics/${encodeURIComponent(topic)}/records?${query}`,
  )
  if (error !== undefined) return <ErrorNote error={error} onRetry={reload} />
  if (value === undefined) return <EmptyState title="Loading…" />
  const { items, next, looked } = value
  const isOldest = choice.start !== 'newest'
  return (
    <>
      {choice.search === '' ? null : <p class="records-note">{searchText(items.length, looked, next !== null)}</p>}
      <RecordTable records={items} {...shown} empty={emptyText(choice, next !== null)} />
      <Pager
        label="records"
        beforeTitle={isOldest ? 'Before' : 'Newer'}
        nextTitle={choice.search !== '' ? 'Look on' : isOldest ? 'Next' : 'Older'}
        onBefore={cursors.length === 0 ? undefined : () => setCursors(cursors.slice(0, -1))}
        onNext={next === null ? undefined : () => setCursors([...cursors, next])}
      >
        <button type="button" class="link-button" onClick={reload} disabled={isLoading}>
          {isLoading ? 'Loading…' : `Page ${cursors.length + 1}, load again`}
        </button>
      </Pager>
    </>
  )
}

const searchText = (found: number, looked: number, hasMore: boolean): string =>
  `${plural(found, 'record')} found among the ${formatCount(looked)} that were looked at${hasMore ? '; there are more to look at' : ', which are all'}.`

function emptyText({ search, start }: RecordChoice, hasMore: boolean): string {
  if (hasMore) return 'Nothing found so far: look on.'
  if (search !== '') return 'No record has this text.'
  return start === 'newest' || start === 'earliest'
    ? 'The topic has no records here.'
    : 'There are no records from there on.'
}
