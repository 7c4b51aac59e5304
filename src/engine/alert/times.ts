/**
 * When the rows of an alert are, and until when a key without another row counts as it was.
 *
 * A row of a window is known at the end of its window: the instant after the one that closes it. Where a wall clock is moved,
 * the next window may end an hour later than its length says, in either sense; so a key is quiet only once the time has
 * passed and the clock of the windows has gone on as far.
 */

import type { Duration, EventTime } from '../../base/quantity.ts'
import { zoneRules } from '../../base/timezone.ts'
import type { Batch, DoubleColumn } from '../../record/column.ts'
import { TIMESTAMP, TIMESTAMP_LTZ } from '../../record/type.ts'
import type { AlertRule } from '../../sql/plan/plan.ts'
import { type WallTime, WindowTime } from '../window/time.ts'

export type AlertTimes = {
  /** Of each row of a batch, when it is; NaN where its time is NULL. The array is valid until the next call. */
  read(batch: Batch): Float64Array
  /** When a key is quiet whose last row was then. */
  quietFrom(at: EventTime): EventTime
  /** The instant of a time of a row, which may be a wall clock. */
  instantOf(at: EventTime): EventTime
}

/** The times of rows as the rule says they are read. */
export function openTimes({ time, watches }: AlertRule, timezone: string): AlertTimes {
  const zone = timezone === 'UTC' ? undefined : zoneRules(timezone)
  const quietMs = watches.kind === 'when' ? watches.quietMs : undefined
  const windows = time.kind === 'window' ? windowsOf(time, timezone) : undefined
  const clock: WindowClock = windows ?? PLAIN_CLOCK
  let at = new Float64Array(0)
  const read = timeReader(time, clock)
  return {
    read({ columns, count }) {
      const { values, nulls } = columns[time.column] as DoubleColumn
      if (at.length < count) at = new Float64Array(count)
      for (let row = 0; row < count; row++) at[row] = nulls?.[row] === 1 ? Number.NaN : read(values[row] as number)
      return at
    },
    quietFrom: (last) => (quietMs === undefined ? Infinity : quietFrom(last, quietMs, clock)),
    instantOf: (when) => (time.isZoned || zone === undefined || !Number.isFinite(when) ? when : zone.toInstant(when)),
  }
}

type WindowClock = { readonly size: Duration; toWall(instant: EventTime): WallTime; closing(end: WallTime): EventTime }

/** Windows that are on the clock of event time already. */
const PLAIN_CLOCK: WindowClock = { size: 0, toWall: (instant) => instant as number, closing: (end) => end - 1 }

function windowsOf({ window, isZoned }: Extract<AlertRule['time'], { kind: 'window' }>, timezone: string) {
  return window && new WindowTime(window, isZoned ? TIMESTAMP_LTZ : TIMESTAMP, timezone)
}

function timeReader(time: AlertRule['time'], clock: WindowClock): (value: number) => EventTime {
  if (time.kind === 'rowtime') return (value) => value
  const known = (end: WallTime) => clock.closing(end) + 1
  switch (time.role) {
    case 'end':
      return known
    case 'start':
      return (start) => known(start + clock.size)
    case 'time':
      // Its last millisecond; shown twice by the clock, it is the first of the two, and the window closes at the second.
      return (last) => known(clock.toWall(last) + 1)
  }
}

function quietFrom(last: EventTime, quietMs: Duration, clock: WindowClock): EventTime {
  const end = clock.toWall(last - 1) + 1
  return Math.max(last + quietMs, clock.closing(end + quietMs) + 1)
}
