/** Records as they come, the newest first. As many as a person can look at are kept. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { RecordsEvent, ShownRecord } from '../../../src/server/api/topics.ts'
import { type LinkState, useEvents } from '../../api/events.ts'
import { Badge } from '../../part/badge.tsx'
import { ErrorNote } from '../../part/error-note.tsx'
import { formatCount } from '../../part/format.ts'
import { askedOf } from './record-start.ts'
import { type RecordsShown, RecordTable } from './record-table.tsx'

const KEPT = 200

type Came = { readonly records: readonly ShownRecord[]; readonly count: number; readonly passedOver: number }
const NOTHING: Came = { records: [], count: 0, passedOver: 0 }

export function LiveRecords({ topic, choice, ...shown }: RecordsShown): VNode {
  const [came, setCame] = useState<Came>(NOTHING)
  const [trouble, setTrouble] = useState<string | undefined>()
  const [link, setLink] = useState<LinkState>({ kind: 'connecting' })
  const [isPaused, setPaused] = useState(false)
  const query = askedOf({ ...choice, start: 'newest' })
  useEvents(isPaused ? null : `/api/v1/topics/${encodeURIComponent(topic)}/records/events?${query}`, {
    onState: setLink,
    onEvent({ event, data }) {
      if (event === 'trouble') return setTrouble((JSON.parse(data) as { readonly text: string }).text)
      if (event !== 'records') return
      const { items, passedOver } = JSON.parse(data) as RecordsEvent
      setTrouble(undefined)
      setCame((before) => ({
        records: [...items.toReversed(), ...before.records].slice(0, KEPT),
        count: before.count + items.length,
        passedOver: before.passedOver + passedOver,
      }))
    },
  })
  return (
    <>
      <div class="records-note records-live">
        <LiveState link={link} isPaused={isPaused} />
        <span>{cameText(came)}</span>
        <button type="button" class="button" onClick={() => setPaused(!isPaused)}>
          {isPaused ? 'Go on' : 'Pause'}
        </button>
        <button type="button" class="button" onClick={() => setCame(NOTHING)} disabled={came.count === 0}>
          Clear
        </button>
      </div>
      {trouble === undefined ? null : <ErrorNote error={trouble} />}
      <RecordTable records={came.records} {...shown} empty="Waiting for records…" />
    </>
  )
}

function LiveState({ link, isPaused }: { readonly link: LinkState; readonly isPaused: boolean }): VNode {
  if (isPaused) return <Badge tone="off">paused</Badge>
  if (link.kind === 'open') return <Badge tone="good">live</Badge>
  if (link.kind === 'connecting') return <Badge tone="busy">connecting</Badge>
  return <Badge tone="bad">{link.text}</Badge>
}

function cameText({ count, passedOver }: Came): string {
  const more = passedOver === 0 ? '' : `; ${formatCount(passedOver)} more went by too fast to be shown`
  const kept = count > KEPT ? `, the last ${KEPT} of them here` : ''
  return `${formatCount(count)} came${kept}${more}`
}
