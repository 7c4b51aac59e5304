/**
 * Cuts and joins what the log has into batches of the size that a sink wants: so many rows, so many bytes, or what came
 * within so long. A batch is consecutive records of one partition.
 *
 * Cutting copies nothing; joining copies once. A sink without limits gets the log's own batches as they are.
 */
import type { Clock } from '../../base/clock.ts'
import type { Fetched } from '../../bus/bus.ts'
import type { Cursor } from '../../bus/cursor.ts'
import type { Records } from '../../record/column.ts'
import { sliceRecords } from '../../record/records.ts'
import type { BatchLimits } from '../sink.ts'

export type RecordBatch = {
  readonly partition: number
  readonly baseOffset: number
  readonly records: Records
  /** Lets go of the log's buffer. */
  release(): void
}

export type Gathering = {
  /** Takes what the partition has and a batch has room for. */
  gather(partition: number): Promise<void>
  /** Whether a batch is full or has waited long enough; with `hurry`, whether there is anything. */
  isDue(partition: number, hurry: boolean): boolean
  /** How long until what waits in a partition is due, ms; Infinity: nothing waits. */
  dueIn(partition: number): number
  isEmpty(): boolean
  take(partition: number): RecordBatch | undefined
}

/** Records [from, count) of what was fetched are still to be taken. */
type Piece = { readonly fetched: Fetched; from: number }

type Waiting = { pieces: Piece[]; rows: number; bytes: number; since: number }

export function openGathering(cursor: Cursor, limits: BatchLimits, clock: Clock): Gathering {
  const { rows, bytes, lingerMs } = limits
  const joins = Number.isFinite(rows) || Number.isFinite(bytes) || lingerMs > 0
  const waiting = Array.from(
    { length: cursor.partitions },
    (): Waiting => ({ pieces: [], rows: 0, bytes: 0, since: 0 }),
  )
  const at = (partition: number) => waiting[partition] as Waiting
  const isFull = (one: Waiting) => one.rows >= rows || one.bytes >= bytes || (!joins && one.rows > 0)
  return {
    async gather(partition) {
      const one = at(partition)
      while (!isFull(one) && cursor.hasMore(partition)) {
        await cursor.load(partition)
        const fetched = cursor.take(partition)
        if (fetched === undefined) return
        if (one.rows === 0) one.since = clock.elapsed()
        one.pieces.push({ fetched, from: 0 })
        one.rows += fetched.values.count
        if (joins) one.bytes += byteLength(fetched.values, 0, fetched.values.count)
      }
    },
    isDue(partition, hurry) {
      const one = at(partition)
      return one.rows > 0 && (hurry || isFull(one) || clock.elapsed() - one.since >= lingerMs)
    },
    dueIn(partition) {
      const one = at(partition)
      return one.rows === 0 ? Number.POSITIVE_INFINITY : isFull(one) ? 0 : one.since + lingerMs - clock.elapsed()
    },
    isEmpty: () => waiting.every(({ rows }) => rows === 0),
    take(partition) {
      const one = at(partition)
      const [first] = one.pieces
      if (first === undefined) return undefined
      const baseOffset = first.fetched.baseOffset + first.from
      const taken = takePieces(one.pieces, joins ? rows : Number.POSITIVE_INFINITY, bytes)
      const records = taken.length === 1 ? (taken[0] as Taken).records : joined(taken)
      one.rows -= records.count
      if (joins) one.bytes -= byteLength(records, 0, records.count)
      // What was joined is a copy.
      if (taken.length > 1) for (const { release } of taken) release()
      const release = taken.length === 1 ? (taken[0] as Taken).release : () => {}
      return { partition, baseOffset, records, release }
    },
  }
}

type Taken = { readonly records: Records; release(): void }

/** The first records of the pieces, within the limits but at least one; pieces that are used up are taken off. */
function takePieces(pieces: Piece[], rows: number, bytes: number): readonly Taken[] {
  const taken: Taken[] = []
  let rowsLeft = rows
  let bytesLeft = bytes
  for (;;) {
    const [piece] = pieces
    if (piece === undefined) return taken
    const { values } = piece.fetched
    let to = piece.from
    for (; to < values.count && rowsLeft > 0; to++) {
      bytesLeft -= byteLength(values, to, to + 1)
      if (bytesLeft < 0 && (taken.length > 0 || to > piece.from)) break
      rowsLeft--
    }
    const isUsedUp = to === values.count
    if (to > piece.from) {
      const records = sliceRecords(values, piece.from, to)
      if (!isUsedUp) values.lease?.hold()
      taken.push({ records, release: () => values.lease?.release() })
    }
    piece.from = to
    if (!isUsedUp) return taken
    pieces.shift()
  }
}

function joined(parts: readonly Taken[]): Records {
  const count = parts.reduce((sum, { records }) => sum + records.count, 0)
  const length = parts.reduce((sum, { records }) => sum + byteLength(records, 0, records.count), 0)
  const all = { bytes: new Uint8Array(length), start: new Int32Array(count), end: new Int32Array(count), count }
  let record = 0
  let at = 0
  for (const { records } of parts) {
    for (let i = 0; i < records.count; i++) {
      const from = records.start[i] as number
      const to = records.end[i] as number
      all.bytes.set(records.bytes.subarray(from, to), at)
      all.start[record] = at
      at += to - from
      all.end[record++] = at
    }
  }
  return all
}

function byteLength({ start, end }: Records, from: number, to: number): number {
  let sum = 0
  for (let record = from; record < to; record++) sum += (end[record] as number) - (start[record] as number)
  return sum
}
