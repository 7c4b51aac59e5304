/**
 * The clock of a query's rows, for the queries that read them: when rows stop, they alone do not say how far event time has
 * come. It writes ticks (see tick-log.ts) into `PIPELINE.QUERY.ticks`.
 *
 * Rows of windows come in order: once the query's own watermark has passed a window's end, no row of an earlier window
 * follows. A tick says only this, so it changes no row wherever it lies; it is written when a query downstream waits for it.
 *
 * Rows that are passed on as they came are in the order of their partition. A tick of the input is passed on to the same
 * place among the rows that it had among the records; rows behind it wait until it is durable.
 */
import type { EventTime } from '../base/quantity.ts'
import type { ZoneRules } from '../base/timezone.ts'
import type { ResultTopic } from '../topic/result-topic.ts'
import type { TickLog } from '../topic/tick-log.ts'

const HOUR_MS = 3_600_000
/** Wall clocks are moved by less. */
const NEAR_MS = 4 * HOUR_MS

export type ResultClock = {
  /** Called by the graph, after the rows that the watermark made complete. */
  advance(partition: number, watermark: EventTime): void
  /** Says whether a tick moves the graph from now on, or records do. */
  ticking(is: boolean): void
  /** The least watermark that what reads the rows elsewhere waits for; Infinity: none. */
  due(): EventTime
  /** Writes a tick where a query downstream waits for it. */
  offer(): void
  /** Resolves when the ticks that rows wait for are durable. */
  settled(): Promise<void>
}

export type ResultClockContext = {
  readonly ticks: TickLog
  readonly result: ResultTopic
  /** Whether the rows come as windows, in order. */
  readonly inWindows: boolean
  /** The zone that windows follow; undefined: UTC. */
  readonly zone: ZoneRules | undefined
  /** The least watermark that a query downstream waits for. */
  due(): EventTime
}

/** The clock of a query's rows, before the first of them. */
export function openResultClock({ ticks, result, inWindows, zone, due }: ResultClockContext): ResultClock {
  let isTick = false
  let reached: EventTime = -Infinity
  let told: EventTime = -Infinity

  const write = (partition: number, watermark: EventTime) =>
    ticks.write({ partition, offset: result.placed(partition), watermark })
  const offer = () => {
    if (!inWindows || reached <= told || due() > reached) return
    told = reached
    void write(0, reached)
  }
  return {
    advance(partition, watermark) {
      if (!Number.isFinite(watermark)) return
      if (!inWindows) {
        // Before a row that is in the topic its tick is there, too: the row had to wait for it.
        if (isTick && !result.isRepeating(partition)) result.hold(partition, write(partition, watermark))
        return
      }
      reached = Math.max(reached, certain(watermark, zone))
      offer()
    },
    ticking(is) {
      isTick = is
    },
    due: () => Infinity,
    offer,
    settled: () => (inWindows ? Promise.resolve() : ticks.settled()),
  }
}

/** Where a wall clock is moved, windows close in another order than their times: then a tick is a few hours behind. */
function certain(watermark: EventTime, zone: ZoneRules | undefined): EventTime {
  return isMoved(watermark, zone) ? watermark - NEAR_MS : watermark
}

/** The watermark that a query needs, so that the clock of its rows reaches `watermark`. */
export function neededFor(watermark: EventTime, zone: ZoneRules | undefined): EventTime {
  return Number.isFinite(watermark) && isMoved(watermark, zone) ? watermark + 2 * NEAR_MS : watermark
}

const isMoved = (watermark: EventTime, zone: ZoneRules | undefined): boolean =>
  zone !== undefined && zone.offsetAt(watermark - NEAR_MS) !== zone.offsetAt(watermark + NEAR_MS)
