/** One partition's log: its queue of appends and its files, taking part in commits. */
import type { Disk } from '../../base/disk/disk.ts'
import { Failure } from '../../base/failure.ts'
import type { Offset } from '../../base/quantity.ts'
import type { ChunkPool } from '../batch/chunk.ts'
import { HEADER_BYTES } from '../batch/record-batch.ts'
import { batchFirstTime } from '../batch/walker.ts'
import type { Append, Fetched, Position } from '../bus.ts'
import { decodePositions, positionIn } from '../positions.ts'
import { AppendQueue } from './append-queue.ts'
import type { Committable, Committer } from './committer.ts'
import { type FoundLog, LogFiles } from './log-files.ts'
import { createTail, lastMarkOf, listSegments, readWindow, recoverTail, type Segment, segmentAt } from './segment.ts'
import { startPoint } from './sparse-index.ts'
import { ACCEPT_START, keepStart, keptMark, keptStart, lostStart, removeOrphans } from './trim.ts'

export type PartitionOptions = {
  readonly disk: Disk
  readonly committer: Committer
  readonly pool: ChunkPool
  /** A segment that would grow beyond this many bytes is followed by a new one. */
  segmentBytes(): number
  /** Whether the topic is being made: each partition of any other topic has a segment. */
  readonly isNew: boolean
  /** Called where a torn append was cut off the tail. */
  warn(message: string): void
  /** Called after each durable append, before it is acknowledged. */
  published(fetched: Fetched): void
}

/** A partition that is written to, opened by `openPartition`. Whatever it acknowledges is durable. */
export class PartitionLog implements Committable {
  readonly #options: PartitionOptions
  readonly #queue: AppendQueue
  /** For reading, and to be closed when no append waits any more. */
  readonly files: LogFiles
  /** Calls of `roll` that wait for a commit, and those that the commit under way serves. */
  readonly #rolling: PromiseWithResolvers<void>[] = []
  readonly #rolled: PromiseWithResolvers<void>[] = []
  #trimming: Promise<void> = Promise.resolve()

  constructor(folder: string, options: PartitionOptions, found: FoundLog) {
    this.#options = options
    this.#queue = new AppendQueue(options.pool, found.end)
    this.files = new LogFiles(options.disk, folder, found)
  }

  /** A writer's position with its last durable append. */
  position(writer: string): Position | undefined {
    return positionIn(decodePositions(this.files.end.mark), writer)
  }

  /** Removes segments that end at or before the offset: one call at a time. */
  trim(offset: Offset): Promise<void> {
    const trimmed = this.#trimming.then(() => this.files.trim(offset))
    this.#trimming = trimmed.catch(() => {})
    return trimmed
  }

  /** Closes the segment that is written to, with the next commit. */
  async roll(): Promise<void> {
    if (!this.files.wantRoll()) return
    const rolled = Promise.withResolvers<void>()
    this.#rolling.push(rolled)
    this.#options.committer.request(this)
    await rolled.promise
  }

  /** Resolves to the first record's offset once the records are durable. A rejection, with a Failure, is final. */
  append(append: Append): Promise<Offset> {
    const { broken } = this.#options.committer
    if (broken !== undefined) {
      append.values.lease?.release()
      return Promise.reject(broken)
    }
    const appended = this.#queue.add(append)
    this.prepare()
    return appended
  }

  prepare(): void {
    if (this.#queue.encode()) this.#options.committer.request(this)
  }

  write(): void {
    this.#rolled.push(...this.#rolling.splice(0))
    this.files.write(this.#queue.take(), this.#options.segmentBytes())
  }

  sync(): Promise<void> {
    return this.files.sync()
  }

  publish(): void {
    this.files.advance(this.#queue.written)
    this.#queue.settle(this.#options.published)
    for (const { resolve } of this.#rolled.splice(0)) resolve()
  }

  fail(failure: unknown): void {
    this.#queue.fail(failure, this.files.end)
    for (const { reject } of [...this.#rolled.splice(0), ...this.#rolling.splice(0)]) reject(failure)
  }
}

/**
 * Opens the partition in a folder, which exists, as the last process left it, however that ended. Rejects with a Failure
 * ('corrupt') for damage or lost segments.
 */
export async function openPartition(folder: string, options: PartitionOptions): Promise<PartitionLog> {
  const { disk } = options
  removeOrphans(disk, folder)
  const segments = listSegments(disk, folder)
  const last = segments.at(-1)
  if (last === undefined) {
    if (!options.isNew) {
      throw new Failure('corrupt', `${folder} has lost its segments: there is no file NUMBER.log in it`, {
        hint: 'Put back a copy of the folder, or move the data folder away to start anew.',
      })
    }
    const segment = segmentAt(folder, 0)
    const tail = createTail(disk, segment)
    await keepStart(disk, folder, segment.baseOffset)
    const end = startPoint(segment.baseOffset)
    return new PartitionLog(folder, options, { segments: [segment], tail, end, since: undefined })
  }
  const lost = lostStart((segments[0] as Segment).baseOffset, knownStart(disk, folder))
  if (lost !== undefined) throw new Failure('corrupt', `${folder}: ${lost}`, { hint: ACCEPT_START })
  // A killed process may have left names that are not durable: records that are acknowledged from now on need them.
  await disk.syncFolder(folder)
  const { tail, end, cut } = await recoverTail(disk, last, () => {
    return lastMarkOf(disk, segments.slice(0, -1)) ?? keptMark(disk, folder)
  })
  if (cut !== undefined) options.warn(`${cut.file}: cut at byte ${cut.position} (offset ${cut.offset}): ${cut.nature}`)
  const since = end.position === 0 ? undefined : batchFirstTime(readWindow(tail.file, 0, HEADER_BYTES).view, 0)
  return new PartitionLog(folder, options, { segments, tail, end, since })
}

/** That the file is damaged is for `fsck` to say: without it, records only cannot be missed. */
function knownStart(disk: Disk, folder: string): Offset | undefined {
  try {
    return keptStart(disk, folder)
  } catch (error) {
    if (error instanceof Failure && error.code === 'corrupt') return undefined
    throw error
  }
}
