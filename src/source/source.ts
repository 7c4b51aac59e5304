/** What brings records in from outside. A new source is a file beside this one and one line in `all.ts`. */
import type * as z from 'zod'
import type { Clock } from '../base/clock.ts'
import type { Disk } from '../base/disk/disk.ts'
import type { FullDisk } from '../base/disk/full-disk.ts'
import type { Failure } from '../base/failure.ts'
import type { Duration, EventTime } from '../base/quantity.ts'
import type { Random } from '../base/random.ts'
import { byteText } from '../base/units.ts'
import { MAX_RECORD_BYTES } from '../bus/batch/record-batch.ts'
import type { RecordEncoder } from '../format/format.ts'
import type { Records } from '../record/column.ts'
import type { RecordForm } from '../record/spans.ts'
import type { Field } from '../record/type.ts'
import type { Listening, Obstacle } from './obstacle.ts'

/**
 * How far a source has come, as plain JSON, kept with the records themselves: at most 64 KiB, unless it has inputs. `line` is the number of lines
 * that it has delivered; a source that numbers the lines of each input has `parts` and `next`: see `InputPlaces`. All else is
 * the source's own business.
 */
export type SourcePlace = { readonly [key: string]: unknown }

/**
 * The place of a source that reads several inputs side by side, such as the files of a glob: how many lines of each it has
 * delivered, by the number of the input. Numbers are given in order, from 0; a number below `next` that is missing is of an
 * input that was delivered whole.
 */
export type InputPlaces = {
  readonly parts: { readonly [input: string]: { readonly line: number } }
  readonly next: number
}

/**
 * What such a source gives with its lines: of `parts` those that have changed since its delivery before, null for an input
 * that has ended. A source that goes on gives its whole place first, without lines.
 */
export type InputChanges = {
  readonly parts: { readonly [input: string]: { readonly line: number } | null }
  readonly next: number
}

/**
 * What the format of the topic says of the lines that a source brings. `hasHeader`: the first record of each file, connection or
 * body may be a header, which names the columns and is left out.
 */
export type LineForm = RecordForm & {
  /** Whether lines have an event time of their own. */
  readonly hasTime: boolean
  /**
   * The event time of the first of these lines that has one, ms since 1970, of the wall clock where it has no zone; undefined
   * where none has.
   */
  firstTime(lines: Records): number | undefined
  /** What an instant is as such an event time. */
  timeAt(instant: EventTime): EventTime
}

/** A file in the data folder in which a source may keep what would be too long for each append. */
export type SourceJournal = {
  readonly disk: Disk
  readonly path: string
  readonly fullDisk: Pick<FullDisk, 'whenRoom'>
}

export type SourceContext = {
  readonly name: string
  /** Where relative paths start from: the folder of the pipeline file. */
  readonly folder: string
  readonly clock: Clock
  /** Where to go on: the place furthest behind if it is replayable, else the one furthest ahead; undefined: at the start. */
  readonly place: SourcePlace | undefined
  /** The place that each partition of the topic has: it came with the last lines that the partition took. */
  readonly places: readonly (SourcePlace | undefined)[]
  /** That of the pipeline; absent, for tests: UTC. */
  readonly timezone?: string
  /** Absent: one of a seed that nobody knows. */
  readonly random?: Random
  /** Absent, for tests: all that is kept goes with each append. */
  readonly journal?: SourceJournal | undefined
  /** Where a source renames and removes files; absent: the disk of this machine. */
  readonly disk?: Disk
  /** Whether the run ends with the input (`--until-end`): a file is not followed, a generator stops at its count. */
  readonly untilEnd: boolean
  /** The most bytes that the topic takes in one append; by default, there is no limit. See `fitting`. */
  readonly maxAppendBytes?: number
  /** Absent: nothing is known of the lines. */
  readonly form?: LineForm
  /**
   * For a source that makes rows: what writes rows with these columns as records of its topic, once they may be written. `check`
   * has seen that the format can (`SourceType.rows`). Rejects with a Failure. Absent, for tests: nothing is known of the topic.
   */
  write?(fields: readonly Field[]): Promise<RecordEncoder>
  /** Aborted when the source must stop reading; lines that were read by then are still delivered. */
  readonly signal: AbortSignal
  /** Shows a person a line: a file vanished, a peer sent too long a line. */
  warn(message: string): void
  /**
   * Notes that a part of the input could not be read, as a warning has said. The rest is read; a run to the end of the input
   * then fails with it, once all is delivered.
   */
  missed?(failure: Failure): void
  /**
   * Says that what it reads from cannot be reached, and why; `undefined`: it can, or can again. It may be said as often as it
   * is tried: a person hears of the beginning and of the end. Such a source is not quiet: its `atRest` is false meanwhile.
   */
  unreachable?(failure: Failure | undefined): void
}

