/** One partition's log: its queue of appends and its files, taking part in commits. */
import type { Disk } from '../../base/disk.ts'
import type { Offset } from '../../base/quantity.ts'
import type { ChunkPool } from '../batch/chunk.ts'
import type { Append, Bounds, Fetched, Position, Stretch } from '../bus.ts'
import { AppendQueue } from './append-queue.ts'
import type { Committable, Committer } from './committer.ts'
import { type FoundLog, LogFiles } from './log-files.ts'
import { decodePositions, positionIn } from './positions.ts'

export type PartitionOptions = {
  readonly disk: Disk
  readonly committer: Committer
  readonly pool: ChunkPool
  /** A segment that would grow beyond this many bytes is followed by a new one. */
  segmentBytes(): number
  /** Called after each durable append, before it is acknowledged. */
  published(fetched: Fetched): void
}

type Waiting = { resolve(): void; reject(failure: unknown): void }

/** A partition that is written to. Whatever it acknowledges is durable. */
export class PartitionLog implements Committable {
  readonly #options: PartitionOptions
  readonly #queue: AppendQueue
  readonly #files: LogFiles
  /** Calls of `roll` that wait for a commit, and those that the commit under way serves. */
  #rolling: Waiting[] = []
  #rolled: Waiting[] = []
  #trimming: Promise<void> = Promise.resolve()

  constructor(folder: string, options: PartitionOptions, found: FoundLog) {
    this.#options = options
    this.#queue = new AppendQueue(options.pool, found.end)
    this.#files = new LogFiles(options.disk, folder, found)
  }

  bounds(): Bounds {
    return this.#files.bounds()
  }

  /** A writer's position with its last durable append. */
  position(writer: string): Position | undefined {
    return positionIn(decodePositions(this.#files.end.mark), writer)
  }

  stretches(): readonly Stretch[] {
    return this.#files.stretches()
  }

  bytes(): number {
    return this.#files.bytes()
  }

  /** Removes segments that end at or before the offset: one call at a time. */
  trim(offset: Offset): Promise<void> {
    const trimmed = this.#trimming.then(() => this.#files.trim(offset))
    this.#trimming = trimmed.catch(() => {})
    return trimmed
  }

  /** Closes the segment that is written to, with the next commit. */
  async roll(): Promise<void> {
    if (!this.#files.wantRoll()) return
    await new Promise<void>((resolve, reject) => {
      this.#rolling.push({ resolve, reject })
      this.#options.committer.request(this)
    })
  }

  read(offset: Offset, maxBytes: number): Fetched | undefined {
    return this.#files.read(offset, maxBytes)
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
    this.#files.write(this.#queue.take(), this.#options.segmentBytes())
  }

  sync(): Promise<void> {
    return this.#files.sync()
  }

  publish(): void {
    this.#files.advance(this.#queue.written)
    this.#queue.settle(this.#options.published)
    for (const { resolve } of this.#rolled.splice(0)) resolve()
  }

  fail(failure: unknown): void {
    this.#queue.fail(failure, this.#files.end)
    for (const { reject } of [...this.#rolled.splice(0), ...this.#rolling.splice(0)]) reject(failure)
  }

  /** Closes the files; no append may wait any more. */
  close(): Promise<void> {
    return this.#files.close()
  }
}
