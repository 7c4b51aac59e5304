/** What brings records in from outside. A new one is a file beside this and one line in `all.ts`. */
import type { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import type { Records } from '../record/column.ts'

/** How far a source has come, as plain JSON: `{ file, inode, offset }`. What it means is the source's own business. */
export type SourcePlace = { readonly [key: string]: unknown }

export type SourceContext = {
  readonly name: string
  /** Folder that relative paths start from: that of the pipeline file. */
  readonly folder: string
  readonly clock: Clock
  /** Where the last run stopped; undefined at the first. */
  readonly place: SourcePlace | undefined
  /** Whether the run ends with the input (`--until-end`): a file is not followed, a generator stops at its count. */
  readonly untilEnd: boolean
  /** Aborted when the source is to stop taking in more; what was read by then is still delivered. */
  readonly signal: AbortSignal
  /** A line a person should read: a file that vanished, a peer that sent too long a line. */
  warn(message: string): void
}

/** Takes lines over; resolves when there is room for more. The source does not touch the buffer again. */
export type Deliver = (lines: Records, place: SourcePlace) => Promise<void>

export type Source = {
  /** For people: "tcp 127.0.0.1:9999". With port 0, the port it got. */
  readonly describe: string
  /** Reads until the input ends or the signal is aborted. Rejects with a Failure. */
  run(deliver: Deliver): Promise<void>
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
