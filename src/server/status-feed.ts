/**
 * The status as `tailrace status --json` prints it: with what the bus tells, with rates, and with what is wrong in words. However
 * many ask, the bus is looked at once a second at most, and however many streams send it, each status is one event.
 */
import { type Clock, slept } from '../base/clock.ts'
import { describeFailure, Failure } from '../base/failure.ts'
import type { Duration } from '../base/quantity.ts'
import type { BusLook } from '../bus/look.ts'
import type { ServedRun } from '../run/served/served-run.ts'
import { withRates } from '../run/status/rates.ts'
import type { PartTrouble, PipelineStatus } from '../run/status/status.ts'
import { withTrouble } from '../run/status/trouble.ts'
import { withBus } from '../run/status/with-bus.ts'
import type { ServerEvent } from './server-event.ts'

/** Rates are the differences of two looks, which are this far apart at least. */
const STEP_MS: Duration = 1000
/** A look that is older says nothing about the rates of now. */
const OLD_MS: Duration = 10_000
/** How long brokers may take to answer. */
const BUS_WAIT_MS: Duration = 5000

export type StatusFeed = {
  /** The status of now, a second old at most; the first one after a while takes a second, for its rates. */
  status(): Promise<PipelineStatus>
  /** The status each second, with its number as id, until the signal is aborted. A client that has seen `after` waits for the next. */
  events(after: string | undefined, signal: AbortSignal): AsyncIterable<ServerEvent>
}

type Look = { readonly at: Duration; readonly status: PipelineStatus }

/** A feed that has looked at nothing yet. It waits for nothing any more once `stop` is aborted. */
export function openStatusFeed(run: ServedRun, stop: AbortSignal): StatusFeed {
  const { clock } = run
  let before: Look | undefined
  let last: Look | undefined
  let asking: Promise<PipelineStatus> | undefined
  const look = async (): Promise<Look> => ({ at: clock.elapsed(), status: await lookAt(run) })
  const age = (one: Look | undefined) => (one === undefined ? Number.POSITIVE_INFINITY : clock.elapsed() - one.at)
  const ask = async (): Promise<PipelineStatus> => {
    if (age(before) > OLD_MS) {
      before = await look()
      await slept(clock, STEP_MS, stop)
    }
    const now = await look()
    const status = before === undefined ? now.status : withRates(before.status, now.status)
    before = now
    last = { at: now.at, status }
    return status
  }
  const status = () => {
    if (last !== undefined && age(last) < STEP_MS) return Promise.resolve(last.status)
    asking ??= ask().finally(() => (asking = undefined))
    return asking
  }
  return { status, events: openEvents({ clock, status, stop }) }
}

type Feeding = Pick<StatusFeed, 'status'> & { readonly clock: Clock; readonly stop: AbortSignal }

/** One tick each second for all streams, for as long as there are any. */
function openEvents({ clock, status, stop }: Feeding): StatusFeed['events'] {
  // Ids of an earlier run of the process must not be taken for those of this one.
  const began = clock.now()
  let count = 0
  let current: { readonly at: Duration; readonly event: ServerEvent } | undefined
  let next: Promise<ServerEvent | undefined> | undefined
  const tick = async () => {
    const wait = current === undefined ? 0 : current.at + STEP_MS - clock.elapsed()
    if (wait > 0 && !(await slept(clock, wait, stop))) return undefined
    const event = { event: 'status', id: `${began}-${count++}`, data: await status() }
    current = { at: clock.elapsed(), event }
    return event
  }
  const behind = (seen: string | undefined): Promise<ServerEvent | undefined> => {
    const isFresh = current !== undefined && clock.elapsed() - current.at < STEP_MS
    if (current !== undefined && isFresh && current.event.id !== seen) return Promise.resolve(current.event)
    next ??= tick().finally(() => (next = undefined))
    return next
  }
  return async function* events(after, signal) {
    for (let seen = after; !signal.aborted; ) {
      const event = await behind(seen)
      if (event === undefined) return
      seen = event.id
      yield event
    }
  }
}

async function lookAt(run: ServedRun): Promise<PipelineStatus> {
  const looked = await busOf(run)
  // Behind the look: the bounds and places of the process are then the newer ones.
  const status = run.status()
  if (looked === undefined) return withTrouble(status)
  if (looked instanceof Failure) return withTrouble(status, [{ part: 'bus', text: describeFailure(looked) }])
  const trouble = looked.trouble.map((text): PartTrouble => ({ part: 'bus', text }))
  return withTrouble(withBus(status, looked, false), trouble)
}

/** What the bus tells; the Failure where it cannot. */
async function busOf({ clock, look }: ServedRun): Promise<BusLook | Failure | undefined> {
  const done = new AbortController()
  const late = slept(clock, BUS_WAIT_MS, done.signal).then(
    () => new Failure('io', `the bus did not answer within ${BUS_WAIT_MS / 1000} s`, { retryable: true }),
  )
  try {
    return await Promise.race([look(), late])
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  } finally {
    done.abort()
  }
}
