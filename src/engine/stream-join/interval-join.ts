/**
 * Joins rows whose event times are near each other: right.time BETWEEN left.time + from AND left.time + to.
 *
 * Rows wait until the watermark of every partition of both inputs has reached their turn, and are then joined one by one in
 * one order: by turn, side (left first), partition, place. The turn of a row is its time; that of a row whose own partition's
 * watermark had reached its time is half a millisecond behind that watermark, so that no row ever comes before one that has been
 * joined. A row meets the rows of the other side that are kept, and is kept itself until no row can come that fits it; then it is
 * put out with NULLs, if nothing fitted it and the kind of join says so. So all follows from times, partitions and places, never
 * from which input, or which partition, was read first.
 *
 * A row that comes so late that all rows that could fit it are over is late. If its side is kept by the kind of join it is put
 * out all the same, as in Flink. Where only some of them are over, it is partly late.
 * Docs: docs/decisions/071-streaming-joins.md.
 */
import { assert } from '../../base/assert.ts'
import type { Duration, EventTime } from '../../base/quantity.ts'
import { type ZoneRules, zoneRules } from '../../base/timezone.ts'
import type { Batch, DoubleColumn } from '../../record/column.ts'
import { Dictionary, type DictionaryState } from '../../record/dictionary.ts'
import { joinDelay } from '../../sql/plan/inputs.ts'
import type { Lateness } from '../graph.ts'
import type { Holder } from '../held.ts'
import { comparableKeys } from '../join/build.ts'
import { KeyWriter } from '../key/key.ts'
import { type Operator, type OperatorState, type Reject, Watermarks, type Writable } from '../operator.ts'
import { IntervalSide, type IntervalSideState } from './interval-side.ts'
import { isSettled, Pairs } from './pairs.ts'
import type { JoinPlan, JoinSide } from './side.ts'

export type IntervalJoinOptions = {
  readonly plan: JoinPlan
  readonly sides: readonly [JoinSide, JoinSide]
  /** The zone whose clock says when late rows were. */
  readonly timezone: string
  readonly saved: OperatorState | undefined
}

const NO_TIME = 'the event time is NULL, so the row is in no interval'
/** Keys are looked through, for those without rows, from this number on. */
const LEAST_KEYS = 1 << 10

/** A running interval join. Its rows are one partition. */
export class IntervalJoin implements Holder {
  /** Where the rows of the left and of the right input go. */
  readonly doors: readonly [Operator, Operator]
  readonly #plan: JoinPlan
  readonly #bounds: { readonly times: readonly [number, number]; readonly from: Duration; readonly to: Duration }
  readonly #sides: readonly [JoinSide, JoinSide]
  readonly #rows: readonly [IntervalSide, IntervalSide]
  readonly #settles: readonly [boolean, boolean]
  readonly #zone: ZoneRules | undefined
  readonly #next: Operator
  readonly #pairs: Pairs
  readonly #watermarks: Watermarks
  readonly #writer = new KeyWriter()
  readonly #keys: Dictionary
  /** How far the watermark of the result is behind. */
  readonly #delay: number
  /** The lowest watermark so far. */
  #closed: EventTime
  /** The last turn at which something was joined, or was over. */
  #emitted: EventTime
  #open = 2
  #lookAt = LEAST_KEYS
  #ids = new Int32Array(0)
  /** What is reported of a late row, written over for each. */
  readonly #late: Writable<Lateness> = { watermark: 0, lateMs: 0, windows: 0, from: 0, to: 0, counted: 0 }

