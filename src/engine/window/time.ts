/**
 * Which windows an event time is in, and when they close. Windows follow the wall clock of the session's zone, aligned to
 * 1970-01-01 00:00 there plus the offset; watermarks are instants. For a TIMESTAMP, which has no zone, both are the same.
 *
 * Overlapping windows are cut into slices (the slide of HOP, the step of CUMULATE): all times of one slice are in the
 * same windows. A tumbling window is its own slice.
 */
import { assert, unreachable } from '../../base/assert.ts'
import type { Duration, EventTime } from '../../base/quantity.ts'
import { type ZoneRules, zoneRules } from '../../base/timezone.ts'
import type { Type } from '../../record/type.ts'
import type { WindowKind } from '../../sql/plan/plan.ts'

const HOUR_MS = 3_600_000

/** A time on the clock that windows follow, as ms since 1970-01-01 00:00 on that clock: where windows start and end. */
export type WallTime = number & { readonly unit?: 'wall time' }

/** The windows of one window function. */
export class WindowTime {
  readonly kind: WindowKind['kind']
  readonly size: Duration
  /** Length of a slice, which is also the distance between the ends of a slice's windows. */
  readonly unit: Duration
  readonly offset: Duration
  /** The zone whose clock the windows follow; undefined if event time is on that clock already. */
  readonly zone: ZoneRules | undefined

  constructor(window: WindowKind, time: Type, timezone: string) {
    this.kind = window.kind
    this.size = window.size
    this.offset = window.offset
    this.unit = windowStep(window)
    assert(this.isSliced || window.kind === 'hop', 'a window is made of whole slices')
    this.zone = time.kind === 'TIMESTAMP_LTZ' && timezone !== 'UTC' ? zoneRules(timezone) : undefined
  }

  /** Whether windows are made of whole slices: a HOP may have a size that is no multiple of its slide, and then has none. */
  get isSliced(): boolean {
    return this.size % this.unit === 0
  }

  toWall(instant: EventTime): WallTime {
    return this.zone === undefined ? (instant as number) : this.zone.toWall(instant)
  }

  /** The start of the slice that a time is in: other methods take it for the slice. */
  sliceOf(wall: WallTime): WallTime {
    return floorTo(wall, this.unit, this.offset)
  }

  /** The windows of a slice end here, and then every `unit` up to `lastEnd`. */
  firstEnd(slice: WallTime): WallTime {
    return slice + this.unit
  }

  /** The first window that a time is in ends here, and then every `unit` up to `lastEnd`; beyond that if it is in none. */
  firstEndAt(wall: WallTime): WallTime {
    if (this.kind !== 'hop') return this.firstEnd(this.sliceOf(wall))
    const last = this.lastEnd(this.sliceOf(wall))
    return last - Math.floor((last - wall - 1) / this.unit) * this.unit
  }

  lastEnd(slice: WallTime): WallTime {
    return this.kind === 'cumulate' ? floorTo(slice, this.size, this.offset) + this.size : slice + this.size
  }

  /** The start of the window that ends there. */
  startOf(end: WallTime): WallTime {
    return this.kind === 'cumulate' ? floorTo(end - 1, this.size, this.offset) : end - this.size
  }

  /** `window_time`: the last millisecond of the window, in the type of the time column. */
  timeOf(end: WallTime): EventTime {
    return this.zone === undefined ? end - 1 : this.zone.toInstant(end - 1)
  }

  /** The watermark that closes the windows that end there: the instant of their last millisecond, as Flink computes it. */
  closing(end: WallTime): EventTime {
    const { zone } = this
    const wall = end - 1
    if (zone === undefined || !Number.isFinite(end)) return wall
    const instant = zone.toInstant(wall)
    if (zone.toWall(instant) !== wall) return instant - floorMod(instant, HOUR_MS) // The clock skips it.
    const later = zone.offsetAt(instant + 3 * HOUR_MS)
    const second = wall - later
    return second > instant && zone.offsetAt(second) === later ? second : instant // The clock may show it twice.
  }

  /** The end of the first of a slice's windows that the watermark has not closed; Infinity if it closed them all. */
  firstOpenEnd(slice: WallTime, watermark: EventTime): WallTime {
    let end = this.firstEnd(slice)
    const last = this.lastEnd(slice)
    while (end <= last && watermark >= this.closing(end)) end += this.unit
    return end <= last ? end : Infinity
  }
}

/** How far the ends of two windows are apart. */
export function windowStep(window: WindowKind): Duration {
  switch (window.kind) {
    case 'tumble':
      return window.size
    case 'hop':
      return window.slide
    case 'cumulate':
      return window.step
    default:
      return unreachable(window)
  }
}

const floorMod = (value: number, by: number) => value - Math.floor(value / by) * by

/** The greatest multiple of `unit`, plus `offset`, that is not beyond the value, which may be negative. */
function floorTo(value: number, unit: number, offset: number): number {
  return Math.floor((value - offset) / unit) * unit + offset
}
