/**
 * The files of a partition: closed segments, and the tail, which is written to. Written batches are part of the log once
 * they are synced and `advance` has been called.
 */
import type { Disk } from '../../base/disk/disk.ts'
import { Failure } from '../../base/failure.ts'
import type { Offset } from '../../base/quantity.ts'
import type { Encoded } from '../batch/record-batch.ts'
import type { Bounds, Fetched, Stretch } from '../bus.ts'
import type { Published } from './append-queue.ts'
import { PartitionReader } from './partition-reader.ts'
import { createTail, type Segment, segmentAt, type Tail } from './segment.ts'
import { NO_TIME, type Point } from './sparse-index.ts'
import { type Facts, factsOf, keepMark, keepStart, removeSegments } from './trim.ts'

/** A partition as it is when it is opened. */
export type FoundLog = {
  readonly segments: Segment[]
  readonly tail: Tail
  readonly end: Point
  /** Arrival of the tail's first record, ms since 1970. */
  readonly since: number | undefined
}

/** The files of one partition, open to be written. */
export class LogFiles {
  readonly #disk: Disk
  readonly #folder: string
  readonly #reader: PartitionReader
  readonly #segments: Segment[]
  /** The facts of closed segments that were asked for. */
  readonly #facts = new Map<Segment, Facts>()
  /** Trimmed segments whose files may still be there. */
  readonly #leaving: Segment[] = []
  #tail: Tail
  /** The end of the durable log. */
  #end: Point
  #writtenPosition: number
  /** Former tails that this commit has replaced. */
  #retired: Tail[] = []
  #isRollDue = false
  #since: number | undefined
  /** Whether the last mark is in the tail. */
  #markInTail = false

  constructor(disk: Disk, folder: string, { segments, tail, end, since }: FoundLog) {
    this.#disk = disk
    this.#folder = folder
    this.#segments = segments
    this.#tail = tail
    this.#end = end
    this.#writtenPosition = end.position
    this.#since = since
    this.#reader = new PartitionReader(disk, segments)
  }

  get end(): Point {
    return this.#end
  }