  constructor({ plan, sides, timezone, saved }: IntervalJoinOptions, next: Operator, reject: Reject) {
    const { time, left, right, keys, join } = plan
    assert(time?.kind === 'interval', 'an interval join has an interval')
    const { from, to, on } = time
    this.#plan = plan
    this.#bounds = { times: [on.left, on.right], from, to }
    this.#sides = sides
    this.#next = next
    this.#pairs = new Pairs(plan, next, reject)
    this.#settles = [isSettled(join, 'left'), isSettled(join, 'right')]
    const isInstant = left.fields[on.left]?.type.kind === 'TIMESTAMP_LTZ'
    this.#zone = isInstant && timezone !== 'UTC' ? zoneRules(timezone) : undefined
    this.#delay = joinDelay(time)
    this.#keys = saved === undefined ? new Dictionary() : Dictionary.restore(saved.keys as DictionaryState)
    const states = saved?.sides as readonly IntervalSideState[] | undefined
    this.#rows = [
      new IntervalSide(
        { fields: left.fields, keys: keys.map((key) => key.left), time: on.left, reach: to },
        states?.[0],
      ),
      new IntervalSide(
        { fields: right.fields, keys: keys.map((key) => key.right), time: on.right, reach: -from },
        states?.[1],
      ),
    ]
    for (const rows of this.#rows) rows.relist(this.#keys.size)
    this.#watermarks = new Watermarks(sides[0].partitions + sides[1].partitions, saved?.watermarks)
    this.#closed = this.#watermarks.lowest
    this.#emitted = (saved?.emitted as number | undefined) ?? -Infinity
    const door = (side: 0 | 1, base: number): Operator => ({
      push: (batch) => this.#push(side, batch),
      advance: (partition, watermark) => this.#advance(base + partition, watermark),
      end: () => this.#end(),
    })
    this.doors = [door(0, 0), door(1, sides[0].partitions)]
  }

  get closed(): EventTime {
    return this.#emitted
  }

