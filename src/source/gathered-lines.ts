/**
 * Whole lines of several connections, copied as they come, so that the memory of the sockets is free again. Those that come while
 * a batch is being delivered make up the next ones.
 */
import type { Records } from '../record/column.ts'
import { makeRecords } from '../record/lines-split.ts'
import { linesWithin } from '../record/lines-within.ts'
import { type ReadBuffer, type ReadBufferPool, readBufferPool } from './read-buffer.ts'
import { fitting, type SourceContext } from './source.ts'

const BUFFER_BYTES = 1 << 20
/** What a piece and a record take besides their bytes: a queue of datagrams of one byte is mostly that. */
const PIECE_BYTES = 256
const RECORD_BYTES = 8

/** Some of the lines, as bytes: those of each peer one after the other. */
type Gathered = {
  readonly buffer: ReadBuffer
  length: number
  /** What all of it takes in memory. */
  cost: number
  readonly pieces: Piece[]
}

/** What came of a peer at once. `records`: its records, at the place `from`, where they may span lines. */
type Piece = {
  readonly from: number
  readonly end: number
  readonly peer: string
  readonly records?: Records | undefined
}

/** What is called for what is left out of the lines of a peer; of one that is not known, "somebody". */
export type LeftOutOfPeers = { tooLong(peer: string): void; hole(): void }

/** The lines that wait to be delivered. */
export class GatheredLines {
  readonly #longest: number
  readonly #bufferBytes: number
  readonly #buffers: ReadBufferPool
  readonly #leftOut: LeftOutOfPeers
  readonly #queue: Gathered[] = []
  /** The bytes that what waits takes in memory. */
  bytes = 0

  /** Lines of at most `longest` bytes. */
  constructor(longest: number, leftOut: LeftOutOfPeers, context: SourceContext) {
    this.#longest = longest
    this.#leftOut = leftOut
    this.#bufferBytes = fitting(BUFFER_BYTES, context)
    this.#buffers = readBufferPool(this.#bufferBytes)
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0
  }

  /**
   * Adds whole lines of one peer, in two pieces: a line may begin in the first and end in the second. Where records may span
   * lines, they come with those in the first piece that has any.
   */
  add([head, tail]: readonly [Uint8Array, Uint8Array], peer: string, records?: Records): void {
    const length = head.length + tail.length
    let last = this.#queue.at(-1)
    if (last === undefined || last.buffer.bytes.length - last.length < length) {
      last = { buffer: this.#buffers.take(Math.max(this.#bufferBytes, length)), length: 0, cost: 0, pieces: [] }
      this.#queue.push(last)
    }
    last.buffer.bytes.set(head, last.length)
    last.buffer.bytes.set(tail, last.length + head.length)
    last.length += length
    last.pieces.push({ from: last.length - length, end: last.length, peer, records })
    const cost = length + PIECE_BYTES + RECORD_BYTES * (records?.count ?? 0)
    last.cost += cost
    this.bytes += cost
  }

  /** The lines that have waited longest; undefined where none wait. */
  take(): Records | undefined {
    const gathered = this.#queue.shift()
    if (gathered === undefined) return undefined
    const { buffer, length, pieces } = gathered
    this.bytes -= gathered.cost
    const isSmall = length < this.#bufferBytes / 4
    const bytes = isSmall ? buffer.bytes.slice(0, length) : buffer.bytes.subarray(0, length)
    const into = isSmall ? makeRecords((length >> 6) + 1) : buffer.lines
    // A slow reader would hold a whole buffer for a few lines.
    if (isSmall) buffer.lines.lease?.release()
    if (pieces.some(({ records }) => records !== undefined)) return recordsIn(pieces, bytes, into)
    const tooLong = (position: number) =>
      this.#leftOut.tooLong(pieces.find(({ end }) => end > position)?.peer ?? 'somebody')
    return linesWithin(bytes, { limit: this.#longest, tooLong, hole: () => this.#leftOut.hole(), position: 0 }, into)
  }
}

/** The records of the pieces. */
function recordsIn(pieces: readonly Piece[], bytes: Uint8Array, into: Records): Records {
  const count = pieces.reduce((sum, { records }) => sum + (records?.count ?? 0), 0)
  if (into.start.length < count) {
    into.start = new Int32Array(count)
    into.end = new Int32Array(count)
  }
  into.bytes = bytes
  into.count = 0
  for (const { from, records } of pieces) {
    for (let i = 0; i < (records?.count ?? 0); i++) {
      into.start[into.count] = from + (records?.start[i] as number)
      into.end[into.count++] = from + (records?.end[i] as number)
    }
  }
  return into
}
