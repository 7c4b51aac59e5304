/**
 * One partition's log: appends wait in a queue, are encoded, written with everybody's next commit, and acknowledged in
 * order once they are durable.
 *
 * Offsets are given when an append is encoded. So when one cannot be written, all that wait behind it wait or are refused
 * with it: they would lie at the wrong offsets, and a later one must not overtake an earlier one that is tried again.
 */
import type { Disk } from '../../base/disk.ts'
import { Failure } from '../../base/failure.ts'
import { NO_RECORDS } from '../../record/records.ts'
import type { ChunkPool } from '../batch/chunk.ts'
import { BatchWriter, checkAppend, type Encoded } from '../batch/record-batch.ts'
import type { Append, Bounds, Fetched, Stretch } from '../bus.ts'
import type { Committable, Committer } from './committer.ts'
import { PartitionReader } from './partition-reader.ts'
import { type Published, publishedOf } from './published.ts'
import { createTail, type Segment, segmentAt, type Tail } from './segment.ts'
import { NO_TIME, type Point } from './sparse-index.ts'
import { type Facts, factsOf, keepMark, removeSegments } from './trim.ts'

/** Encoded ahead of the next commit; what is more waits in its writer's own buffers. */
const ENCODE_AHEAD_BYTES = 4 * 1024 * 1024

export type PartitionOptions = {
  readonly disk: Disk
  readonly committer: Committer
  readonly pool: ChunkPool
  /** A segment that would grow beyond it is followed by a new one. */
  readonly segmentBytes: number
  /** Called after each durable append, before it is acknowledged. */
  published(fetched: Fetched): void
}

type Waiting = {
  readonly append: Append
  baseOffset: number
  /** Where its records lie among what was encoded. */
  pieces: Published['pieces']
  resolve(offset: number): void
  reject(failure: unknown): void
}

export class PartitionLog implements Committable {
  readonly #folder: string
  readonly #options: PartitionOptions
  readonly #writer: BatchWriter
  readonly #reader: PartitionReader
  readonly #segments: Segment[]
  /** Appends that are not encoded yet, that are, and that are written but not durable. */
  #queue: Waiting[] = []
  #encoded: Waiting[] = []
  #written: Waiting[] = []
  /** The bytes of what is about to be written; still there after a try that found the disk full. */
  #taken: Encoded | undefined
  /** Those of what is written but not durable. */
  #syncing: Encoded | undefined
  #tail: Tail
  /** Where the durable log ends. */
  #end: Point
  #writtenPosition = 0
  #nextOffset: number
  /** Segments that were followed by a new one in this commit. */
  #retired: Tail[] = []
  /** Of segments that are closed, as far as somebody asked. */
  readonly #facts = new Map<Segment, Facts>()
  #rollWanted = false
  /** The arrival of the tail's first record, and whether the last mark lies in the tail. */
  #since: number | undefined
  #markInTail = false
  #trimming: Promise<void> = Promise.resolve()

  constructor(folder: string, options: PartitionOptions, opened: Opened) {
    this.#folder = folder
    this.#options = options
    this.#writer = new BatchWriter(options.pool)
    this.#segments = opened.segments
    this.#tail = opened.tail
    this.#end = opened.end
    this.#nextOffset = opened.end.offset
    this.#since = opened.since
    this.#reader = new PartitionReader(options.disk, this.#segments)
  }

