/**
 * Puts files away in the order in which they were read, each once all its records are durable. Of several that are due, the
 * folder is synced once. A file that cannot be put away, or has changed since it was taken, stays, and is known from then on.
 */
import type { Failure } from '../../base/failure.ts'
import type { KeptFiles } from './kept-files.ts'
import type { TakenFile } from './place.ts'
import { type PutAway, type PutAwayOptions, putAway, syncPutAway } from './put-away.ts'

/** A file that was taken and is not put away yet. */
export type OpenFile = {
  file: TakenFile
  /** Appends of its records that are not durable yet. */
  underWay: number
  /** Whether it was read to its end. */
  isRead: boolean
}

export type FinishingOptions = PutAwayOptions & {
  readonly kept: KeptFiles
  /** The files that the last look found. */
  found(): { has(id: string): boolean; readonly size: number }
  /** The file has changed since it was taken. */
  changed(file: TakenFile): void
  /** The file is gone, though nothing but this source should take it. */
  gone(file: TakenFile): void
  /** The file could not be put away. */
  refused(file: TakenFile, error: Failure): void
}

/** The files of one source that are on their way to be put away, in order. */
export class Finishing {
  readonly #options: FinishingOptions
  readonly #open: OpenFile[] = []
  /** Those that stay although they should not. */
  #refused: TakenFile[] = []
  #working: Promise<void> | undefined
  #failure: { readonly cause: unknown } | undefined
  #isClosed = false
  #changed = Promise.withResolvers<void>()

  constructor(options: FinishingOptions) {
    this.#options = options
  }

  /** Files that are not put away: in the order in which they were read. */
  get files(): readonly TakenFile[] {
    return [...this.#options.kept.unkept, ...this.#open.map(({ file }) => file)]
  }

  /** Takes a file whose records are about to be delivered. */
  add(file: TakenFile): OpenFile {
    const open = { file, underWay: 0, isRead: false }
    this.#open.push(open)
    return open
  }

  /** Notes records of a file that were delivered. A failure of their append is that of the delivery, too. */
  appended(open: OpenFile, durable: Promise<void>): void {
    open.underWay++
    durable.then(
      () => {
        open.underWay--
        this.#work()
      },
      (cause: unknown) => this.#fail(cause),
    )
  }

  /** Notes that a file was read to its end. */
  read(open: OpenFile): void {
    open.isRead = true
    this.#work()
  }

  /** Forgets a file of which nothing was delivered. */
  drop(open: OpenFile): void {
    this.#open.splice(this.#open.indexOf(open), 1)
    this.#work()
    this.#signal()
  }

  /** Resolves when at most `most` files are on their way, or the signal is aborted. Rejects where records could not be kept. */
  async until(most: number, signal: AbortSignal): Promise<void> {
    const aborted = () => this.#signal()
    signal.addEventListener('abort', aborted, { once: true })
    try {
      while (this.#open.length > most && !signal.aborted) {
        if (this.#failure !== undefined) throw this.#failure.cause
        await this.#changed.promise
      }
      if (this.#failure !== undefined) throw this.#failure.cause
    } finally {
      signal.removeEventListener('abort', aborted)
    }
  }

  /** Tries again to put away what could not be. */
  async tryAgain(): Promise<void> {
    const again = this.#refused
    if (again.length === 0) return
    this.#refused = []
    for (const file of again) this.#putAway(file)
    await syncPutAway(this.#options)
  }

  /** Puts nothing away any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#working
  }

  #work(): void {
    this.#working ??= this.#finishDue()
      .catch((cause: unknown) => this.#fail(cause))
      .finally(() => {
        this.#working = undefined
      })
  }

  async #finishDue(): Promise<void> {
    for (;;) {
      const first = this.#open.findIndex(({ isRead, underWay }) => !isRead || underWay > 0)
      const due = first < 0 ? [...this.#open] : this.#open.slice(0, first)
      if (due.length === 0 || this.#failure !== undefined || this.#isClosed) return
      const { kept, done, found } = this.#options
      const staying: TakenFile[] = []
      for (const { file } of due) {
        const outcome = this.#putAway(file)
        if (outcome !== 'gone' && (outcome !== 'done' || done === 'keep')) staying.push(file)
      }
      await syncPutAway(this.#options)
      if (staying.length > 0) await kept.add(staying, found())
      this.#open.splice(0, due.length)
      this.#signal()
    }
  }

  #putAway(file: TakenFile): PutAway | 'refused' | 'left' {
    if (file.stays === true) return 'left'
    try {
      const outcome = putAway(file, this.#options)
      if (outcome === 'changed') this.#options.changed(file)
      if (outcome === 'gone') this.#options.gone(file)
      return outcome
    } catch (error) {
      this.#refused.push(file)
      this.#options.refused(file, error as Failure)
      return 'refused'
    }
  }

  #fail(cause: unknown): void {
    this.#failure ??= { cause }
    this.#signal()
  }

  #signal(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}