/**
 * Takes lines over; resolves when there is room for more. The source does not touch the buffer again. Line n goes to
 * partition n modulo the number of partitions, which skips it if it has it already.
 */
export type Deliver = (lines: Records, place: SourcePlace, of?: Share) => Promise<void>

/** Which lines of the source these are. */
export type Share =
  /**
   * Lines of this input, which are numbered by themselves, and the full path of its file if it has one. `appended` is called at
   * once with the promise that all of them are durable.
   */
  | { readonly part: string; readonly file?: string; appended?(durable: Promise<void>): void }
  /** Lines of this file, a full path, or of none. `appended` is called at once with the promise that all of them are durable. */
  | { readonly file?: string | undefined; appended(durable: Promise<void>): void }
  /**
   * Lines for this partition, all in one append: they are there together or not at all. `appended` is called at once with
   * the promise that they are durable. `key`: that of each of the records.
   */
  | { readonly partition: number; readonly key?: Uint8Array; appended(durable: Promise<void>): void }

export type Source = {
  /** For people: "tcp 127.0.0.1:9999". With port 0, the port it got. */
  readonly describe: string
  /** Reads until the input ends or the signal is aborted. Rejects with a Failure. */
  run(deliver: Deliver): Promise<void>
  /** How many lines a second it is to bring, where it sets its own pace. */
  readonly rate?: number
  /** Whether all that could be read is delivered, so that silence counts; a source that cannot tell has no `atRest`. */
  atRest?(): boolean
  [Symbol.asyncDispose](): Promise<void>
}

export type SourceType<Options = unknown> = {
  readonly name: string
  readonly summary: string
  /** The schema of `NAME: …` in the pipeline file. */
  readonly options: z.ZodType<Options>
  /** The columns of the rows that it makes with these options, for `SourceContext.write`; absent or undefined: it brings lines. */
  rows?(options: Options): readonly Field[] | undefined
  /** Whether it can be read again, so that a crash loses nothing; otherwise lines that are not yet durable are lost. */
  readonly replayable: boolean
  /** What a crash means for one that cannot be read again, in words; absent: lines on their way are lost. */
  readonly afterCrash?: string
  /** Whether it waits for peers, which may fall silent; absent: it does. */
  readonly isLive?: boolean
  /** Why it belongs to one machine, in words that follow its name: `reads files of one machine`; absent or undefined: it does not. */
  oneHost?(options: Options): string | undefined
  /** The longest time between two times at which it asks for what is new; absent: what is new comes by itself. */
  intervalMs?(options: Options, timezone: string): Duration
  /**
   * The folder whose files it moves or removes, a whole path, and which of them; absent or undefined: it leaves them. Another
   * source of the same files would get some of them, and this one the others.
   */
  takes?(options: Options, folder: string): { readonly folder: string; readonly files: string | undefined } | undefined
  /** Where it listens: no two sources can at the same place. */
  listens?(options: Options): readonly Listening[]
  /** What would keep a run from reading now, in words, each with what to do about it. Nothing is changed. */
  lookAhead?(options: Options, folder: string): Promise<readonly Obstacle[]>
  /** Resolves when the port is listening, or the file was found. Rejects with a Failure. */
  open(options: Options, context: SourceContext): Promise<Source>
}

/**
 * A limit of bytes, made less where the topic takes less: half of an append, as each line needs some bytes more than its own.
 * A delivery goes into one append for each partition, so neither a read nor a line should be longer.
 */
export const fitting = (limit: number, { maxAppendBytes = Number.POSITIVE_INFINITY }: SourceContext): number =>
  Math.min(limit, Math.floor(maxAppendBytes / 2))

/** The most bytes of a line, and what is wrong with one that is longer, in words. */
export type LongestLine = { readonly bytes: number; readonly tooLong: string }

/** The longest path of a file, which may be the key of its records. */
const LONGEST_KEY = 4096
/** The most bytes of a record, whatever the options say. A longer one would end the run, and each later run, too. */
const LONGEST_RECORD = MAX_RECORD_BYTES - LONGEST_KEY

/** The longest line that `max_line` allows, or another `option`, shorter where the log or the topic takes less. */
export function longestLine(maxLine: number, context: SourceContext, option = 'max_line'): LongestLine {
  const ofTopic = fitting(maxLine, context)
  const bytes = Math.min(ofTopic, LONGEST_RECORD)
  if (bytes === maxLine) return { bytes, tooLong: `longer than ${option}, ${byteText(maxLine)}` }
  const why =
    bytes < ofTopic
      ? 'the log keeps no longer record'
      : 'its topic takes no more at once (max.message.bytes of the topic)'
  return { bytes, tooLong: `longer than ${byteText(bytes)}: ${why}` }
}

/** Hides the type of the options in the file of the source, so that the list in `all.ts` can hold all sources. */
export function defineSource<Options>(type: SourceType<Options>): SourceType {
  return type as SourceType
}
