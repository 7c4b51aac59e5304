/** Cuts fetched records, and joins them to a batch. Cutting copies nothing; joining copies once. */
import { assert } from '../../base/assert.ts'
import type { Offset } from '../../base/quantity.ts'
import { headersEnd } from '../../bus/batch/headers.ts'
import type { Fetched } from '../../bus/bus.ts'
import type { Records } from '../../record/column.ts'
import { NO_RECORDS, sliceRecords } from '../../record/records.ts'
import type { BatchLimits } from '../sink.ts'

/** What a decoder reads besides the values. The keys are in memory that the lease of the values holds. */
export type Kept = Pick<Fetched, 'keys' | 'timestamps' | 'hasHeaders' | 'isCreateTime'> & {
  /** Of rows that change: 1 where the value was NULL, and the record is the key in its place. */
  readonly deleted?: Uint8Array | undefined
}

/** Fetched records of which [from, count) wait to be taken; without `kept` where no decoder asks for it. */
export type FetchedRest = {
  readonly fetched: Pick<Fetched, 'baseOffset' | 'values' | 'next'>
  readonly kept: Kept | undefined
  from: number
}

/** Consecutive records, and the offset behind them and behind a gap that follows. `release` lets go of the log's buffer. */
export type CutRecords = {
  readonly baseOffset: Offset
  readonly records: Records
  readonly kept: Kept | undefined
  readonly next: Offset
  release(): void
}

type CutLimits = Pick<BatchLimits, 'rows' | 'bytes'>

/**
 * Takes the first records of the rests, up to a gap in their offsets or a change in whether they have headers, and within the
 * limits, but at least one; rests that are used up are removed.
 */
export function takeRecords(rests: FetchedRest[], limits: CutLimits): CutRecords {
  const cuts = cutRests(rests, limits)
  const [first] = cuts
  const last = cuts.at(-1)
  assert(first !== undefined && last !== undefined, 'records are taken where some wait')
  if (cuts.length === 1) return first
  const parts = cuts.map((cut) => cut.records)
  const hasHeaders = first.kept?.hasHeaders === true
  const records = hasHeaders ? joinedWithHeaders(parts) : joined(parts)
  const kept = first.kept && { ...joinedKept(cuts), hasHeaders }
  for (const cut of cuts) cut.release()
  return { baseOffset: first.baseOffset, records, kept, next: last.next, release: () => {} }
}

function cutRests(rests: FetchedRest[], { rows, bytes }: CutLimits): readonly CutRecords[] {
  const cuts: CutRecords[] = []
  let rowsLeft = rows
  let bytesLeft = bytes
  for (;;) {
    const [rest] = rests
    if (rest === undefined) return cuts
    const { values, baseOffset, next } = rest.fetched
    const { from, kept } = rest
    const before = cuts.at(-1)
    if (before !== undefined && before.baseOffset + before.records.count !== baseOffset + from) return cuts
    // What was handed over in memory has no headers; what was read, perhaps of another program, may have some.
    if (before !== undefined && before.kept?.hasHeaders !== kept?.hasHeaders) return cuts
    let to = from
    for (; to < values.count && rowsLeft > 0; to++) {
      bytesLeft -= byteLength(values, to, to + 1)
      if (bytesLeft < 0 && (cuts.length > 0 || to > from)) break
      rowsLeft--
    }
    const isUsedUp = to === values.count
    if (to > from) {
      if (!isUsedUp) values.lease?.hold()
      cuts.push({
        baseOffset: baseOffset + from,
        records: sliceRecords(values, from, to),
        kept: kept && sliceKept(kept, from, to),
        next: isUsedUp ? next : baseOffset + to,
        release: () => values.lease?.release(),
      })
    }
    rest.from = to
    if (!isUsedUp) return cuts
    rests.shift()
  }
}

/** That of records [from, to). */
export function sliceKept(kept: Kept, from: number, to: number): Kept {
  const { timestamps, keys, deleted, hasHeaders = false, isCreateTime = false } = kept
  const times = timestamps.subarray(from, to)
  const slice = { hasHeaders, isCreateTime, keys: keys && sliceRecords(keys, from, to), timestamps: times }
  return deleted === undefined ? slice : { ...slice, deleted: deleted.subarray(from, to) }
}

function joinedKept(cuts: readonly CutRecords[]): Kept {
  const timestamps = new Float64Array(cuts.reduce((sum, { records }) => sum + records.count, 0))
  let at = 0
  for (const { kept, records } of cuts) {
    if (kept !== undefined) timestamps.set(kept.timestamps.subarray(0, records.count), at)
    at += records.count
  }
  const deleted = cuts.some(({ kept }) => kept?.deleted !== undefined) ? new Uint8Array(timestamps.length) : undefined
  let first = 0
  for (const { kept, records } of cuts) {
    if (kept?.deleted !== undefined) deleted?.set(kept.deleted, first)
    first += records.count
  }
  const hasKeys = cuts.some(({ kept }) => kept?.keys !== undefined)
  return {
    keys: hasKeys ? joined(cuts.map(({ kept, records }) => kept?.keys ?? withoutKeys(records.count))) : undefined,
    timestamps,
    isCreateTime: cuts.some(({ kept }) => kept?.isCreateTime === true),
    ...(deleted && { deleted }),
  }
}

/** The empty range for each record. */
const withoutKeys = (count: number): Records => ({
  ...NO_RECORDS,
  start: new Int32Array(count),
  end: new Int32Array(count),
  count,
})

function joined(parts: readonly Records[]): Records {
  const count = parts.reduce((sum, records) => sum + records.count, 0)
  const length = parts.reduce((sum, records) => sum + byteLength(records, 0, records.count), 0)
  const all = { bytes: new Uint8Array(length), start: new Int32Array(count), end: new Int32Array(count), count }
  let record = 0
  let position = 0
  for (const records of parts) {
    for (let i = 0; i < records.count; i++) {
      const from = records.start[i] as number
      const to = records.end[i] as number
      all.bytes.set(records.bytes.subarray(from, to), position)
      all.start[record] = position
      position += to - from
      all.end[record++] = position
    }
  }
  return all
}

/** The same of records that headers follow: those are copied with them. */
function joinedWithHeaders(parts: readonly Records[]): Records {
  const whole = parts.map(({ bytes, start, end, count }) => {
    return { bytes, start, end: end.slice(0, count).map((at) => headersEnd(bytes, at)), count }
  })
  const all = joined(whole)
  let at = 0
  for (const [part, { end }] of parts.entries()) {
    for (const [record, behind] of (whole[part] as Records).end.entries()) {
      all.end[at] = (all.end[at] as number) - (behind - (end[record] as number))
      at++
    }
  }
  return all
}

/** Bytes of records [from, to). */
export function byteLength({ start, end }: Records, from: number, to: number): number {
  let sum = 0
  for (let record = from; record < to; record++) sum += (end[record] as number) - (start[record] as number)
  return sum
}
