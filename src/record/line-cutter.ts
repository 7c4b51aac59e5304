/**
 * Cuts a stream of bytes into batches of whole lines.
 *
 * Half a line is kept until its rest comes, but never more of it than the line limit: a longer line is skipped to its end
 * and reported, wherever the chunks happen to be cut. `position` is always the end of a line, so that a reader which starts
 * there again sees the same lines.
 *
 * A byte order mark at the start of the stream and NULs that are not text (`nuls.ts`) are left out of the lines. A hole ends
 * a line, so no more than the limit is ever kept of one, and a reader that begins behind it sees the same lines.
 *
 * The cutter works in whatever memory the chunks lie in. Only the half line is copied: to the head of the next buffer where
 * the caller reads into buffers of its own (`begin`, then `cut`), or in front of the next chunk (`add`).
 *
 * Where records may span lines (`spans.ts`), a record that has not ended is kept as a half line is, and the limit holds for it.
 */

import { hasMark, MARK_BYTES } from '../bytes/mark.ts'
import { endOfHoles, HOLE_BYTES, hasHole, indexOfNul, nulsAtEnd } from '../bytes/nuls.ts'
import type { Records } from './column.ts'
import { makeRecords } from './lines-split.ts'
import { linesWithin, type TooLong } from './lines-within.ts'
import type { HoleTaker } from './nuls.ts'
import { isHeaderRecord, type JoinLines, joinWhole, type OtherNames, type RecordForm } from './spans.ts'

/** What is called for all that is left out. */
export type LeftOutTaker = {
  readonly tooLong: TooLong
  readonly hole?: HoleTaker
  /** Takes a first record with names of other columns. May throw: then nothing was cut off. By default, the record is data. */
  readonly names?: (names: OtherNames) => void
}

const NEWLINE = 10
const NOTHING = new Uint8Array(0)

/** Cuts one stream; lines of more than `limit` bytes are left out and reported. A function takes these alone. */
export class LineCutter {
  readonly #limit: number
  readonly #leftOut: LeftOutTaker
  /** The first bytes of the line that has not ended yet: a view of the head of `#room`. */
  #kept: Uint8Array = NOTHING
  #room: Uint8Array = NOTHING
  /** Where in the stream `#kept` starts. */
  #keptAt: number
  /** Whether the line that has not ended yet is left out, and so is not kept. */
  #skipping: boolean
  #position: number
  /** NULs at the end of what was skipped last. */
  #skippedNuls = 0
  /** Whether what was cut off last may have NULs. */
  #hasNuls = false
  /** What puts lines together, where records may span them. */
  readonly #join: JoinLines | undefined
  readonly #sign: number | undefined
  /** Whether a record of what was cut off last has several lines, as far as is known. */
  #hasSpans = false
  /**
   * The records of what was cut off last, and how far their places are from those in it. Lines are joined once: a format may
   * have changed their order, and would find other records in it.
   */
  #joined: { readonly records: Records; readonly first: number; readonly shift: number } | undefined
  readonly #firstRecord: RecordForm['firstRecord']
  /** Whether the next record may be a header, which may span lines, and is left out. */
  #skipsRecord = false

  /**
   * `position`: where in the stream the first byte lies; `first`: what makes records of lines, or true where that byte is
   * within a line, whose rest is left out.
   */
  constructor(limit: number, leftOut: TooLong | LeftOutTaker, position = 0, first: boolean | RecordForm = false) {
    this.#limit = limit
    this.#leftOut = typeof leftOut === 'function' ? { tooLong: leftOut } : leftOut
    this.#keptAt = position
    const skipsFirst = typeof first === 'boolean' ? first : first.hasHeader && position === 0
    this.#join = typeof first === 'boolean' ? undefined : first.join
    this.#sign = typeof first === 'boolean' ? undefined : first.sign
    this.#firstRecord = typeof first === 'boolean' ? undefined : first.firstRecord
    this.#skipping = skipsFirst && this.#join === undefined
    this.#skipsRecord = skipsFirst && this.#join !== undefined
    this.#position = position
  }

  /** The end of the last whole line cut off, in bytes of the stream: where to go on after a restart. */
  get position(): number {
    return this.#position
  }

  /** Where in the stream the next line begins, at the earliest: beyond `position` while a line is skipped. */
  get next(): number {
    return this.#keptAt
  }

