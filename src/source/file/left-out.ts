/**
 * Files that a source cannot read, and leaves out so that the others go on: each is warned of once, and is tried again at
 * every look. A run to the end of its input fails with them, once all else is delivered.
 */
import { Failure } from '../../base/failure.ts'
import type { SourceContext } from '../source.ts'

const MAX_WARNED = 1000

/** Keeps what was warned of. */
export class LeftOutFiles {
  readonly #warned = new Set<string>()
  readonly #context: Pick<SourceContext, 'name' | 'warn' | 'missed' | 'untilEnd'>

  constructor(context: Pick<SourceContext, 'name' | 'warn' | 'missed' | 'untilEnd'>) {
    this.#context = context
  }

  /** Leaves a file out, for a reason in words that follow its name. */
  readonly add = (path: string, reason: string): void => {
    const { name, untilEnd } = this.#context
    const next = untilEnd ? 'it is left out' : 'it is left out until it can be read'
    this.#miss(new Failure('io', `source ${name}: ${path} ${reason}`), `${path} ${reason}; ${next}`)
  }

  /** Leaves out what could not be read of a file. */
  addFailure(failure: Failure): void {
    this.#miss(failure, `${failure.message}; the rest of it is left out`)
  }

  readonly warnOnce = (message: string): void => {
    if (this.#isNews(message)) this.#context.warn(message)
  }

  #miss(failure: Failure, message: string): void {
    if (!this.#isNews(message)) return
    this.#context.missed?.(failure)
    this.#context.warn(message)
  }

  #isNews(message: string): boolean {
    if (this.#warned.has(message)) return false
    if (this.#warned.size < MAX_WARNED) this.#warned.add(message)
    return true
  }
}
