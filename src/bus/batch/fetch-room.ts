/**
 * The memory that fetched records are kept in: their ranges, and their bytes where the batches were compressed. It is used
 * again once nobody reads the records any more: see `Lease`.
 *
 * Records that fill little of it are handed out in memory of their own, so that a slow reader never holds much for few.
 */
import { openLease } from '../../base/lease.ts'
import type { Offset } from '../../base/quantity.ts'
import type { Fetched } from '../bus.ts'
import { DENSE } from './chunk.ts'
import { fetchedOf, makeWalked, type Walked } from './walker.ts'

/** Batches are put together up to this size: each read costs a query as much as some hundred records. */
export const ROOM_BYTES: number = 768 << 10
const LEAST_ROWS = 1024
/** A room has memory for a batch that goes beyond that size. */
const OWN_BYTES = 2 * ROOM_BYTES
/** Bytes for the ranges and times of a record. */
const ROW_BYTES = 4 * 4 + 2 * 8 + 1
/**
 * Free rooms that are kept, each of at most `OWN_BYTES` and as much for the ranges: as many as cursors over three partitions fill
 * ahead. With 16, a reader that has all of a topic before it took an eighth more processor time, for new memory.
 */
const KEPT_ROOMS = 48

export type FetchRoom = {
  /** Memory for decompressed records. */
  own: Buffer
  /** Bytes of it that are written. */
  used: number
  /** Where in a response the records are that stay in its bytes; undefined where they are in the room's own memory. */
  span: { readonly from: number; readonly to: number } | undefined
  walked: Walked
}

/** Rooms that are used again. */
export type FetchPool = { take(): FetchRoom; give(room: FetchRoom): void }

/** A pool for the readers of a bus. */
export function makeFetchPool(): FetchPool {
  const free: FetchRoom[] = []
  return {
    take: () => free.pop() ?? { own: EMPTY, used: 0, span: undefined, walked: makeWalked(EMPTY, 0) },
    give(room) {
      // A free room must not keep a whole response in memory.
      room.walked.values.bytes = NO_BYTES
      room.walked.keys.bytes = NO_BYTES
      const isUsual = room.own.length <= OWN_BYTES && ROW_BYTES * room.walked.offsets.length <= OWN_BYTES
      if (isUsual && free.length < KEPT_ROOMS) free.push(room)
    },
  }
}

const EMPTY = Buffer.alloc(0)
const NO_BYTES = new Uint8Array(0)

/** Begins to fill the room with records that lie in `bytes`; undefined: in its own memory, with `length` for the first batch. */
export function beginRoom(room: FetchRoom, bytes: Uint8Array | undefined, length: number): void {
  const { walked } = room
  if (bytes === undefined && room.own.length < length) {
    room.own = Buffer.allocUnsafeSlow(Math.max(OWN_BYTES, length))
  }
  room.used = 0
  room.span = undefined
  walked.nulls = undefined
  walked.hasKeys = false
  walked.isCreateTime = false
  for (const records of [walked.values, walked.keys]) {
    // Decoders are fastest if they see one class only.
    records.bytes = plainOf(bytes ?? room.own)
    records.count = 0
  }
}

const plainOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

/** Makes room for `more` records. */
export function growRows(room: FetchRoom, more: number): void {
  const { walked } = room
  const { values, keys, offsets, timestamps, nulls } = walked
  const least = values.count + more
  if (offsets.length >= least) return
  const wider = makeWalked(values.bytes, Math.max(LEAST_ROWS, least, 2 * offsets.length))
  for (const [to, from] of [
    [wider.values, values],
    [wider.keys, keys],
  ] as const) {
    to.start.set(from.start)
    to.end.set(from.end)
    to.count = from.count
  }
  wider.offsets.set(offsets)
  wider.timestamps.set(timestamps)
  if (nulls !== undefined) {
    wider.nulls = new Uint8Array(wider.offsets.length)
    wider.nulls.set(nulls)
  }
  wider.hasKeys = walked.hasKeys
  wider.isCreateTime = walked.isCreateTime
  room.walked = wider
}

/** The records of a room as they are read, one piece for each run of offsets without a gap; then the pool has the room. */
export function emptyRoom(room: FetchRoom, next: Offset, pool: FetchPool): readonly Fetched[] {
  const { count } = room.walked.values
  leaveResponse(room)
  const isDense = DENSE * (room.used + ROW_BYTES * count) >= room.own.length + ROW_BYTES * room.walked.offsets.length
  const walked = isDense ? room.walked : copyOfRoom(room)
  const pieces: Fetched[] = []
  for (let row = 0; row < count; row += (pieces.at(-1) as Fetched).values.count) {
    pieces.push(fetchedOf(walked, next, row))
  }
  if (!isDense || pieces.length === 0) {
    pool.give(room)
    return pieces
  }
  const lease = openLease(() => pool.give(room))
  return pieces.map((piece, i) => {
    if (i > 0) lease.hold()
    return { ...piece, values: { ...piece.values, lease } }
  })
}

/** Takes records that fill little of a response out of it. */
function leaveResponse({ walked, span }: FetchRoom): void {
  const { values, keys, hasKeys } = walked
  if (span === undefined || DENSE * (span.to - span.from) >= values.bytes.buffer.byteLength) return
  const bytes = values.bytes.slice(span.from, span.to)
  for (const records of hasKeys ? [values, keys] : [values]) {
    const { start, end } = records
    records.bytes = bytes
    for (let row = 0; row < values.count; row++) {
      start[row] = (start[row] as number) - span.from
      end[row] = (end[row] as number) - span.from
    }
  }
}

/** The records in memory of their own; those of a response stay in its bytes, which they fill well. */
function copyOfRoom({ used, walked }: FetchRoom): Walked {
  const { values, keys, offsets, timestamps, nulls, hasKeys, isCreateTime } = walked
  const { count } = values
  const bytes = used === 0 ? values.bytes : values.bytes.slice(0, used)
  const copied = (from: typeof values) => {
    return { bytes, start: from.start.slice(0, count), end: from.end.slice(0, count), count }
  }
  return {
    values: copied(values),
    keys: hasKeys ? copied(keys) : { ...keys, count },
    offsets,
    timestamps: timestamps.slice(0, count),
    nulls: nulls?.slice(0, count),
    hasKeys,
    isCreateTime,
  }
}