  /** How many bytes of the line that has not ended are kept. */
  get kept(): number {
    return this.#kept.length
  }

  /** Whether whole lines are kept, as their record has not ended. */
  get holdsLines(): boolean {
    return this.#join !== undefined && this.#kept.includes(NEWLINE)
  }

  /** Copies the kept half line to the start of a buffer. The caller fills it from `kept` on and gives it to `cut`. */
  begin(buffer: Uint8Array): void {
    buffer.set(this.#kept)
  }

  /** Adds a chunk and cuts off its whole lines, line ends included. The result may lie in the chunk. */
  add(chunk: Uint8Array): Uint8Array {
    if (this.#kept.length === 0) return this.cut(chunk)
    return chunk.includes(NEWLINE) ? this.cut(Buffer.concat([this.#kept, chunk])) : this.#keepMore(chunk)
  }

  /** As `add`, but the kept half line and the whole lines' part of the chunk are given apart, without a copy. */
  addApart(chunk: Uint8Array): readonly [Uint8Array, Uint8Array] {
    const head = this.#kept
    // Without a line end nothing is cut off, and the length of what is kept must be measured as one line.
    if (head.length === 0 || this.#join !== undefined || !chunk.includes(NEWLINE)) return [NOTHING, this.add(chunk)]
    this.#keep(NOTHING)
    this.#keptAt += head.length
    return [head, this.cut(chunk)]
  }

  /** Cuts off the whole lines of `bytes`, which start with the kept half line: see `begin`. */
  cut(bytes: Uint8Array): Uint8Array {
    this.#hasNuls = indexOfNul(bytes) >= 0
    let start = this.#skipping ? this.#endOfSkipped(bytes) : 0
    if (this.#skipping && start === 0) {
      this.#keptAt += bytes.length
      return NOTHING
    }
    const newline = Math.max(start, bytes.lastIndexOf(NEWLINE) + 1)
    const whole = this.#hasNuls ? endOfHoles(bytes, newline) : newline
    let end = whole
    if (this.#join !== undefined && end > start) [start, end] = this.#wholeRecords(bytes, [start, end])
    this.#position = end > 0 ? this.#keptAt + end : this.#position
    // NULs at the end may become a hole, and belong to no line then.
    const nuls = this.#hasNuls ? nulsAtEnd(bytes, end) : 0
    // A record that is kept was measured, and may have a byte order mark before it.
    this.#skipping = end === whole && bytes.length - end - nuls > this.#limit
    if (this.#skipping) this.#leftOut.tooLong(this.#position)
    this.#skippedNuls = nuls
    this.#keep(this.#skipping ? NOTHING : bytes.slice(end))
    this.#keptAt += this.#skipping ? bytes.length : end
    return bytes.subarray(start, end)
  }

  /** Where the line that is skipped has ended: behind its line end, or in a hole; 0 where it goes on. */
  #endOfSkipped(bytes: Uint8Array): number {
    const end = bytes.indexOf(NEWLINE) + 1
    if (!this.#hasNuls) {
      this.#skippedNuls = 0
      return end
    }
    const most = end === 0 ? bytes.length : end
    let run = this.#skippedNuls
    for (let at = 0; at < most; at++) {
      run = bytes[at] === 0 ? run + 1 : 0
      if (run === HOLE_BYTES) return at + 1
    }
    this.#skippedNuls = run
    return end
  }

  /**
   * Adds a chunk without a line end to the half line. The room for it doubles: a line that comes byte by byte would otherwise be
   * copied whole for each of its bytes.
   */
  #keepMore(chunk: Uint8Array): Uint8Array {
    const before = this.#kept.length
    const length = before + chunk.length
    if (this.#room.length < length) {
      this.#room = new Uint8Array(2 * length)
      this.#room.set(this.#kept)
    }
    this.#room.set(chunk, before)
    this.#kept = this.#room.subarray(0, length)
    const since = Math.max(0, before - HOLE_BYTES + 1)
    if (hasHole(this.#kept, since)) return this.cut(this.#kept)
    const nuls = nulsAtEnd(this.#kept, since)
    if (length - nuls <= this.#limit) return NOTHING
    if (this.#join !== undefined) return this.cut(this.#kept)
    this.#leftOut.tooLong(this.#position)
    this.#skipping = true
    this.#skippedNuls = nuls
    this.#keptAt += length
    this.#keep(NOTHING)
    return NOTHING
  }

  #keep(bytes: Uint8Array): void {
    this.#kept = bytes
    this.#room = bytes
  }

  /** The lines of what `cut`, `add` or `rest` has just given, without those over the limit. */
  lines(whole: Uint8Array, into: Records = makeRecords((whole.length >> 6) + 1)): Records {
    const position = this.#position - whole.length
    const { tooLong, hole } = this.#leftOut
    const isStart = position === 0
    const within = { limit: this.#limit, tooLong, hole, position, isStart, hasNuls: this.#hasNuls }
    const lines = linesWithin(whole, within, into)
    const joined = this.#joined
    this.#joined = undefined
    if (this.#join === undefined || !this.#hasSpans) return lines
    if (joined === undefined) return joinWhole(lines, this.#join, this.#limit)
    const { records, first, shift } = joined
    lines.count = records.count - first
    for (let i = 0; i < lines.count; i++) {
      lines.start[i] = (records.start[i + first] as number) + shift
      lines.end[i] = (records.end[i + first] as number) + shift
    }
    return lines
  }

  /** Of the whole lines in [start, end), those of the records that have ended. */
  #wholeRecords(bytes: Uint8Array, [start, end]: [number, number], isEnd = false): [number, number] {
    const join = this.#join
    const whole = bytes.subarray(start, end)
    this.#hasSpans = false
    this.#joined = undefined
    const sign = this.#sign
    if (join === undefined) return [start, end]
    if (!this.#skipsRecord && sign !== undefined && !whole.includes(sign)) return [start, end]
    const position = this.#keptAt + start
    const within = { limit: this.#limit, tooLong: () => {}, position, isStart: position === 0, hasNuls: this.#hasNuls }
    const lines = linesWithin(whole, within, makeRecords((whole.length >> 6) + 1))
    const followed = bytes.length - nulsAtEnd(bytes, end) - start
    const ahead = lines.count === 0 ? 0 : followed - (lines.end[lines.count - 1] as number)
    const { records, rest } = join(lines, isEnd, { longest: this.#limit, ahead })
    this.#hasSpans = records.count < rest
    this.#joined = { records, first: 0, shift: 0 }
    const mark = position === 0 && hasMark(whole) ? MARK_BYTES : 0
    const open = rest === lines.count ? whole.length : (lines.start[rest] as number)
    const stop = start + (open === mark && rest === 0 ? 0 : open)
    if (!this.#skipsRecord || stop === start) return [start, stop]
    // If the first line is too long, it was the header.
    const isFirst = position === 0 && records.count > 0 && records.start[0] === mark
    const names = (found: OtherNames) => this.#leftOut.names?.(found)
    const isHeader = isFirst && isHeaderRecord(whole.subarray(mark, records.end[0]), this.#firstRecord, names)
    this.#skipsRecord = false
    if (!isHeader) return [start, stop]
    this.#joined = { records, first: 1, shift: -(records.start[1] ?? 0) }
    return [records.count === 1 ? stop : start + (records.start[1] as number), stop]
  }

  /** The last line of the stream, if it has no line end, once the stream has ended; else no bytes. */
  rest(): Uint8Array {
    const rest = this.#cutKept(this.#kept.length)
    this.#position = this.#keptAt
    return rest
  }

  /**
   * The whole lines of a record that has not ended, once no more of the stream is read: nothing where every record is a line.
   * The half line behind them stays.
   */
  wholeRest(): Uint8Array {
    return this.#join === undefined ? NOTHING : this.#cutKept(this.#kept.lastIndexOf(NEWLINE) + 1)
  }

  /** Cuts off the first `length` bytes of what is kept, as if the stream ended behind them. */
  #cutKept(length: number): Uint8Array {
    const bytes = this.#kept.subarray(0, length)
    this.#hasNuls = true
    this.#joined = undefined
    const [start] = this.#skipsRecord ? this.#wholeRecords(bytes, [0, length], true) : [0]
    this.#hasSpans = true
    this.#keep(this.#kept.subarray(length))
    this.#keptAt += length
    this.#position = length > 0 ? this.#keptAt : this.#position
    return bytes.subarray(start)
  }
}
