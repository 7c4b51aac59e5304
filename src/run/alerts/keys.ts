/** The keys of an alert: how each stands, what its last row was, and what people have heard of it. */
import type { Account } from '../../alert/journal.ts'
import type { CheckedAlert } from '../../pipeline/checked.ts'
import { ALERT_FIELDS } from '../../sql/plan/alert.ts'
import type { Parts } from '../parts.ts'
import { isoOrNull, isoText } from '../status/clock-status.ts'
import type { AlertKey, ToldBy } from './standing.ts'

/** Most keys of an alert that are shown: those that fire first. */
export const MOST_STANDING = 1000

type Values = { readonly [column: string]: unknown }

/** What people have heard about the firings of an alert, from each notifier. */
export type About = {
  readonly alert: CheckedAlert
  readonly heard: readonly (Account & { readonly notifier: string })[]
  silencedUntil(key: Values): number | undefined
}

/** Keys that are pending or firing. */
export function standingKeys({ queries, unreachable }: Parts, about: About): readonly AlertKey[] {
  const { alert } = about
  if (alert.query === undefined) {
    return unreachable.standing().map(({ source, since, fired, id, reason }) => {
      const state = fired === undefined ? 'pending' : 'firing'
      return keyView({ state, id: id ?? null, since, at: fired, key: { source }, row: { reason } }, about)
    })
  }
  const query = queries?.queries.find(({ name }) => name === alert.name)
  return (query?.graph.standing(MOST_STANDING) ?? []).map(({ state, id, since, fired, row }) => {
    const values = JSON.parse(row) as Values
    const key = Object.fromEntries(alert.key.map((column) => [column, values[column]]))
    const rest = Object.fromEntries(Object.entries(values).filter(([column]) => !alert.key.includes(column)))
    return keyView({ state, id: id === '' ? null : id, since, at: fired, key, row: rest }, about)
  })
}

/** A row in the topic of an alert. */
export type AlertTopicRow = Values & {
  readonly id: string
  readonly state: string
  readonly since: string
  readonly at: string
}

/** The key of a row in the topic of an alert. */
export function keyOfRow(row: AlertTopicRow, about: About): AlertKey {
  const { id, state, since, at } = row
  const values = columnsOf(row, about.alert)
  const isKey = (column: string) => about.alert.key.includes(column)
  const [key, rest] = [true, false].map((wanted) =>
    Object.fromEntries(values.filter(([column]) => isKey(column) === wanted)),
  )
  const [from, to] = [since, at].map((time) => Date.parse(time))
  const shown = state === 'resolved' ? 'resolved' : 'firing'
  return keyView({ state: shown, id, since: from ?? 0, at: to, key: key ?? {}, row: rest ?? {} }, about)
}

/** The columns of the query in a row of the alert, by their names in the query. */
function columnsOf(
  row: AlertTopicRow,
  { query }: CheckedAlert,
): readonly (readonly [column: string, value: unknown])[] {
  const plan = query?.query.plan
  if (plan?.kind === 'alert') {
    const { fields, alert, input } = plan
    const own = input.fields.slice(0, alert.width)
    return own.map(({ name }, index) => [name, row[fields[ALERT_FIELDS.length + index]?.name ?? name]])
  }
  const lead = new Set(ALERT_FIELDS.map(({ name }) => name))
  return Object.entries(row).filter(([column]) => !lead.has(column))
}

type Shown = Pick<AlertKey, 'state' | 'id' | 'key' | 'row'> & {
  readonly since: number
  readonly at: number | undefined
}

function keyView({ state, id, since, at, key, row }: Shown, { heard, silencedUntil }: About): AlertKey {
  const told = heard.map(({ notifier, joined = -Infinity, heard: all }): ToldBy => {
    const found = all.find((one) => one.id === id && (one.state === 'resolved') === (state === 'resolved'))
    if (found === undefined) return { notifier, how: (at ?? since) < joined ? 'new' : 'waiting', at: null }
    return { notifier, how: found.why, at: isoText(found.at) }
  })
  return {
    state,
    id,
    key,
    since: isoText(since),
    at: isoOrNull(at),
    row,
    told: id === null ? [] : told,
    silencedUntil: isoOrNull(silencedUntil(key)),
  }
}
