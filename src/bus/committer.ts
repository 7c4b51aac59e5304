/**
 * Group commit: everything appended to any partition while the disk was busy goes down together, and one wait serves
 * all. The next commit begins when the one before it has ended; with nothing to write nothing runs.
 *
 * Nothing is acknowledged before its sync has resolved. Once a sync has failed, nothing is acknowledged ever again: the
 * kernel may have dropped the very pages, and a second sync that succeeds would say nothing about them.
 */
import { Failure } from '../base/failure.ts'

/** A log that takes part in commits. */
export type Committable = {
  /** Writes what waits. Throws a Failure if it cannot; then the file is as before. */
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
  #running: Promise<void> | undefined
  #broken: Failure | undefined

  /** Why nothing is taken any more; undefined: all is well. */
  get broken(): Failure | undefined {
    return this.#broken
  }

  /** Asks for a commit. What is appended in the same turn of the event loop still goes with it. */
  request(log: Committable): void {
    this.#waiting.add(log)
    this.#running ??= this.#run()
  }

  /** Takes nothing more, and resolves when nothing waits. */
  async close(): Promise<void> {
    while (this.#running !== undefined) await this.#running
    this.#broken ??= new Failure('io', 'the log is closed')
  }

  async #run(): Promise<void> {
    await undefined
    while (this.#waiting.size > 0) {
      const logs = [...this.#waiting]
      this.#waiting.clear()
      try {
        await this.#commit(logs)
      } catch (cause) {
        this.#break(cause, logs)
      }
    }
    this.#running = undefined
  }

  async #commit(logs: readonly Committable[]): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken
    const written = logs.filter(writeOrFail)
    const syncs = Promise.allSettled(written.map((log) => log.sync()))
    for (const log of written) log.prepare()
    const failed = (await syncs).find((sync) => sync.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    for (const log of written) log.publish()
  }

  #break(cause: unknown, logs: readonly Committable[]): void {
    const why = cause instanceof Error ? cause.message : String(cause)
    this.#broken ??= new Failure('io', `the log takes nothing any more: ${why}`, {
      hint: 'What was acknowledged is safe. Find out what is wrong with the disk, then start again.',
      cause,
    })
    for (const log of logs) log.fail(this.#broken)
  }
}

/** Whether the log could write; if not, those who wait are told. Only what also cannot be undone goes further. */
function writeOrFail(log: Committable): boolean {
  try {
    log.write()
    return true
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    log.fail(error)
    return false
  }
}
