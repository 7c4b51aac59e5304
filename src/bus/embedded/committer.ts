/**
 * Group commit: everything appended to any partition while the disk was busy goes down together, and one wait serves
 * all. The next commit begins when the one before it has ended; with nothing to write nothing runs.
 *
 * Nothing is acknowledged before its sync has resolved. Once a sync has failed, nothing is acknowledged ever again: the
 * kernel may have dropped the very pages, and a second sync that succeeds would say nothing about them.
 *
 * A full disk is waited for: a log that could not write keeps what it was about to write, and is asked again after a
 * pause. Those who append wait meanwhile, which is what holds back the sources. When nobody waits for room any longer,
 * all that waits is refused, and so is all that comes: it would overtake what was refused.
 */
import { Failure } from '../../base/failure.ts'
import { type FullDisk, isFull, type RoomWait } from '../../base/full-disk.ts'

/** A log that takes part in commits. */
export type Committable = {
  /**
   * Writes what waits. Throws a Failure if it cannot; then the file is as before. Where the disk is full, the same is
   * written at the next call.
   */
  write(): void
  /** Resolves when what was written is durable. */
  sync(): Promise<void>
  /** Prepares what goes into the next commit; called while the device works. */
  prepare(): void
  /** Hands out and acknowledges what was synced. */
  publish(): void
  /** Refuses all that waits. */
  fail(failure: unknown): void
}

export class Committer {
  readonly #waiting = new Set<Committable>()
  readonly #room: RoomWait
  readonly #closing = new AbortController()
  #running: Promise<void> | undefined
  #broken: Failure | undefined

  constructor(fullDisk: FullDisk) {
    this.#room = fullDisk.wait(this.#closing.signal)
  }

  /** Why nothing is taken any more; undefined: all is well. */
  get broken(): Failure | undefined {
    return this.#broken
  }

  /** Asks for a commit. What is appended in the same turn of the event loop still goes with it. */
  request(log: Committable): void {
    this.#waiting.add(log)
    this.#running ??= this.#run()
  }

  /** Takes nothing more, and resolves when nothing waits. Room is not waited for any longer. */
  async close(): Promise<void> {
    this.#closing.abort()
    while (this.#running !== undefined) await this.#running
    this.#broken ??= new Failure('io', 'the log is closed')
  }

  async #run(): Promise<void> {
    await undefined
    while (this.#waiting.size > 0) {
      const logs = [...this.#waiting]
      this.#waiting.clear()
      try {
        const full = await this.#commit(logs)
        if (full === undefined) this.#room.end()
        else await this.#room.pause(full)
      } catch (cause) {
        this.#break(cause, [...logs, ...this.#waiting])
      }
    }
    this.#running = undefined
  }

  /** Returns why some of the logs could not write: they wait for room. */
  async #commit(logs: readonly Committable[]): Promise<Failure | undefined> {
    if (this.#broken !== undefined) throw this.#broken
    let full: Failure | undefined
    const written = logs.filter((log) => {
      const failure = writeOrFail(log)
      if (failure === undefined) return true
      if (isFull(failure)) {
        this.#waiting.add(log)
        full = failure
      } else log.fail(failure)
      return false
    })
    const syncs = Promise.allSettled(written.map((log) => log.sync()))
    for (const log of written) log.prepare()
    const failed = (await syncs).find((sync) => sync.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    for (const log of written) log.publish()
    return full
  }

  #break(cause: unknown, logs: readonly Committable[]): void {
    if (isFull(cause)) this.#broken ??= cause
    const why = cause instanceof Error ? cause.message : String(cause)
    this.#broken ??= new Failure('io', `the log takes nothing any more: ${why}`, {
      hint: 'What was acknowledged is safe. Find out what is wrong with the disk, then start again.',
      cause,
    })
    for (const log of logs) log.fail(this.#broken)
  }
}

/** Why the log could not write, if so. Only what cannot be undone either goes further. */
function writeOrFail(log: Committable): Failure | undefined {
  try {
    log.write()
    return undefined
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return error
  }
}
