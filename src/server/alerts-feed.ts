/**
 * How the alerts stand. They are looked at once a second at most, for all open streams together. An event is another
 * one only where something has changed: the time that an alert has come to counts only while something is pending.
 */
import { slept } from '../base/clock.ts'
import { uuidOf } from '../base/uuid.ts'
import type { AlertsView } from '../run/alerts/standing.ts'
import { alertsOfRun } from '../run/alerts/view.ts'
import type { ServedRun } from '../run/served/served-run.ts'
import { openRunOf } from './open-run.ts'
import type { ServerEvent } from './routes/route.ts'

const STEP_MS = 1000

type AlertsEvent = ServerEvent & { readonly data: AlertsView }
type Look = { readonly at: number; readonly event: AlertsEvent }

const looks = new WeakMap<ServedRun, Look | Promise<Look>>()

/** How they stand now. Rejects with a RequestError while the pipeline is starting, or with the Failure of the bus. */
export async function lookAtAlerts(run: ServedRun): Promise<AlertsView> {
  const { parts, pipeline } = openRunOf(run)
  return await alertsOfRun(parts, pipeline, run.clock.now())
}

/** An event at once, unless `seen` was the last one, and then one whenever something has changed, until the signal is aborted. */
export async function* alertEvents(
  run: ServedRun,
  seen: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<AlertsEvent> {
  let last = seen
  do {
    const { event } = await lookOf(run)
    if (event.id !== last) yield event
    last = event.id
  } while (await slept(run.clock, STEP_MS, signal))
}

/** The look of this second. */
async function lookOf(run: ServedRun): Promise<Look> {
  const before = await looks.get(run)
  if (before !== undefined && run.clock.elapsed() - before.at < STEP_MS) return before
  const known = looks.get(run)
  if (known instanceof Promise) return known
  const looking = look(run, before)
  looks.set(run, looking)
  try {
    const now = await looking
    looks.set(run, now)
    return now
  } catch (error) {
    looks.delete(run)
    throw error
  }
}

async function look(run: ServedRun, before: Look | undefined): Promise<Look> {
  const data = await lookAtAlerts(run)
  const alerts = data.alerts.map((alert) => (alert.pending === 0 ? { ...alert, reached: null } : alert))
  const id = uuidOf({ ...data, at: null, alerts })
  const at = run.clock.elapsed()
  return before?.event.id === id ? { at, event: before.event } : { at, event: { event: 'alerts', id, data } }
}
