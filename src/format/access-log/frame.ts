/**
 * The frame of an access-log line: where its fields lie.
 *
 *   host ident user [10/Oct/2000:13:55:36 -0700] "request" status size …
 *
 * What stands before the time, and what some formats have before the host, is the head: see `head.ts`. The request ends at the first quote without a backslash before
 * it (`\\` is a pair); the status is three digits; the size is digits or `-`, followed by a space or the end.
 *
 * A line with this frame is a row, any other a reject, whatever follows the frame and whichever columns are wanted: the whole
 * frame is always read, and nothing after it. The parts of the request (see `request.ts`) are found with it. So the scan
 * does not depend on the columns, and leaves one array for each kind of position: most columns are two of these arrays and
 * need no more work.
 *
 * A kernel (`kernel/assembly/access-log.ts`) reads the bytes, in blocks that are copied to its memory. The arrays lie there
 * too, so they are not copied.
 */

import { ACCESS_LOG_KERNEL } from '../../kernel/access-log.wasm.ts'
import {
  FORWARDED,
  HOST,
  HOST_END,
  LEAD_END,
  LEAD_START,
  METHOD_END,
  NO_PROTOCOL,
  NO_QUERY,
  NO_TARGET,
  ORIGIN,
  PATH_END,
  PROTOCOL_START,
  QUERY_START,
  REQUEST_END,
  REQUEST_START,
  SIZE_END,
  START,
  STATUS,
  STRIDES,
  TARGET_END,
  TARGET_START,
  TIME,
  VHOST,
} from '../../kernel/assembly/access-log/columns.ts'
import { align, openKernel, PADDING } from '../../kernel/open.ts'
import type { Records } from '../../record/column.ts'
import type { Rejects } from '../format.ts'
import { headTrouble, type Lead } from './head.ts'
import { type Trouble, tailTrouble } from './reject.ts'

const CR = 13
const NUL = 0
/** Bytes and records of a block, which stay in the processor's cache. */
export const FRAME_BLOCK_BYTES: number = 1 << 16
const FRAME_BLOCK_RECORDS = 1 << 11
const LEAST_ROWS = 1 << 13

type Functions = {
  place(block: number, records: number, notes: number, columns: number, stride: number, lead: number): void
  scan(count: number, record: number, from: number, to: number, shift: number, row: number): number
  split(from: number, to: number, shift: number, row: number): void
  emptySeveral(count: number, from: number, to: number, shift: number): number
}

const LEADS = { host: HOST, vhost: VHOST, forwarded: FORWARDED }

/**
 * The rows of a batch. All arrays are valid until the next scan, and may be longer than the batch. A scan throws a Failure
 * `limit` when the process has no addresses for the kernel's memory.
 */
export class AccessFrames {
  start: Int32Array = new Int32Array(0)
  hostEnd: Int32Array = this.start
  /** The space before the ident: the end of the host, or of the list that it is the first of. */
  nameEnd: Int32Array = this.start
  /** The virtual host, or the list of addresses. */
  leadStart: Int32Array = this.start
  leadEnd: Int32Array = this.start
  /** First byte of the request, after its quote. The user ends 31 bytes before it. */
  requestStart: Int32Array = this.start
  requestEnd: Int32Array = this.start
  /** The start of the request where the method is absent, and so are all parts. */
  methodEnd: Int32Array = this.start
  targetStart: Int32Array = this.start
  targetEnd: Int32Array = this.start
  pathEnd: Int32Array = this.start
  /** The byte after the `?` of the target. */
  queryStart: Int32Array = this.start
  protocolStart: Int32Array = this.start
  sizeEnd: Int32Array = this.start
  status: Int32Array = this.start
  /** Event time, ms since 1970. */
  time: Float64Array = new Float64Array(0)
  /** 1 where the target is absent. */
  noTarget: Uint8Array = new Uint8Array(0)
  noQuery: Uint8Array = this.noTarget
  noProtocol: Uint8Array = this.noTarget
  /** The record of each row; undefined where row i is record i. */
  origin: Int32Array | undefined
  /** Rows whose request contains `\"`: few, so a list. The scan does not split their requests: see `split`. */
  readonly escaped: number[] = []
  #functions!: Functions
  #memory: Uint8Array = this.noTarget
  #columns = this.noTarget
  #room = 0
  #starts = this.start
  #ends = this.start
  #notes = this.start
  #origins = this.start
  readonly #lead: Lead
  /** Records of the block that are several lines, each with the position of its first line end. */
  readonly #several = new Map<number, number>()

  constructor(lead: Lead) {
    this.#lead = lead
  }