  get due(): EventTime {
    let first: EventTime = Infinity
    this.#rows.forEach(({ waiting, kept }, side) => {
      first = Math.min(first, Math.ceil(waiting.first))
      if (this.#settles[side] === true) first = Math.min(first, kept.first)
    })
    return first
  }

  get bytes(): number {
    return this.#rows.reduce((sum, { bytes }) => sum + bytes, this.#keys.bytes)
  }

  get groups(): number {
    return this.#rows.reduce((sum, { waiting, kept }) => sum + waiting.size + kept.size, 0)
  }

  addWindows(): void {}

  snapshot(): OperatorState {
    for (const rows of this.#rows) rows.compact(this.#keys.size)
    return {
      emitted: this.#emitted,
      watermarks: this.#watermarks.values.slice(),
      keys: this.#keys.snapshot(),
      sides: this.#rows.map((rows) => rows.snapshot()),
    }
  }

  #push(side: 0 | 1, batch: Batch): void {
    const { partitions, reject } = this.#sides[side]
    const { count, partition, watermark, origin } = batch
    assert(partition < partitions, 'a batch is of one of the partitions of its input')
    const { times, from, to } = this.#bounds
    // Later than this, it would not be kept any more, and no row that fits it is.
    const lateness = side === 0 ? to + Math.max(0, -from) : Math.max(0, to) - from
    const { waiting } = this.#rows[side]
    const ids = this.#findKeys(side, batch)
    const { values, nulls } = batch.columns[times[side]] as DoubleColumn
    let reported = -1
    for (let row = 0; row < count; row++) {
      if (nulls?.[row] === 1) {
        reject(batch, row, NO_TIME)
        continue
      }
      const time = values[row] as number
      const before = watermark === undefined ? -Infinity : (watermark[row] as number)
      const id = ids[row] as number
      const isLost = before > time + lateness && this.#settles[side] === false
      if (before > time) {
        // A record may have several rows, one for each of its items: it is reported once.
        const record = origin?.[row] ?? row
        if (record !== reported) reject(batch, row, this.#lateness(time, before, isLost))
        reported = record
      }
      if (!isLost && id >= 0) waiting.add(row, id, time > before ? time : before + 0.5, partition)
    }
    waiting.append(batch)
  }

  /** The ids of the keys of a batch; -1: a row that equals nothing, and does not come out by itself. */
  #findKeys(side: 0 | 1, batch: Batch): Int32Array {
    const { count } = batch
    if (this.#ids.length < count) this.#ids = new Int32Array(count)
    const ids = this.#ids
    const { fields } = side === 0 ? this.#plan.left : this.#plan.right
    const keys = this.#plan.keys.map((key) => (side === 0 ? key.left : key.right))
    const columns = comparableKeys(batch.columns, keys, fields, count)
    if (columns.length === 0) ids.fill(this.#keys.idOf(NO_KEY, 0, 0), 0, count)
    else this.#keys.lookup(this.#writer.write(columns, 0, count, undefined), 0, count, ids)
    for (const rows of this.#rows) rows.lists.reserveKeys(this.#keys.size)
    if (this.#settles[side] === true) return ids
    for (const { nulls } of columns) {
      if (nulls !== undefined) for (let row = 0; row < count; row++) if (nulls[row] === 1) ids[row] = -1
    }
    return ids
  }

  #lateness(time: EventTime, watermark: EventTime, isLost: boolean): Lateness {
    const late = this.#late
    late.watermark = watermark
    late.lateMs = watermark - time
    late.from = this.#zone?.toWall(time) ?? time
    late.to = late.from + 1
    late.counted = isLost ? 0 : 1
    return late
  }

  #advance(partition: number, watermark: EventTime): void {
    const lowest = this.#watermarks.advance(partition, watermark)
    if (lowest === this.#closed) return
    this.#closed = lowest
    this.#run(lowest)
    this.#next.advance(0, lowest - this.#delay)
  }

  #end(): void {
    this.#open--
    if (this.#open > 0) return
    this.#run(Infinity)
    this.#next.end()
  }

  /** Joins the rows that the watermark has reached, and removes those that are over. */
  #run(until: EventTime): void {
    const [left, right] = this.#rows
    const [lefts, rights] = [left.ready(until), right.ready(until)]
    this.#pairs.of(left, right)
    let l = 0
    let r = 0
    while (l < lefts || r < rights) {
      const isLeft = r === rights || (l < lefts && (left.turns[l] as number) <= (right.turns[r] as number))
      if (isLeft) this.#meet(0, l++)
      else this.#meet(1, r++)
    }
    this.#expire(until)
    this.#pairs.flush()
    for (const rows of this.#rows) rows.tidy(this.#keys.size)
    this.#forgetKeys()
  }

  /** Joins a row, one of those that are ready, with the rows of the other side that are kept. */
  #meet(side: 0 | 1, row: number): void {
    const own = this.#rows[side]
    const other = this.#rows[1 - side] as IntervalSide
    const turn = own.turns[row] as number
    const slot = own.first + row
    this.#expire(turn)
    this.#emitted = Math.max(this.#emitted, Math.floor(turn))
    const { from, to } = this.#bounds
    const stamp = Math.ceil(turn) - 1 - this.#delay
    const time = own.times[slot] as number
    const [first, last] = side === 0 ? [time + from, time + to] : [time - to, time - from]
    const id = own.kept.ids[slot] as number
    if (!own.isUnequal(slot)) {
      const { lists, times } = other
      for (let at = lists.first(id); at >= 0 && (times[at] as number) <= last; at = lists.after(at)) {
        if ((times[at] as number) < first) continue
        if (side === 0) this.#pairs.add(slot, at, stamp)
        else this.#pairs.add(at, slot, stamp)
      }
      if (own.isKept(slot, turn)) {
        own.lists.add(id, slot, own.times)
        return
      }
    }
    if (this.#settles[side] === true) this.#pairs.settle(side === 0 ? 'left' : 'right', slot, stamp)
    own.kept.remove(slot)
  }

  /** Removes the rows that are over at a turn, in the order in which they are. */
  #expire(until: EventTime): void {
    const [left, right] = this.#rows
    for (;;) {
      const [l, r] = [left.kept.first, right.kept.first]
      const over = Math.min(l, r)
      if (over > until || over === Infinity) return
      const side = l <= r ? 0 : 1
      const { kept, lists } = this.#rows[side]
      const slot = kept.take(over)
      lists.shift(kept.ids[slot] as number, slot)
      if (this.#settles[side] === true) {
        this.#pairs.settle(side === 0 ? 'left' : 'right', slot, over - 1 - this.#delay)
      }
      kept.remove(slot)
      this.#emitted = Math.max(this.#emitted, over)
    }
  }

  /** Forgets keys without rows, where they are many. */
  #forgetKeys(): void {
    const { size } = this.#keys
    if (size < this.#lookAt) return
    const isUsed = new Uint8Array(size)
    for (const { waiting, kept } of this.#rows) {
      for (const rows of [waiting, kept]) for (const slot of rows.all()) isUsed[rows.ids[slot] as number] = 1
    }
    const used = isUsed.reduce((sum, is) => sum + is, 0)
    this.#lookAt = Math.max(LEAST_KEYS, 2 * used)
    if (used > size / 2) return
    const renamed = this.#keys.retain(isUsed)
    for (const rows of this.#rows) rows.rename(renamed, this.#keys.size)
  }
}

const NO_KEY = new Uint8Array(0)
