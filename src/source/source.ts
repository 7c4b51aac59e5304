/** What brings records in from outside. A new one is a file beside this and one line in `all.ts`. */
import type * as z from 'zod'
import type { Clock } from '../base/clock.ts'
import type { Records } from '../record/column.ts'

/**
 * How far a source has come, as plain JSON, kept with the records themselves: at most 64 KiB. `line` is how many lines it
 * has delivered; a source that numbers the lines of its parts one by one has `parts` and `next`: see `PartPlaces`. The
 * rest is the source's own business.
 */
export type SourcePlace = { readonly [key: string]: unknown }

/**
 * Of a source whose parts grow side by side, as the files of a glob: how many lines each has delivered, by its number.
 * Numbers are given in order, from 0; a number below `next` that is not there is a part that was delivered whole.
 */
export type PartPlaces = {
  readonly parts: { readonly [part: string]: { readonly line: number } }
  readonly next: number
}

export type SourceContext = {
  readonly name: string
  /** Folder that relative paths start from: that of the pipeline file. */
  readonly folder: string
  readonly clock: Clock
  /** Where to go on: the place furthest behind where it can be read again, else the furthest. Undefined: at the start. */
  readonly place: SourcePlace | undefined
  /** What each partition of the topic has: the place given with the last lines that it took. */
  readonly places: readonly (SourcePlace | undefined)[]
  /** Whether the run ends with the input (`--until-end`): a file is not followed, a generator stops at its count. */
  readonly untilEnd: boolean
  /** Aborted when the source is to stop taking in more; what was read by then is still delivered. */
  readonly signal: AbortSignal
  /** A line a person should read: a file that vanished, a peer that sent too long a line. */
  warn(message: string): void
}

/**
 * Takes lines over; resolves when there is room for more. The source does not touch the buffer again. Line n goes to
 * partition n modulo their number, and a partition skips those that it has.
 */
export type Deliver = (lines: Records, place: SourcePlace, of?: Share) => Promise<void>

/** What the lines delivered are of. */
export type Share =
  /** Of this part of the source, whose lines have numbers of their own. */
  | { readonly part: string }
  /**
   * Of this partition, all of them in one append: they are there together or not at all. `appended` is told at once of the
   * promise that they are durable.
   */
  | { readonly partition: number; appended(durable: Promise<void>): void }

export type Source = {
  /** For people: "tcp 127.0.0.1:9999". With port 0, the port it got. */
  readonly describe: string
  /** Reads until the input ends or the signal is aborted. Rejects with a Failure. */
  run(deliver: Deliver): Promise<void>
  /** Whether everything there was to read is delivered; who cannot tell leaves it out. Silence counts only then. */
  atRest?(): boolean
  [Symbol.asyncDispose](): Promise<void>
}

export type SourceType<Options = unknown> = {
  readonly name: string
  readonly summary: string
  /** What `NAME: …` may be in the pipeline file; also the text of the reference page. */
  readonly options: z.ZodType<Options>
  /** What a crash between reading and publishing loses: nothing (the source can be read again) or what was under way. */
  readonly replayable: boolean
  /** Opens it: the port is listening, the file was found. */
  open(options: Options, context: SourceContext): Promise<Source>
}

/** Keeps the options' type inside one file while the list in `all.ts` holds all kinds. */
export function defineSource<Options>(type: SourceType<Options>): SourceType {
  return type as SourceType
}