  bounds(): Bounds {
    return { start: (this.#segments[0] as Segment).baseOffset, end: this.#end.offset }
  }

  lastMark(): Uint8Array | undefined {
    return this.#end.mark
  }

  stretches(): readonly Stretch[] {
    return this.#segments.map((segment, index) => {
      const start = segment.baseOffset
      const next = this.#segments[index + 1]
      if (next === undefined) {
        const { offset: end, position: bytes, maxTime } = this.#end
        return { start, end, bytes, maxTime, since: this.#since ?? maxTime }
      }
      const facts = this.#facts.get(segment) ?? factsOf(this.#options.disk, segment)
      this.#facts.set(segment, facts)
      return { start, end: next.baseOffset, ...facts, since: undefined }
    })
  }

  trim(offset: number): Promise<void> {
    const trimmed = this.#trimming.then(() => this.#trim(offset))
    this.#trimming = trimmed.catch(() => {})
    return trimmed
  }

  async #trim(offset: number): Promise<void> {
    const { disk } = this.#options
    const isDue = (index: number) => {
      // What follows a segment must be durable before the segment goes, or a crash leaves nothing.
      const next = this.#segments[index + 1]
      return next !== undefined && next.baseOffset <= offset && index + 1 < this.#segments.length - this.#retired.length
    }
    let due = 0
    while (isDue(due)) due++
    if (due === 0) return
    if (this.#end.mark !== undefined && !this.#markInTail) await keepMark(disk, this.#folder, this.#end.mark)
    const removed = this.#segments.splice(0, due)
    for (const segment of removed) this.#facts.delete(segment)
    await removeSegments(disk, this.#folder, removed)
  }

  async roll(): Promise<void> {
    if (this.#end.position === 0) return
    this.#rollWanted = true
    await this.append({ values: NO_RECORDS, keys: undefined, timestamp: 0, mark: undefined })
  }

  read(offset: number, maxBytes: number): Fetched | undefined {
    const { start, end } = this.bounds()
    if (offset < start || offset > end) {
      const what = offset < start ? `is not kept any more: the first is ${start}` : `is beyond the end, ${end}`
      throw new Failure('not-found', `offset ${offset} of ${this.#folder} ${what}`)
    }
    return offset === end ? undefined : this.#reader.read({ offset, maxBytes, tail: this.#tail, end: this.#end })
  }

  append(append: Append): Promise<number> {
    return new Promise((resolve, reject) => {
      try {
        if (this.#options.committer.broken !== undefined) throw this.#options.committer.broken
        checkAppend(append)
      } catch (error) {
        append.values.lease?.release()
        throw error
      }
      // Of what is lent, even the count is another's once it is let go of.
      const kept = append.values.lease === undefined ? append : { ...append, values: { ...append.values } }
      this.#queue.push({ append: kept, baseOffset: 0, pieces: [], resolve, reject })
      this.prepare()
    })
  }

  prepare(): void {
    while (this.#queue.length > 0 && this.#writer.bytes < ENCODE_AHEAD_BYTES) {
      const waiting = this.#queue.shift() as Waiting
      waiting.baseOffset = this.#nextOffset
      waiting.pieces = this.#writer.add(waiting.append, waiting.baseOffset)
      this.#nextOffset += waiting.append.values.count
      this.#encoded.push(waiting)
      // So the memory that lines are read into is the same again and again, and stays near to the processor.
      waiting.append.values.lease?.release()
    }
    if (this.#encoded.length > 0) this.#options.committer.request(this)
  }

  write(): void {
    const taken = this.#take()
    const { parts, bytes } = taken
    try {
      const isFull = this.#end.position + bytes > this.#options.segmentBytes
      if (this.#end.position > 0 && (isFull || this.#rollWanted)) this.#roll()
      this.#rollWanted = false
      this.#tail.file.write(parts, this.#end.position)
      this.#writtenPosition = this.#end.position + bytes
    } catch (error) {
      // What was written in part must not be there when the next commit is shorter than this one.
      this.#cutBack()
      throw error
    }
    this.#syncing = taken
    this.#taken = undefined
  }

  #take(): Encoded {
    if (this.#taken !== undefined) return this.#taken
    this.#written = this.#encoded
    this.#encoded = []
    this.#taken = this.#writer.take()
    return this.#taken
  }

  async sync(): Promise<void> {
    const { disk } = this.#options
    const retired = this.#retired
    const folder = retired.length > 0 ? [disk.syncFolder(this.#folder)] : []
    await Promise.all([this.#tail.file.sync(), ...folder, ...retired.map(({ index }) => index.sync())])
    this.#retired = []
    for (const tail of retired) closeTail(tail)
  }

  publish(): void {
    const written = this.#written
    const isDense = this.#syncing?.isDense === true
    let { mark, maxTime, offset } = this.#end
    for (const { append } of written) {
      offset += append.values.count
      if (append.values.count === 0) continue
      maxTime = Math.max(maxTime, Math.floor(append.timestamp))
      this.#since ??= Math.floor(append.timestamp)
      if (append.mark === undefined) continue
      mark = append.mark.slice()
      this.#markInTail = true
    }
    this.#end = { offset, position: this.#writtenPosition, maxTime, mark }
    this.#tail.index.note(this.#end)
    for (let waiting = written[0]; waiting !== undefined; waiting = written[0]) {
      for (const fetched of publishedOf(waiting, isDense)) this.#options.published(fetched)
      written.shift()
      waiting.resolve(waiting.baseOffset)
    }
    this.#syncing?.release()
    this.#syncing = undefined
  }

  fail(failure: unknown): void {
    const refused = [...this.#written, ...this.#encoded, ...this.#queue]
    for (const { append } of this.#queue) append.values.lease?.release()
    this.#written = []
    this.#encoded = []
    this.#queue = []
    this.#taken?.release()
    this.#taken = undefined
    this.#syncing?.release()
    this.#syncing = undefined
    this.#writer.take().release()
    this.#nextOffset = this.#end.offset
    for (const { reject } of refused) reject(failure)
  }

  /** Closes the files; nothing may wait any more. */
  async close(): Promise<void> {
    // That the index is durable saves reading at the next start, no more: it is no reason to fail now.
    await this.#tail.index.sync().catch(() => {})
    closeTail(this.#tail)
  }

  #roll(): void {
    const { disk } = this.#options
    const segment = segmentAt(this.#folder, this.#end.offset)
    // If this fails, the new file may be there. A restart would go on in it, so nothing may be added to the old one.
    this.#rollWanted = true
    const tail = createTail(disk, segment, this.#end)
    this.#retired.push(this.#tail)
    this.#facts.set(this.#tail.segment, { bytes: this.#end.position, maxTime: this.#end.maxTime })
    this.#tail = tail
    this.#segments.push(segment)
    this.#end = { ...this.#end, position: 0, maxTime: NO_TIME }
    this.#since = undefined
    this.#markInTail = false
  }

  /** If even this fails, it is no Failure of one append but the end of the log: see `Committer`. */
  #cutBack(): void {
    try {
      this.#tail.file.truncate(this.#end.position)
    } catch (cause) {
      throw new Error(`${this.#tail.file.path} cannot be cut back to what is durable`, { cause })
    }
  }
}

export type Opened = {
  readonly segments: Segment[]
  readonly tail: Tail
  readonly end: Point
  readonly since: number | undefined
}

const closeTail = ({ file, index }: Tail): void => {
  file.close()
  index.close()
}
