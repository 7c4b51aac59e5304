/** What has happened in an alert: bars over the last hours or days, and the rows of its topic in parts. */
import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Happened, HappenedPage } from '../../../src/server/api/alerts.ts'
import { useAnswer } from '../../api/use-answer.ts'
import { CutText } from '../../part/cut-text.tsx'
import { EmptyState } from '../../part/empty-state.tsx'
import { ErrorNote } from '../../part/error-note.tsx'
import { formatDuration, formatTime } from '../../part/format.ts'
import { Panel } from '../../part/page.tsx'
import { Pager } from '../../part/pager.tsx'
import { Time } from '../../part/quantity.tsx'
import { Table } from '../../part/table.tsx'
import { barsBetween, firingsOf } from './timeline.ts'
import { keyText, StateBadge, toldText } from './words.tsx'

const HOUR_MS = 3_600_000
const SPANS = [
  ['1 h', HOUR_MS],
  ['6 h', 6 * HOUR_MS],
  ['24 h', 24 * HOUR_MS],
  ['7 d', 168 * HOUR_MS],
] as const
/** Rows that are asked for the bars, and of one part of the table. */
const BAR_ROWS = 1000
const PART_ROWS = 50
const MOST_LINES = 20

type Props = {
  readonly alert: string
  /** Another one whenever something has happened. */
  readonly version: string
  /** Up to when the bars reach: the event time of the alert, or now. */
  readonly end: number
}

export function History({ alert, version, end }: Props): VNode {
  const [places, setPlaces] = useState<readonly string[]>([])
  const place = places.at(-1)
  const path = `/api/v1/alerts/${encodeURIComponent(alert)}/history`
  const bars = useAnswer<HappenedPage>(`${path}?limit=${BAR_ROWS}`)
  const part = useAnswer<HappenedPage>(`${path}?limit=${PART_ROWS}${place === undefined ? '' : `&after=${place}`}`)
  const shown = useRef(version)
  useEffect(() => {
    if (shown.current === version) return
    shown.current = version
    bars.reload()
    part.reload()
  }, [version, bars.reload, part.reload])
  const next = part.value?.next ?? undefined
  const error = part.error ?? bars.error
  return (
    <>
      <Timeline history={bars.value?.items ?? []} end={end} />
      <Panel title="History" isFlush>
        {error === undefined ? null : <ErrorNote error={error} onRetry={part.reload} />}
        <Table
          label="Table of the history"
          rows={part.value?.items ?? []}
          keyOf={({ id, state, at }) => `${id} ${state} ${at}`}
          empty={<EmptyState title={part.isLoading ? 'Loading…' : 'It has not fired yet.'} />}
          columns={COLUMNS}
        />
        {places.length === 0 && next === undefined ? null : (
          <Pager
            label="history"
            onBefore={places.length === 0 ? undefined : () => setPlaces(places.slice(0, -1))}
            onNext={next === undefined ? undefined : () => setPlaces([...places, next])}
          >
            part {places.length + 1}
          </Pager>
        )}
      </Panel>
    </>
  )
}

const COLUMNS = [
  { key: 'at', title: 'When', cell: ({ at }: Happened) => <Time value={at} withDay /> },
  { key: 'state', title: 'What', cell: ({ state }: Happened) => <StateBadge state={state} /> },
  { key: 'key', title: 'Key', cell: ({ key }: Happened) => <CutText text={keyText(key)} /> },
  {
    key: 'message',
    title: 'Message',
    cell: ({ message }: Happened) => <CutText text={message.replace(/\s+/g, ' ')} />,
  },
  {
    key: 'for',
    title: 'In trouble for',
    isNumber: true,
    cell: ({ since, at }: Happened) => formatDuration(Date.parse(at) - Date.parse(since)),
  },
  {
    key: 'row',
    title: 'Values',
    cell: ({ row }: Happened) => <CutText text={keyText(row)} />,
  },
  { key: 'told', title: 'Who was told', cell: ({ told }: Happened) => told.map(toldText).join(', ') },
]

type TimelineProps = { readonly history: readonly Happened[]; readonly end: number }

function Timeline({ history, end }: TimelineProps): VNode {
  const [hours, setHours] = useState<number>(24 * HOUR_MS)
  const start = end - hours
  const lines = barsBetween(firingsOf(history), { start, end, most: MOST_LINES })
  return (
    <Panel
      title="Timeline"
      actions={SPANS.map(([title, ms]) => (
        <button key={title} type="button" class="button" aria-pressed={ms === hours} onClick={() => setHours(ms)}>
          {title}
        </button>
      ))}
    >
      {lines.length === 0 ? <EmptyState title="Nothing fired in this time." /> : null}
      <div class="timeline">
        {lines.map(([key, bars]) => (
          <div key={key} class="timeline-line">
            <span class="timeline-key">{key || 'all'}</span>
            <svg
              class="timeline-bars"
              viewBox="0 0 1000 16"
              preserveAspectRatio="none"
              role="img"
              aria-label={`${key || 'all'}: ${bars.map(({ firing }) => firingText(firing)).join('; ')}`}
            >
              <path class="timeline-ground" d="M0 8H1000" />
              {bars.map(({ firing, from, fired, to }) => (
                <g key={firing.id}>
                  <title>{firingText(firing)}</title>
                  <rect
                    class="timeline-pending"
                    x={from * 1000}
                    y="6"
                    width={Math.max(0, fired - from) * 1000}
                    height="4"
                  />
                  <rect
                    class="timeline-firing"
                    x={fired * 1000}
                    y="2"
                    width={Math.max(2, (to - fired) * 1000)}
                    height="12"
                  />
                </g>
              ))}
            </svg>
          </div>
        ))}
        {lines.length === 0 ? null : (
          <div class="timeline-line timeline-axis" aria-hidden="true">
            <span />
            <span>
              <span>{formatTime(start, { withDay: true })}</span>
              <span>{formatTime(end, { withDay: true })}</span>
            </span>
          </div>
        )}
      </div>
    </Panel>
  )
}

function firingText({ since, fired, ended, message }: ReturnType<typeof firingsOf>[number]): string {
  const begin = formatTime(fired ?? since, { withDay: true })
  const span =
    ended === undefined ? `fires since ${begin}` : `fired at ${begin} for ${formatDuration(ended - (fired ?? since))}`
  return `${span}: ${message}`
}
