/**
 * Files that a source cannot read, and leaves out so that the others go on: each is warned of once, and is tried again at
 * every look. Where a run ends with its input, it ends with an error that names them.
 */
import { Failure } from '../../base/failure.ts'

const MAX_WARNED = 1000
/** How many files an error names. */
const NAMED = 5

/** Keeps what was warned of. */
export class LeftOutFiles {
  readonly #warned = new Set<string>()
  readonly #failures = new Map<string, Failure>()
  readonly #warn: (message: string) => void

  readonly #who: string

  /** `who` names the source in the error at the end. */
  constructor(who: string, warn: (message: string) => void) {
    this.#who = who
    this.#warn = warn
  }

  /** Leaves a file out, for a reason in words that follow its name. */
  readonly add = (path: string, reason: string): void => {
    this.#failures.set(path, new Failure('io', `${this.#who}: ${path} ${reason}; it was left out`))
    this.warnOnce(`${path} ${reason}; it is left out as long as that is so`)
  }

  /** Leaves out what could not be read of a file. */
  addFailure(path: string, failure: Failure): void {
    this.#failures.set(path, failure)
    this.warnOnce(`${failure.message}; the rest of it is left out`)
  }

  /** A file can be read. */
  remove(path: string): void {
    this.#failures.delete(path)
  }

  readonly warnOnce = (message: string): void => {
    if (this.#warned.has(message)) return
    if (this.#warned.size < MAX_WARNED) this.#warned.add(message)
    this.#warn(message)
  }

  /** What was left out, as the Failure of a run that has read the rest; undefined where nothing was. */
  failure(): Failure | undefined {
    const [first, ...others] = this.#failures.values()
    if (first === undefined || others.length === 0) return first
    const left = others.length - NAMED
    const more = left > 0 ? [new Failure('io', `${this.#who}: ${left} more files were left out`)] : []
    const { code, message, hint, cause } = first
    return new Failure(code, message, { hint, cause, also: [...others.slice(0, NAMED), ...more] })
  }
}
