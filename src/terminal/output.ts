/** An output that several sinks write to: they draw on one screen, or write tables one below the other. */
import type { OutputStream } from './colour.ts'
import { Screen } from './screen.ts'

/** Shared by the sinks of a run that write to the same stream. */
export class SharedOutput {
  readonly stream: OutputStream
  /** Where the output is a terminal that may be redrawn. */
  readonly screen: Screen | undefined
  #lastTable: object | undefined
  #isClosed = false

  constructor(stream: OutputStream, isInteractive = false) {
    this.stream = stream
    this.screen = isInteractive ? new Screen(stream) : undefined
  }

  /** Whether nobody reads any more: what is written from now on would be lost, or fail. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Nobody reads any more. */
  close(): void {
    this.#isClosed = true
  }

  /** Says that rows of a table come next. A reader has to be told where they are of another table than the last ones. */
  turnTo(table: object): 'first' | 'other' | 'same' {
    const before = this.#lastTable
    this.#lastTable = table
    return before === undefined ? 'first' : before === table ? 'same' : 'other'
  }
}
