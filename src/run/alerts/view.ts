/**
 * How the alerts of a pipeline stand, as plain data: what `tailrace alerts --json` prints. A pipeline that runs says it
 * itself; of one that is stopped, it is what its topics and its folder say, without what was pending.
 */

import type { Account } from '../../alert/journal.ts'
import { toldIn } from '../../alert/journal.ts'
import type { Silence } from '../../alert/silences.ts'
import type { Disk } from '../../base/disk/disk.ts'
import type { TopicReader } from '../../bus/bus.ts'
import { offsetsOf } from '../../bus/fetched.ts'
import { scratchOf } from '../../data/data-folder.ts'
import { alertTopic, type CheckedAlert, type CheckedPipeline } from '../../pipeline/checked.ts'
import { ALERT_FIELDS } from '../../sql/plan/alert.ts'
import { readTexts } from '../../topic/read-texts.ts'
import type { Parts } from '../parts.ts'
import { alertCounts } from '../status/alert-status.ts'
import { isoOrNull, isoText } from '../status/clock-status.ts'

/** Most keys of an alert that are shown: those that fire first. */
const MOST_KEYS = 1000
/** Rows at the end of an alert's topic that are looked at: for what was resolved, and all that a stopped pipeline says. */
const LAST_ROWS = 5000
/** Resolved keys that are shown. */
const LATELY = 10

type Values = { readonly [column: string]: unknown }

/** What people have heard about a key from one notifier. */
export type ToldBy = {
  readonly notifier: string
  /** `waiting`: it is not told yet. `new`: the notifier came later, and others have told it. Of both, `at` is null. */
  readonly how: 'told' | 'old' | 'silenced' | 'waiting' | 'new'
  readonly at: string | null
}

/** One key. Times are texts in ISO 8601. */
export type AlertKey = {
  readonly state: 'firing' | 'pending' | 'resolved'
  /** null while it is pending. */
  readonly id: string | null
  readonly key: Values
  readonly since: string
  /** When it fired, or was resolved; null while it is pending. */
  readonly at: string | null
  /** The other columns of its last row. */
  readonly row: Values
  readonly told: readonly ToldBy[]
  readonly silencedUntil: string | null
}

export type AlertView = {
  readonly name: string
  readonly severity: string
  /** The query that it watches; null: it is `unreachable`. */
  readonly from: string | null
  readonly notifiers: readonly { readonly name: string; readonly trouble: string | null }[]
  /** How many keys stand so, also those that are not among `keys`. */
  readonly firing: number
  readonly pending: number
  readonly keys: readonly AlertKey[]
}

export type AlertsView = {
  readonly at: string
  readonly isRunning: boolean
  readonly alerts: readonly AlertView[]
  readonly silences: readonly (Omit<Silence, 'until'> & { readonly until: string })[]
}

/** The alerts of a pipeline at work. Rejects with the Failure of the bus. */
export async function alertsOfRun(parts: Parts, pipeline: CheckedPipeline, now: number): Promise<AlertsView> {
  const { sinks, topics, silences, context } = parts
  const views = pipeline.alerts.map(async (alert): Promise<AlertView> => {
    const tellers = sinks.all().filter((sink) => sink.alert === alert.name)
    const labelOf = (sink: string) => pipeline.sinks.find(({ name }) => name === sink)?.telling?.label ?? sink
    const heard = tellers.map(({ name, account }) => ({ notifier: labelOf(name), ...account() }))
    const topic = topics.get(alert.name)?.topic
    const resolved = topic === undefined ? [] : (await lastRows(topic)).filter(({ state }) => state === 'resolved')
    const about: About = { alert, heard, silencedUntil: (key) => silences.until(alert.name, key) }
    const { firing, pending } = alertCounts(alert, parts) ?? { firing: 0, pending: 0 }
    return {
      ...headOf(alert),
      firing,
      pending,
      notifiers: tellers.map(({ name, trouble }) => {
        const text = trouble()
        return { name: labelOf(name), trouble: text === undefined ? null : pipeline.mask(text) }
      }),
      keys: [...standingKeys(parts, about), ...resolved.slice(-LATELY).map((row) => keyOf(row, about))],
    }
  })
  const alerts = await Promise.all(views)
  return { at: isoText(context.clock.now()), isRunning: true, alerts, silences: shownSilences(silences.all(), now) }
}

