/**
 * Looks at the times of records while a pipeline runs, and says what would otherwise only be seen in its results: records
 * from the future, watermarks that are far ahead of arrival, and queries that lose rows as late. Each is said at once, and
 * again once a minute at most while there is more of it; the last numbers are said at the end.
 *
 * It looks at counters only, never at a record.
 */
import { type Clock, every } from '../../base/clock.ts'
import type { Duration } from '../../base/quantity.ts'
import type { WhichText } from '../../history/command-text.ts'
import { incomparable } from '../../history/incomparable.ts'
import type { CheckedPipeline, CheckedQuery, CheckedTopic } from '../../pipeline/checked.ts'
import type { WatermarkAhead } from '../../runner/ahead-meter.ts'
import type { QueryReader } from '../../runner/query-reader.ts'
import { type DeadTally, lateOfAll } from '../../topic/dead-tally.ts'
import { aheadWarning, futureWarning, lateWarning, losesMuch, lostOf, zoneHint } from './words.ts'

const LOOK_MS = 1000
const SAY_AGAIN_MS = 60_000
/** A watermark that is further ahead of arrival closes windows that are still to come. */
const FAR_AHEAD_MS = 3_600_000

/** What is looked at. */
export type Watched = {
  readonly pipeline: CheckedPipeline
  readonly readersOf: (topic: string) => readonly Pick<QueryReader, 'ahead'>[]
  readonly tallyOf: (topic: string) => DeadTally | undefined
  /** What fills a topic, in words. */
  readonly sourcesOf: (topic: string) => readonly string[]
}

export type WatchOptions = {
  readonly clock: Clock
  /** How other commands find this pipeline. */
  readonly which: WhichText
  readonly machineZone: string
  warn(message: string): void
}

export type TimeWatch = AsyncDisposable & {
  /** Says the last numbers. */
  end(): void
}

/** Looks every second until it is disposed of; `watched` is undefined while nothing runs. */
export function openTimeWatch(watched: () => Watched | undefined, options: WatchOptions): TimeWatch {
  const { clock, warn } = options
  const said = openSaid(clock)
  const look = (isLast: boolean) => {
    const now = watched()
    if (now === undefined) return
    const found = now.pipeline.topics.map((checked) => lookAtTopic(checked, now, options))
    for (const { name, future, ahead } of found) {
      if (future !== undefined) said.more(`future ${name}`, future.records, isLast, () => warn(future.text))
      if (ahead !== undefined) said.further(`ahead ${name}`, ahead.byMs, () => warn(ahead.text))
    }
    for (const query of now.pipeline.queries) {
      const tallies = query.reads.flatMap((topic) => now.tallyOf(topic) ?? [])
      const tally = lateOfAll(tallies, query.name)
      if (!losesMuch(tally)) continue
      const also = [...new Set(found.filter(({ name }) => query.reads.includes(name)).map(({ zone }) => zone))].join('')
      const text = () => lateWarning(tally, { ...whereOf(query, now.pipeline), also, which: options.which })
      said.more(`late ${query.name}`, lostOf(tally), isLast, () => warn(text()))
    }
  }
  return { end: () => look(true), ...every(clock, LOOK_MS, () => look(false)) }
}

function whereOf(query: CheckedQuery, { catalog }: CheckedPipeline) {
  const reads = query.reads.map((topic) => ({ topic, delayMs: catalog.get(topic)?.rowtime?.delay ?? 0 }))
  return { query: query.name, incomparable: incomparable(query), reads }
}

function lookAtTopic(checked: CheckedTopic, { pipeline, ...watched }: Watched, options: WatchOptions) {
  const { name, maxAhead } = checked
  const future = watched.tallyOf(name)?.futureOf()
  const from = { topic: name, sources: watched.sourcesOf(name), maxAheadMs: maxAhead?.ms ?? 0, which: options.which }
  const text = future && futureWarning(future, from)
  const ahead = furthest(watched.readersOf(name))
  const delayMs = pipeline.catalog.get(name)?.rowtime?.delay ?? 0
  const byMs = ahead === undefined ? 0 : ahead.watermark - ahead.arrival
  const zone =
    ahead === undefined || maxAhead?.zone === undefined
      ? ''
      : zoneHint({
          zone: pipeline.timezone,
          machineZone: options.machineZone,
          aheadMs: byMs + delayMs,
          arrival: ahead.arrival,
        })
  return {
    name,
    zone,
    future: future === undefined || text === undefined ? undefined : { records: future.records, text },
    ahead: ahead === undefined || byMs <= FAR_AHEAD_MS ? undefined : { byMs, text: aheadWarning(ahead, name, zone) },
  }
}

const furthest = (readers: readonly Pick<QueryReader, 'ahead'>[]): WatermarkAhead | undefined =>
  readers
    .flatMap((reader) => reader.ahead() ?? [])
    .reduce<WatermarkAhead | undefined>(
      (most, one) => (most === undefined || one.watermark - one.arrival > most.watermark - most.arrival ? one : most),
      undefined,
    )

/** What was said, and when. */
function openSaid(clock: Clock) {
  const said = new Map<string, { readonly amount: number; readonly at: Duration }>()
  const say = (key: string, amount: number, tell: () => void) => {
    said.set(key, { amount, at: clock.elapsed() })
    tell()
  }
  return {
    /** Something that is counted: once a minute at most while it grows, and at the end. */
    more(key: string, amount: number, isLast: boolean, tell: () => void): void {
      const before = said.get(key)
      if (amount <= (before?.amount ?? 0)) return
      if (before === undefined || isLast || clock.elapsed() - before.at >= SAY_AGAIN_MS) say(key, amount, tell)
    },
    /** Something that is measured: again where it is an hour more. */
    further(key: string, amount: number, tell: () => void): void {
      const before = said.get(key)
      if (before === undefined || amount > before.amount + FAR_AHEAD_MS) say(key, amount, tell)
    },
  }
}
