/** An output that several sinks write to: they draw on one screen, or write tables one below the other. */
import type { Batch } from '../record/column.ts'
import { type Colours, coloursIf, type OutputStream } from './colour.ts'
import { Screen } from './screen.ts'

export type ProvisionalTable = { setProvisional(batches: readonly Batch[]): void }

/** Shared by the sinks of a run that write to the same stream. */
export class SharedOutput {
  readonly stream: OutputStream
  /** Where the output is a terminal that may be redrawn. */
  readonly screen: Screen | undefined
  /** Those of all that is drawn on it. */
  readonly colours: Colours
  /** By topic: the tables of the screen that can also show rows that are not final. */
  readonly #open = new Map<string, Set<ProvisionalTable>>()
  #lastTable: object | undefined
  #isClosed = false

  constructor(stream: OutputStream, isInteractive = false) {
    this.stream = stream
    this.colours = coloursIf(stream.hasColors?.() === true)
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

  /** Adds a table that shows rows of a topic; the function takes it away again. */
  opened(topic: string, table: ProvisionalTable): () => void {
    const tables = this.#open.get(topic) ?? new Set()
    this.#open.set(topic, tables.add(table))
    return () => {
      tables.delete(table)
      if (tables.size === 0) this.#open.delete(topic)
    }
  }

  /** The topics that have an open table. */
  shown(): readonly string[] {
    return [...this.#open.keys()]
  }

  /** Shows what the open windows of a topic's query would have now; the batches are valid during the call. */
  showProvisional(topic: string, batches: readonly Batch[]): void {
    for (const table of this.#open.get(topic) ?? []) table.setProvisional(batches)
  }

  /** Says that rows of a table come next. A reader has to be told where they are of another table than the last ones. */
  turnTo(table: object): 'first' | 'other' | 'same' {
    const before = this.#lastTable
    this.#lastTable = table
    return before === undefined ? 'first' : before === table ? 'same' : 'other'
  }
}