type Stopped = {
  readonly disk: Disk
  readonly dataFolder: string
  readonly silences: readonly Silence[]
  readonly now: number
  /** The topic of that name on the bus; undefined where there is none. */
  topic(name: string): Promise<TopicReader | undefined>
}

/** The alerts of a pipeline that no process runs. Rejects with the Failure of the bus. */
export async function alertsOfStopped(pipeline: CheckedPipeline, stopped: Stopped): Promise<AlertsView> {
  const { disk, dataFolder, silences, now } = stopped
  const views = pipeline.alerts.map(async (alert): Promise<AlertView> => {
    const tellers = pipeline.sinks.filter(({ telling }) => telling?.alert === alert.name)
    const heard = tellers.map(({ name, telling }) => {
      return { notifier: telling?.label ?? name, ...toldIn(disk, scratchOf(dataFolder, name)) }
    })
    const topic = await stopped.topic(alertTopic(pipeline.name, alert.name))
    const rows = topic === undefined ? [] : await lastRows(topic)
    const lately = [...new Map(rows.map((row) => [row.id, row])).values()]
    const about: About = { alert, heard, silencedUntil: () => undefined }
    const firing = lately.filter(({ state }) => state !== 'resolved')
    const resolved = lately.filter(({ state }) => state === 'resolved').slice(-LATELY)
    return {
      ...headOf(alert),
      firing: firing.length,
      pending: 0,
      notifiers: heard.map(({ notifier }) => ({ name: notifier, trouble: null })),
      keys: [...firing.slice(-MOST_KEYS), ...resolved].map((row) => keyOf(row, about)),
    }
  })
  const alerts = await Promise.all(views)
  return { at: isoText(now), isRunning: false, alerts, silences: shownSilences(silences, now) }
}

const headOf = ({ name, severity, from }: CheckedAlert) => ({ name, severity, from: from ?? null })

const shownSilences = (silences: readonly Silence[], now: number): AlertsView['silences'] =>
  silences.filter(({ until }) => until > now).map((one) => ({ ...one, until: isoText(one.until) }))

/** What people have heard about the firings of an alert, from each notifier. */
type About = {
  readonly alert: CheckedAlert
  readonly heard: readonly (Account & { readonly notifier: string })[]
  silencedUntil(key: Values): number | undefined
}

function standingKeys({ queries, unreachable }: Parts, about: About): readonly AlertKey[] {
  const { alert } = about
  if (alert.query === undefined) {
    return unreachable.standing().map(({ source, since, fired, id, reason }) => {
      const state = fired === undefined ? 'pending' : 'firing'
      return keyView({ state, id: id ?? null, since, at: fired, key: { source }, row: { reason } }, about)
    })
  }
  const query = queries?.queries.find(({ name }) => name === alert.name)
  return (query?.graph.standing(MOST_KEYS) ?? []).map(({ state, id, since, fired, row }) => {
    const values = JSON.parse(row) as Values
    const key = Object.fromEntries(alert.key.map((column) => [column, values[column]]))
    const rest = Object.fromEntries(Object.entries(values).filter(([column]) => !alert.key.includes(column)))
    return keyView({ state, id: id === '' ? null : id, since, at: fired, key, row: rest }, about)
  })
}

type Row = Values & { readonly id: string; readonly state: string; readonly since: string; readonly at: string }

/** The key of a row in the topic of an alert. */
function keyOf(row: Row, about: About): AlertKey {
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
function columnsOf(row: Row, { query }: CheckedAlert): readonly (readonly [column: string, value: unknown])[] {
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

/** The last rows of a topic, oldest first. */
async function lastRows(topic: TopicReader): Promise<readonly Row[]> {
  await topic.refresh()
  const from = offsetsOf(topic.partitions, (partition) => {
    const { start, end } = topic.bounds(partition)
    return Math.max(start, end - LAST_ROWS)
  })
  const rows: Row[] = []
  for await (const { text } of readTexts(topic, from)) rows.push(JSON.parse(text) as Row)
  return rows
}