  bounds(): Bounds {
    return { start: (this.#segments[0] as Segment).baseOffset, end: this.#end.offset }
  }

  /** Durable records from an offset on; undefined at the end. Throws a Failure: 'not-found' for the offset, 'corrupt'. */
  read(offset: Offset, maxBytes: number): Fetched | undefined {
    checkOffset(offset, this.bounds(), this.#folder)
    if (offset === this.#end.offset) return undefined
    return this.#reader.read({ offset, maxBytes, tail: this.#tail, end: this.#end })
  }

  /** Bytes of all segments. */
  bytes(): number {
    return this.stretches().reduce((sum, { bytes }) => sum + bytes, 0)
  }

  stretches(): readonly Stretch[] {
    return this.#segments.map((segment, index) => {
      const start = segment.baseOffset
      const next = this.#segments[index + 1]
      if (next === undefined) {
        const { offset: end, position: bytes, maxTime } = this.#end
        return { start, end, bytes, maxTime, since: this.#since ?? maxTime }
      }
      const facts = this.#facts.get(segment) ?? factsOf(this.#disk, segment)
      this.#facts.set(segment, facts)
      return { start, end: next.baseOffset, ...facts, since: undefined }
    })
  }

  /** Removes the closed segments that end at or before the offset, the oldest first. */
  async trim(offset: Offset): Promise<void> {
    const isDue = (index: number) => {
      // The segment behind it must be durable before a segment goes, or a crash leaves neither.
      const next = this.#segments[index + 1]
      return next !== undefined && next.baseOffset <= offset && index + 1 < this.#segments.length - this.#retired.length
    }
    let due = 0
    while (isDue(due)) due++
    if (due === 0 && this.#leaving.length === 0) return
    if (this.#end.mark !== undefined && !this.#markInTail) {
      await keepMark(this.#disk, this.#folder, this.#end.mark, this.#segments[0])
    }
    const start = this.#segments[due]?.baseOffset
    if (due > 0 && start !== undefined) await keepStart(this.#disk, this.#folder, start)
    const removed = this.#segments.splice(0, due)
    for (const segment of removed) this.#facts.delete(segment)
    this.#leaving.push(...removed)
    await removeSegments(this.#disk, this.#folder, this.#leaving)
  }

  /** Lets the next write begin a new segment; returns false where the tail is empty, and stays. */
  wantRoll(): boolean {
    this.#isRollDue = this.#end.position > 0
    return this.#isRollDue
  }

  /**
   * Writes batches behind the durable ones, into a new segment where the tail would grow beyond `segmentBytes`. Throws a
   * Failure where it cannot; then the log is as before.
   */
  write({ parts, bytes }: Pick<Encoded, 'parts' | 'bytes'>, segmentBytes: number): void {
    try {
      const isFull = this.#end.position + bytes > segmentBytes
      if (this.#end.position > 0 && (isFull || this.#isRollDue)) this.#roll()
      this.#isRollDue = false
      this.#tail.file.write(parts, this.#end.position)
      this.#writtenPosition = this.#end.position + bytes
    } catch (error) {
      // A part of it may be written. The next commit may be shorter, and must not leave the rest behind it.
      this.#cutBack()
      throw error
    }
  }

  async sync(): Promise<void> {
    const retired = this.#retired
    const folder = retired.length > 0 ? [this.#disk.syncFolder(this.#folder)] : []
    await Promise.all([this.#tail.file.sync(), ...folder, ...retired.map(({ index }) => index.sync())])
    this.#retired = []
    for (const tail of retired) closeTail(tail)
  }

  /** Makes the written batches part of the log: they are synced. */
  advance(appended: readonly Published[]): void {
    let { mark, maxTime, offset } = this.#end
    for (const { append } of appended) {
      const { count } = append.values
      if (count === 0) continue
      offset += count
      maxTime = Math.max(maxTime, Math.floor(append.timestamp))
      this.#since ??= Math.floor(append.timestamp)
      if (append.mark === undefined) continue
      mark = append.mark
      this.#markInTail = true
    }
    this.#end = { offset, position: this.#writtenPosition, maxTime, mark }
    this.#tail.index.note(this.#end)
  }

  async close(): Promise<void> {
    // A durable index only saves reading at the next start: that it cannot be synced is no reason to fail now.
    await this.#tail.index.sync().catch(() => {})
    for (const tail of [...this.#retired, this.#tail]) closeTail(tail)
  }

  #roll(): void {
    const segment = segmentAt(this.#folder, this.#end.offset)
    // Even if this fails, the new file may be there. A restart would go on in it, so the old one must not grow any more.
    this.#isRollDue = true
    const tail = createTail(this.#disk, segment, this.#end.mark)
    this.#retired.push(this.#tail)
    this.#facts.set(this.#tail.segment, { bytes: this.#end.position, maxTime: this.#end.maxTime })
    this.#tail = tail
    this.#segments.push(segment)
    this.#end = { ...this.#end, position: 0, maxTime: NO_TIME }
    this.#since = undefined
    this.#markInTail = false
  }

  /** Throws an Error, not a Failure, where even this fails: that is the end of the log, see `Committer`. */
  #cutBack(): void {
    try {
      this.#tail.file.truncate(this.#end.position)
    } catch (cause) {
      throw new Error(`${this.#tail.file.path} cannot be cut back to what is durable`, { cause })
    }
  }
}

/** Throws a Failure ('not-found') for an offset that is not within the bounds of the partition in `folder`. */
export function checkOffset(offset: Offset, { start, end }: Bounds, folder: string): void {
  if (offset >= start && offset <= end) return
  const what = offset < start ? `is not kept any more: the first is ${start}` : `is beyond the end, ${end}`
  throw new Failure('not-found', `offset ${offset} of ${folder} ${what}`)
}

const closeTail = ({ file, index }: Tail): void => {
  file.close()
  index.close()
}
