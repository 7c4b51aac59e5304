/**
 * Files that a source cannot read, and leaves out so that the others go on: there is one warning of each, and each is tried
 * again at every look. A run to the end of its input fails with them, once all else is delivered.
 */
import { Failure } from '../../base/failure.ts'
import { refusalText } from '../../bytes/refusal.ts'
import { type Fault, faultText } from '../../bytes/unpack.ts'
import type { SourceContext } from '../source.ts'

/** The most files of a source. At 80 % of it there is a warning; further files wait until others are gone. */
const MAX_FILES = 50_000
const MANY_FILES = 0.8 * MAX_FILES
/** The most warnings that are remembered: more than there are files, or what is left out would be said at every look. */
const MAX_WARNED = 60_000

/** The files that a source has left out, and the warnings that were given. */
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
    this.miss(new Failure('io', `source ${name}: ${path} ${reason}`), `${path} ${reason}; ${next}`)
  }

  /** Leaves out what could not be read of a file. */
  addFailure(failure: Failure): void {
    this.miss(failure, `${failure.message}; the rest of it is left out`)
  }

  /** Notes what is not right in a packed file. */
  addFault(path: string, fault: Fault): void {
    const message = faultText(path, fault)
    const isOpen = fault.kind === 'cut' && !this.#context.untilEnd
    this.warnOnce(isOpen ? `${message}; reading continues when it grows` : message)
    if (fault.kind !== 'rest') this.#context.missed?.(new Failure('corrupt', message))
  }

  /** Leaves out a file that is not text. */
  refuse(failure: Failure): void {
    this.miss(failure, refusalText(failure))
  }

  /** Whether one more file can be followed. */
  hasRoom(files: number): boolean {
    if (files < MANY_FILES) return true
    const limit = `a source follows ${MAX_FILES} files at most`
    if (files >= MAX_FILES) {
      this.warnOnce(`${limit}: further ones wait until some of these are gone. Name fewer, or make another source`)
      return false
    }
    this.warnOnce(`it follows ${MANY_FILES} files, and ${limit}: further ones will wait`)
    return true
  }

  readonly warnOnce = (message: string): void => {
    if (this.#isNews(message)) this.#context.warn(message)
  }

  /** Warns, once, of what could not be read. */
  miss(failure: Failure, message: string): void {
    if (!this.#isNews(message)) return
    this.#context.missed?.(failure)
    this.#context.warn(message)
  }

  #isNews(message: string): boolean {
    if (this.#warned.has(message)) return false
    if (this.#warned.size === MAX_WARNED) this.#warned.clear()
    this.#warned.add(message)
    return true
  }
}
