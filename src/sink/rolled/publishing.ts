/**
 * Whole files on their way to the store, a few at a time while others grow. One that could not be published is kept, and
 * tried again; until that works nothing more is written, so the files that wait are few.
 *
 * Files of one home are published in their order: the greatest offset in a folder says that all before it are there, too
 * (`archive.ts`), so a crash must not find a later file without an earlier one.
 */
import { Failure } from '../../base/failure.ts'
import type { Offset } from '../../base/quantity.ts'
import { type FileHome, isSameHome, type WholeFile } from './archive.ts'
import type { FileStore } from './file-store.ts'

/** The files of one sink that are whole and not yet published. */
export class Publishing {
  readonly #store: FileStore
  /** `running` resolves when the try has ended, well or not. */
  readonly #files = new Map<WholeFile, { running: Promise<void> | undefined }>()
  #trouble: unknown

  constructor(store: FileStore) {
    this.#store = store
  }

  /** Files in the order in which they became whole. */
  get files(): readonly WholeFile[] {
    return [...this.#files.keys()]
  }

  /** The greatest offset of a home in files on their way; -1: there are none. */
  last(home: FileHome): Offset {
    return this.files.reduce((last, file) => (isSameHome(file.home, home) ? Math.max(last, file.last) : last), -1)
  }

  /** Begins to publish a file; resolves when there is room for another one. Rejects with the Failure of any file. */
  async add(file: WholeFile): Promise<void> {
    this.#files.set(file, { running: undefined })
    this.#begin(file)
    for (;;) {
      const running = this.#running()
      if (running.length <= this.#store.underWay) break
      await Promise.race(running)
    }
    this.#throwTrouble()
  }

  /** Tries again what has failed; rejects with its Failure where it fails again. */
  async tryAgain(): Promise<void> {
    if (this.#trouble !== undefined) await this.finish()
  }

  /** Begins to try again what has failed, for somebody who comes later. */
  beginAgain(): void {
    if (this.#trouble instanceof Failure) for (const file of this.files) this.#begin(file)
  }

  /** Publishes all; rejects with the Failure of a file, once no other is on its way. */
  async finish(): Promise<void> {
    this.#throwBug()
    this.#trouble = undefined
    for (const file of this.files) {
      this.#begin(file)
      if (this.#running().length > this.#store.underWay) await Promise.race(this.#running())
    }
    await this.settled()
    this.#throwTrouble()
  }

  /** Resolves when no file is on its way any more, well or not. */
  async settled(): Promise<void> {
    await Promise.all(this.#running())
  }

  #begin(file: WholeFile): void {
    const at = this.#files.get(file)
    if (at === undefined || at.running !== undefined) return
    at.running = this.#publish(file).then(
      () => {
        this.#files.delete(file)
        if (this.#files.size === 0 && this.#trouble instanceof Failure) this.#trouble = undefined
      },
      (error: unknown) => {
        at.running = undefined
        this.#trouble = error
      },
    )
  }

  async #publish(file: WholeFile): Promise<void> {
    const before = this.files.slice(0, this.files.indexOf(file)).findLast(({ home }) => isSameHome(home, file.home))
    if (before !== undefined) {
      await this.#files.get(before)?.running
      // It has failed, and this one waits with it.
      if (this.#files.has(before)) throw this.#trouble
    }
    await this.#store.publish(file)
  }

  #running(): Promise<void>[] {
    return [...this.#files.values()].flatMap(({ running }) => running ?? [])
  }

  #throwBug(): void {
    if (this.#trouble !== undefined && !(this.#trouble instanceof Failure)) throw this.#trouble
  }

  #throwTrouble(): void {
    if (this.#trouble !== undefined) throw this.#trouble
  }
}
