/** Words and marks for alerts: severities, keys, values, and what people have heard. */
import type { VNode } from 'preact'
import type { AlertKey, AlertRuleView, ToldBy } from '../../../src/server/api/alerts.ts'
import { Badge, type Tone } from '../../part/badge.tsx'
import { escapeHidden } from '../../part/escape-hidden.ts'
import { formatDuration, formatTime } from '../../part/format.ts'
import { plainText } from '../../rows/value.tsx'

const SEVERITIES: Record<string, Tone> = { critical: 'bad', warning: 'warn', info: 'busy' }

/** A severity as a word with a shape of its own. */
export const SeverityBadge = ({ severity }: { readonly severity: string }): VNode => (
  <Badge tone={SEVERITIES[severity] ?? 'off'}>{severity}</Badge>
)

type Values = { readonly [column: string]: unknown }

/** Columns of windows say nothing that `since` does not. */
const WINDOW = /^window_(start|end|time)$/

/** Characters of a value that are shown. */
const MOST_CHARACTERS = 200

function shownText(value: unknown, most: number): string {
  const text = plainText(value)
  return escapeHidden(text.length > most ? `${text.slice(0, most)}…` : text)
}

/** The values of a key or row, by column. A long one is cut. */
const shownValues = (values: Values, most: number = MOST_CHARACTERS): readonly (readonly [string, string])[] =>
  Object.entries(values)
    .filter(([column]) => !WINDOW.test(column))
    .map(([column, value]) => [column, shownText(value, most)])

/** A key or row in one line: `country DE`; an alert without a key has none. */
export const keyText = (key: Values, most?: number): string =>
  shownValues(key, most)
    .map(([column, value]) => `${column} ${value}`)
    .join(', ')

/** Columns with their values, as text that can be copied. */
export function Values({ of }: { readonly of: Values }): VNode | null {
  const shown = shownValues(of)
  if (shown.length === 0) return null
  return (
    <dl class="alert-values">
      {shown.map(([column, value]) => (
        <div key={column}>
          <dt>{column}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** Whether a notifier has told it, and when, or why not. */
export const toldText = ({ notifier, how, at }: ToldBy): string => {
  switch (how) {
    case 'told':
      return `${notifier} told at ${formatTime(at)}`
    case 'waiting':
      return `${notifier} not told yet`
    case 'silenced':
      return `${notifier} silenced`
    case 'old':
      return `${notifier} not told: too old`
    case 'new':
      return `${notifier} not told: it came later`
  }
}

const STATES: Record<AlertKey['state'], Tone> = { firing: 'bad', pending: 'warn', resolved: 'good' }

export const StateBadge = ({ state }: { readonly state: AlertKey['state'] | 'reminder' }): VNode => (
  <Badge tone={state === 'reminder' ? 'bad' : STATES[state]}>{state === 'reminder' ? 'still fires' : state}</Badge>
)

/** When an alert fires and is resolved, in one sentence of conditions and times. */
export function ruleWords({ when, clear, minCount, forMs, quietMs, absentMs, remindMs }: AlertRuleView): string {
  const parts: string[] = []
  if (absentMs !== null) parts.push(`Fires without a row for ${formatDuration(absentMs)}`)
  else if (when === null) parts.push('Fires for a source that cannot be reached')
  else parts.push(`Fires when ${when}`)
  if (forMs !== null && forMs > 0) parts[0] += ` for ${formatDuration(forMs)}`
  if (minCount !== null) parts.push(`counts rows with ${minCount}`)
  if (clear !== null) parts.push(`resolved when ${clear}`)
  if (quietMs !== null) parts.push(`resolved without a row for ${formatDuration(quietMs)}`)
  if (remindMs !== null) parts.push(`said again every ${formatDuration(remindMs)}`)
  return parts.join('; ')
}