  /** Finds the frames of the records in `bytes` and returns how many are rows. */
  scan(records: Records, bytes: Uint8Array, rejects: Rejects): number {
    const { start, end, count } = records
    if (count > this.start.length) this.#open(FRAME_BLOCK_BYTES, Math.max(LEAST_ROWS, count, 2 * this.start.length))
    this.escaped.length = 0
    const isMarked = hasMarks(records, bytes)
    let row = 0
    for (let record = 0; record < count; ) {
      const behind = Math.min(count, record + FRAME_BLOCK_RECORDS)
      const from = start[record] as number
      const length = (end[record] as number) - from
      if (length > this.#room) this.#widen(length)
      // Most records follow each other. Those that do not lie in the copied bytes are left to the next block.
      const to = Math.min(from + this.#room, Math.max(end[record] as number, end[behind - 1] as number))
      this.#memory.set(bytes.subarray(from, to), PADDING)
      this.#starts.set(start.subarray(record, behind))
      this.#ends.set(end.subarray(record, behind))
      const block = [PADDING, PADDING + to - from, PADDING - from] as const
      this.#several.clear()
      if (isMarked) this.#takeSeveral(record, this.#functions.emptySeveral(behind - record, ...block))
      row = this.#functions.scan(behind - record, record, ...block, row)
      this.#takeNotes(records, bytes, rejects)
      record += this.#notes[0] as number
    }
    this.origin = row === count ? undefined : this.#origins
    return row
  }

  /** Splits the request of a row, which is now the bytes [from, to) of `bytes`. */
  split(row: number, bytes: Uint8Array, from: number, to: number): void {
    this.#memory.set(bytes.subarray(from, to), PADDING)
    this.#functions.split(PADDING, PADDING + to - from, PADDING - from, row)
  }

  #takeSeveral(first: number, found: number): void {
    for (let at = 3; at < 3 + 2 * found; at += 2) {
      this.#several.set(first + (this.#notes[at] as number), this.#notes[at + 1] as number)
    }
  }

  #takeNotes(records: Records, bytes: Uint8Array, rejects: Rejects): void {
    const notes = this.#notes
    const rejected = notes[1] as number
    const escaped = notes[2] as number
    for (let at = 3; at < 3 + 3 * rejected; at += 3) {
      const record = notes[at] as number
      const line = { bytes, from: records.start[record] as number, end: records.end[record] as number }
      const lineEnd = this.#several.get(record)
      const [position, reason] =
        lineEnd === undefined
          ? troubleOf(line, this.#lead, notes[at + 1] as number, notes[at + 2] as number)
          : severalTrouble(bytes, lineEnd)
      rejects.add(record, position - line.from, reason)
    }
    for (let at = 0; at < escaped; at++) this.escaped.push(notes[3 + 3 * FRAME_BLOCK_RECORDS + at] as number)
  }

  /** Opens a kernel with room for a record of `length` bytes, and copies the rows found so far to it. */
  #widen(length: number): void {
    const columns = this.#columns
    this.#open(length, this.start.length)
    this.#columns.set(columns)
  }

  /** Opens a kernel with room for blocks of `room` bytes and `capacity` rows. */
  #open(room: number, capacity: number): void {
    this.#room = Math.max(room, this.#room)
    const starts = align(this.#room + 2 * PADDING)
    const notes = starts + 8 * FRAME_BLOCK_RECORDS
    const columns = align(notes + 4 * (3 + 4 * FRAME_BLOCK_RECORDS))
    // Not a power of two: then all columns of a row would compete for the same lines of the processor's cache.
    const stride = 4 * capacity + PADDING
    const { functions, memory } = openKernel<Functions>(ACCESS_LOG_KERNEL, columns + STRIDES * stride)
    functions.place(FRAME_BLOCK_RECORDS, starts, notes, columns, stride, LEADS[this.#lead])
    this.#functions = functions
    this.#memory = new Uint8Array(memory)
    this.#columns = new Uint8Array(memory, columns, STRIDES * stride)
    this.#starts = new Int32Array(memory, starts, FRAME_BLOCK_RECORDS)
    this.#ends = new Int32Array(memory, starts + 4 * FRAME_BLOCK_RECORDS, FRAME_BLOCK_RECORDS)
    this.#notes = new Int32Array(memory, notes, 3 + 4 * FRAME_BLOCK_RECORDS)
    const integers = (column: number) => new Int32Array(memory, columns + column * stride, capacity)
    const flags = (column: number) => new Uint8Array(memory, columns + column * stride, capacity)
    this.start = integers(START)
    this.#origins = integers(ORIGIN)
    this.hostEnd = integers(HOST_END)
    this.leadStart = integers(LEAD_START)
    this.leadEnd = integers(LEAD_END)
    this.nameEnd = this.#lead === 'forwarded' ? this.leadEnd : this.hostEnd
    this.requestStart = integers(REQUEST_START)
    this.requestEnd = integers(REQUEST_END)
    this.methodEnd = integers(METHOD_END)
    this.targetStart = integers(TARGET_START)
    this.targetEnd = integers(TARGET_END)
    this.pathEnd = integers(PATH_END)
    this.queryStart = integers(QUERY_START)
    this.protocolStart = integers(PROTOCOL_START)
    this.sizeEnd = integers(SIZE_END)
    this.status = integers(STATUS)
    this.noTarget = flags(NO_TARGET)
    this.noQuery = flags(NO_QUERY)
    this.noProtocol = flags(NO_PROTOCOL)
    this.time = new Float64Array(memory, columns + TIME * stride, capacity)
  }
}

type Line = { readonly bytes: Uint8Array; readonly from: number; readonly end: number }

/** Why a line is no row, by how far the kernel came: 0, its head; 1, its time; 2, what follows the request. */
function troubleOf({ bytes, from, end: lineEnd }: Line, lead: Lead, reached: number, position: number): Trouble {
  const end = lineEnd > from && bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd
  if (reached === 0) return headTrouble(bytes.subarray(from, end), from, lead)
  if (reached === 1) return [position, 'expected a time such as [10/Oct/2000:13:55:36 -0700]']
  return tailTrouble(bytes, position, end)
}

/** Whether there is a CR or a NUL in the bytes of records, or between these. */
function hasMarks({ start, end, count }: Records, bytes: Uint8Array): boolean {
  if (count === 0) return false
  const from = start[0] as number
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, (end[count - 1] as number) - from)
  return text.includes(CR) || text.includes(NUL)
}

/**
 * Why a record is no row that is several lines, as where lines end with CR or NUL alone: the first of them would be a row, and
 * all others the rest of it.
 */
function severalTrouble(bytes: Uint8Array, position: number): Trouble {
  const [what, written] = bytes[position] === CR ? ['CR', '\\r'] : ['NUL', '\\0']
  return [position, `a ${what} within the line: lines end with LF (tr '${written}' '\\n' makes lines of it)`]
}
