/** What a topic says about event time besides its watermark: `idle` and `max_ahead`, with their defaults. */
import { DAY_MS } from '../../base/calendar.ts'
import type { Duration } from '../../base/quantity.ts'
import { zoneRules } from '../../base/timezone.ts'
import type { Field } from '../../record/type.ts'
import { sources } from '../../source/all.ts'
import type { MaxAhead } from '../../topic/from-the-future.ts'
import { chosenBus } from './bus.ts'
import type { Checking } from './checking.ts'

/** A wrong zone is at most 14 hours; a wrong year, or milliseconds taken for seconds, is more than this. */
export const MAX_AHEAD_MS: Duration = DAY_MS
/** Longer than the pauses of senders that write in bursts: a window that a tick has closed takes no more rows. */
const IDLE_MS: Duration = 10 * 60_000
/** A polled source is quiet after this many of its intervals: the first may just have begun. */
const INTERVALS = 2

/** Throws a Failure where a topic without a watermark has an option that is about it. */
export function refuseWithoutWatermark(name: string, hasWatermark: boolean, { file, text }: Checking): void {
  for (const key of ['idle', 'max_ahead'] as const) {
    if (hasWatermark || file.topics[name]?.[key] === undefined) continue
    throw text.failure(['topics', name, key], `${key} is about the watermark, and the topic has none`, {
      hint: "Give it one: watermark: ts - INTERVAL '5' SECOND",
    })
  }
}

/** After which time a partition without records is quiet; undefined: never. */
export function idleOf(name: string, hasWatermark: boolean, { file, session }: Checking): Duration | undefined {
  const { idle } = file.topics[name] ?? {}
  if (idle !== undefined) return idle === Number.POSITIVE_INFINITY ? undefined : idle
  const live = sourcesOf(name, file)
    .map((source) => ({ source, type: sources.of(source) }))
    .filter(({ type }) => type.isLive !== false)
  if (!hasWatermark || live.length === 0) return undefined
  // A source that asks once an hour is not quiet because nothing came for ten minutes.
  const intervals = live.map(({ type, source }) => type.intervalMs?.(source[type.name], session.timezone) ?? 0)
  return Math.max(IDLE_MS, ...intervals.map((interval) => INTERVALS * interval))
}

/** How far the event time of a topic may be ahead of arrival; undefined where it has none. */
export function maxAheadOf(
  name: string,
  rowtime: number | undefined,
  fields: readonly Field[],
  { file, session }: Checking,
): MaxAhead | undefined {
  if (rowtime === undefined) return undefined
  const { max_ahead: ms = MAX_AHEAD_MS } = file.topics[name] ?? {}
  return {
    column: rowtime,
    ms,
    zone: fields[rowtime]?.type.kind === 'TIMESTAMP' ? zoneRules(session.timezone) : undefined,
    // Records of a data folder are all appended by tailrace; on a shared bus, others may give them times of their own.
    isOurs: !chosenBus(file).type.isShared || sourcesOf(name, file).length > 0,
  }
}

const sourcesOf = (topic: string, { sources: given }: Checking['file']) =>
  Object.values(given).filter(({ to }) => to === topic)
