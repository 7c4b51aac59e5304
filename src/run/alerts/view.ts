/**
 * How the alerts of a pipeline stand, as plain data: what `tailrace alerts --json` prints. A pipeline that runs says it
 * itself; of one that is stopped, it is what its topics and its folder say, without what was pending.
 */

import { toldIn } from '../../alert/journal.ts'
import { type Silence, silenceId } from '../../alert/silences.ts'
import type { Disk } from '../../base/disk/disk.ts'
import type { TopicReader } from '../../bus/bus.ts'
import { scratchOf } from '../../data/data-folder.ts'
import { alertTopic, type CheckedAlert, type CheckedPipeline } from '../../pipeline/checked.ts'
import type { Parts } from '../parts.ts'
import { alertCounts } from '../status/alert-status.ts'
import { isoOrNull, isoText } from '../status/clock-status.ts'
import { lastResolved, lastRows } from './happened.ts'
import { type About, keyOfRow, MOST_STANDING, standingKeys } from './keys.ts'
import type { AlertRuleView, AlertsView, AlertView, SilenceView } from './standing.ts'

/** Resolved keys that are shown. */
const LATELY = 10

/** The alerts of a pipeline at work. Rejects with the Failure of the bus. */
export async function alertsOfRun(parts: Parts, pipeline: CheckedPipeline, now: number): Promise<AlertsView> {
  const { sinks, topics, silences, context } = parts
  const views = pipeline.alerts.map(async (alert): Promise<AlertView> => {
    const tellers = sinks.all().filter((sink) => sink.alert === alert.name)
    const labelOf = (sink: string) => pipeline.sinks.find(({ name }) => name === sink)?.telling?.label ?? sink
    const about = aboutAlert(alert, parts, pipeline)
    const topic = topics.get(alert.name)?.topic
    const resolved = topic === undefined ? [] : await lastResolved(topic, LATELY)
    const { firing, pending } = alertCounts(alert, parts) ?? { firing: 0, pending: 0 }
    return {
      ...headOf(alert, pipeline),
      reached: isoOrNull(reachedBy(alert, parts, now)),
      firing,
      pending,
      notifiers: tellers.map(({ name, trouble }) => {
        const text = trouble()
        return { name: labelOf(name), trouble: text === undefined ? null : pipeline.mask(text) }
      }),
      keys: [...standingKeys(parts, about), ...resolved.map((row) => keyOfRow(row, about))],
    }
  })
  const alerts = await Promise.all(views)
  return {
    at: isoText(context.clock.now()),
    isRunning: true,
    timezone: pipeline.timezone,
    alerts,
    silences: shownSilences(silences.all(), now),
  }
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
      ...headOf(alert, pipeline),
      firing: firing.length,
      pending: 0,
      notifiers: heard.map(({ notifier }) => ({ name: notifier, trouble: null })),
      keys: [...firing.slice(-MOST_STANDING), ...resolved].map((row) => keyOfRow(row, about)),
    }
  })
  const alerts = await Promise.all(views)
  return {
    at: isoText(now),
    isRunning: false,
    timezone: pipeline.timezone,
    alerts,
    silences: shownSilences(silences, now),
  }
}

/** What people have heard of an alert of a pipeline at work, and what is silenced of it. */
export function aboutAlert(alert: CheckedAlert, { sinks, silences }: Parts, pipeline: CheckedPipeline): About {
  const tellers = sinks.all().filter((sink) => sink.alert === alert.name)
  const labelOf = (sink: string) => pipeline.sinks.find(({ name }) => name === sink)?.telling?.label ?? sink
  const heard = tellers.map(({ name, account }) => ({ notifier: labelOf(name), ...account() }))
  return { alert, heard, silencedUntil: (key) => silences.until(alert.name, key) }
}

/** The time that an alert counts by; undefined where it has seen none. */
function reachedBy({ name, query }: CheckedAlert, { queries }: Parts, now: number): number | undefined {
  if (query === undefined) return now
  return queries?.queries.find((one) => one.name === name)?.graph.reached()
}

type Head = Pick<AlertView, 'name' | 'severity' | 'from' | 'key' | 'rule' | 'reached'>

function headOf(alert: CheckedAlert, { mask }: CheckedPipeline): Head {
  const { name, severity, from, key } = alert
  return { name, severity, from: from ?? null, key, rule: ruleOf(alert, mask), reached: null }
}

function ruleOf({ conditions, query, unreachableMs }: CheckedAlert, mask: CheckedPipeline['mask']): AlertRuleView {
  const shown = (text: string | undefined) => (text === undefined ? null : mask(text))
  const { watches, remindMs = null } = query?.query.alert ?? {}
  const isWhen = watches?.kind === 'when'
  return {
    when: shown(conditions.when),
    clear: shown(conditions.clear),
    minCount: shown(conditions.minCount),
    forMs: (isWhen ? watches.forMs : unreachableMs) ?? null,
    quietMs: (isWhen ? watches.quietMs : undefined) ?? null,
    absentMs: watches?.kind === 'absent' ? watches.absentMs : null,
    remindMs,
  }
}

/** Silences that have not ended. */
export const shownSilences = (silences: readonly Silence[], now: number): readonly SilenceView[] =>
  silences
    .filter(({ until }) => until > now)
    .map((one) => ({ ...one, id: silenceId(one), until: isoText(one.until), reason: one.reason ?? null }))
