/** One key of an alert: how it stands, since when, its values, and who was told. On a phone its parts are below each other. */
import type { VNode } from 'preact'
import type { AlertKey, AlertView } from '../../../src/server/api/alerts.ts'
import { to } from '../../app/route.ts'
import { Badge } from '../../part/badge.tsx'
import { formatAgo, formatDuration, formatTime } from '../../part/format.ts'
import { Time } from '../../part/quantity.tsx'
import { keyText, SeverityBadge, StateBadge, toldText, Values } from './words.tsx'

type Props = {
  readonly alert: AlertView
  readonly standing: AlertKey
  /** When this was so. */
  readonly now: string
  /** Not given: it cannot be silenced from here. */
  readonly onSilence?: (() => void) | undefined
}

export function AlertItem({ alert, standing, now, onSilence }: Props): VNode {
  const { state, key, since, at, row, told, silencedUntil } = standing
  const name = keyText(key)
  return (
    <li class={`alert-item is-${state}`}>
      <div class="alert-head">
        <StateBadge state={state} />
        <SeverityBadge severity={alert.severity} />
        <a href={to('alerts', alert.name)} class="alert-name">
          {alert.name}
        </a>
        {name === '' ? null : <span class="alert-key">{name}</span>}
      </div>
      <div class="alert-times">
        <span>
          since <Time value={since} withDay /> ({formatAgo(since, now)})
        </span>
        {state === 'pending' ? <PendingFor alert={alert} since={since} now={now} /> : null}
        {at === null ? null : (
          <span>
            {state === 'resolved' ? 'resolved' : 'fired'} <Time value={at} withDay />
          </span>
        )}
        {silencedUntil === null ? null : (
          <Badge tone="off">silenced until {formatTime(silencedUntil, { withDay: true })}</Badge>
        )}
      </div>
      <Values of={row} />
      {told.length === 0 ? null : <p class="alert-told">{told.map(toldText).join(' · ')}</p>}
      {onSilence === undefined ? null : (
        <button
          type="button"
          class="button alert-silence"
          onClick={onSilence}
          aria-label={`Silence ${alert.name} ${name}`}
        >
          Silence…
        </button>
      )}
    </li>
  )
}

type PendingProps = { readonly alert: AlertView; readonly since: string; readonly now: string }

/** How long it has been pending of the time that it needs to fire, by the time that the alert has come to. */
function PendingFor({ alert, since, now }: PendingProps): VNode | null {
  const { forMs } = alert.rule
  if (forMs === null || forMs <= 0) return null
  const passed = Math.max(0, Math.min(forMs, Date.parse(alert.reached ?? now) - Date.parse(since)))
  const text = `${formatDuration(passed)} of ${formatDuration(forMs)}`
  return (
    <span class="alert-pending">
      <progress value={passed} max={forMs} aria-label={`pending for ${text}`} />
      {text}
    </span>
  )
}
