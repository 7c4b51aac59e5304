/**
 * Group commit: all appends to any partition while the disk was busy are written together, and one wait serves them all. The
 * next commit begins when the one before it has ended; without appends nothing runs.
 *
 * No append is acknowledged before its sync has resolved. Once a sync has failed, none is acknowledged ever again: the
 * operating system may have dropped the very pages, and a second sync that succeeds would prove nothing about them.
 *
 * On a full disk the committer waits for room: a log that could not write keeps its bytes, and is asked again after a pause.
 * Its appenders wait meanwhile, which holds back the sources. When the wait is given up, all waiting appends are refused,
 * and so are all later ones: they would overtake the refused ones.
 */

import { type FullDisk, isFull, type RoomWait } from '../../base/disk/full-disk.ts'
import { Failure } from '../../base/failure.ts'

/** A log that takes part in commits. */
export type Committable = {
  /**
   * Writes the appends that wait. Throws a Failure if it cannot; then the log is as before. After a full disk, the next
   * call writes the same.
   */
  write(): void
  /** Resolves when the written bytes are durable. */
  sync(): Promise<void>
  /** Prepares the next commit, while the device works. */
  prepare(): void
  /** Hands out and acknowledges the synced appends. */
  publish(): void
  /** Refuses all waiting appends. */
  fail(failure: unknown): void
}

/** Commits the logs that ask for it, all of a bus together. */
export class Committer {
  readonly #waiting = new Set<Committable>()
  readonly #room: RoomWait
  readonly #closing = new AbortController()
  #running: Promise<void> | undefined
  #broken: Failure | undefined

  constructor(fullDisk: FullDisk) {
    this.#room = fullDisk.wait(this.#closing.signal)
  }

  /** Why no append is taken any more; undefined where all is well. */
  get broken(): Failure | undefined {
    return this.#broken
  }

  /** Asks for a commit. It has all appends of this turn of the event loop. */
  request(log: Committable): void {
    this.#waiting.add(log)
    this.#running ??= this.#run()
  }

  /** Takes no more appends, and resolves when none waits. Gives up waiting for room. */
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

  /** Returns why some of the logs could not write, and wait for room. */
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
    this.#broken ??= new Failure('io', `the log accepts no more records: ${why}`, {
      hint: 'What was acknowledged is safe. Find out what is wrong with the disk, then start again.',
      cause,
    })
    for (const log of logs) log.fail(this.#broken)
  }
}

/** Writes; returns the Failure of a log that could not. Throws where a write that failed could not be undone either. */
function writeOrFail(log: Committable): Failure | undefined {
  try {
    log.write()
    return undefined
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return error
  }
}
