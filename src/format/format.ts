/** A format: how the bytes of records become columns. A new one is a folder beside this file and one line in `all.ts`. */
import type * as z from 'zod'
import type { Failure } from '../base/failure.ts'
import type { Offset } from '../base/quantity.ts'
import type { Batch, Records } from '../record/column.ts'
import type { FirstRecord, JoinLines } from '../record/spans.ts'
import type { Field } from '../record/type.ts'
import type { DeclaredColumn } from './declared-columns.ts'
import type { OptionParts } from './option-parts.ts'

/**
 * Takes each record that could not be decoded, by its index in the batch; the byte in it (from 0) at which it stopped being
 * one; and the reason: "expected [ before the time". `why`, where it was decoded and is no row all the same.
 */
export type Rejects = { add(record: number, byte: number, reason: string, why?: NoRow): void }

/** Its event time is too far ahead of its arrival, or it does not meet a rule of its topic. */
export type NoRow = 'future' | { readonly rule: string }

/**
 * Decodes records into the wanted columns; the others are skipped, not built. The batch is valid until the next call, which
 * reuses its arrays. Its `partition` is 0 and its `watermark` undefined: the scan sets them. `origin` is undefined unless a
 * record was rejected.
 */
export type Decoder = (records: Records, rejects: Rejects, arrivals?: Arrivals) => Batch

/**
 * When records arrived, ms since 1970: all of them at one time, or each by its index. It is what is kept of the records, so a
 * format that reads it (`syslog`, for times without a year) gives the same rows again.
 */
export type Arrivals = { readonly arrival?: number | undefined; readonly timestamps: ArrayLike<number> }

/** Consecutive records as a topic keeps them: value i is at offset `baseOffset + i`. */
export type KeptRecords = {
  readonly baseOffset: Offset
  readonly values: Records
  /** As many keys as values; undefined where no record has one. */
  readonly keys: Records | undefined
  /** Whether headers follow each value in its memory: see `bus/batch/headers.ts`. */
  readonly hasHeaders?: boolean
  /** The arrival of each record, ms since 1970. May be computed each time it is asked for. */
  readonly timestamps: Float64Array
  /** The arrival of all of them, where it is one and the same: then `timestamps` need not be computed. */
  readonly arrival?: number | undefined
  /** Whether the producer of some of them has set their time, so that it is no arrival if the producer is another program. */
  readonly isCreateTime?: boolean
}

/** A `Decoder` of the records of a topic, some of whose columns may be about where and when a record was kept. */
export type TopicDecoder = (kept: KeptRecords, partition: number, rejects: Rejects) => Batch

/** How lines are put together to records, in a format whose records may span lines. */
export type Spanning = {
  /** The reason of the reject of a line whose record may go on in the next line; absent where `isSeen` in any sample. */
  readonly openReason?: string
  /** Whether a record of the sample does. */
  readonly isSeen: boolean
  readonly join: JoinLines
  /** As in `RecordForm`. */
  readonly sign?: number
  readonly waitMs?: number
}

export type OpenFormat = {
  /** All columns of a record, in order. */
  readonly fields: readonly Field[]
  /** The columns as a pipeline file declares them, where it has to. */
  readonly declared?: readonly DeclaredColumn[]
  /** Index of the column that carries event time, if the format defines one (`ts` of access logs). */
  readonly rowtime: number | undefined
  /** Whether the first record of every file may be a header and no data. */
  readonly skipsFirstLine: boolean
  /** The fewest fields of a record, where it may have fewer than there are columns. */
  readonly fewestFields?: number
  /** What such a record is; absent: the header. */
  readonly firstRecord?: (record: Uint8Array) => FirstRecord
  /** Absent where every record of a file is one line. */
  readonly spanning?: Spanning
  /** Whether its decoders read when records arrived. */
  readonly readsArrival?: boolean
  /** Whether a file may be one document with all of its records, as it may be in JSON: see `json/document.ts`. */
  readonly hasDocuments?: boolean
  /** The format in one of its text columns, whose own columns are the last of `fields`. */
  readonly inside?: { readonly column: string; readonly format: OpenFormat }
  /**
   * What decoders need for these records and do not have yet, such as a schema of a registry: resolves once it is there, and rejects with
   * a Failure where it cannot be had now, or with the reason of `signal`. undefined: nothing is missing. Absent: nothing ever is.
   */
  ready?(records: Records, signal?: AbortSignal): Promise<void> | undefined
  /** What records are, where their columns come from outside the options, such as from a registry; absent: the options say all. */
  readonly meaning?: readonly unknown[]
  /** A decoder for some of the columns, by index into `fields`, in the order given. */
  decoder(columns: readonly number[]): Decoder
}

/** The schemas of the options, by name. An option that may be left out is undefined then: there are no defaults. */
export type OptionShape<Options> = { readonly [Name in keyof Options]-?: z.ZodType<Options[Name]> }

/** An option that a text alone stands for: `regex: '…'` is short for `regex: { pattern: '…' }`. */
export type MainOption = { readonly option: string; readonly isRequired: boolean }

export type PrepareContext = {
  /** Where relative paths start from: the folder of the pipeline file, or the one in which a command runs. */
  readonly folder: string
  /** The topic whose records it is about, by its name on the bus; absent: there is none. */
  readonly topic?: string
}

/**
 * A format describes itself here and nowhere else: the schema of pipeline files, `--format` and their messages are made from
 * that. Options are plain data, which other threads are sent, and by which older state of a query is recognised.
 */
export type Format<Options = unknown> = {
  readonly name: string
  readonly summary: string
  /** Absent: it has none. What they have to do with each other is for `open` to check. */
  options?(parts: OptionParts): OptionShape<Options>
  readonly main?: MainOption
  /**
   * Fetches or loads what the options name, such as a schema of a registry, and gives the options with it, which `open` gets
   * then. Called once for each check or run. Rejects with a Failure: `part` names the option; after a retryable one `check`
   * only warns.
   */
  prepare?(options: Options, context: PrepareContext): Promise<Options>
  /**
   * Opens the format; in `sample`, the start of the data, csv, json and logfmt find columns that were not declared. Throws a Failure
   * `usage` for options that do not fit each other or the data, with the `part` that is wrong and perhaps the place in its
   * text, and where columns are neither declared nor found in a sample. `text`, if given, is a column that another format lies
   * in: a format whose columns are declared or found has it as a STRING, declared or not.
   */
  open(options: Options, sample: Records | undefined, text?: string): OpenFormat
  /** The share of the sample that the format reads without options, 0 to 1, for detection; 0 for a format that takes anything. */
  fit(sample: Records): number
  /** Which of several forms of the format the sample has, for people. */
  variant?(sample: Records): string
  /**
   * What writes rows with these columns as records which the format with these options reads; absent: it is only read. Throws a
   * Failure `usage` where it cannot write them so.
   */
  writer?(options: Options, fields: readonly Field[]): RecordEncoder
  /**
   * Asks where it gets what it needs, such as a registry, and changes nothing there. `fields` are the columns of rows that would be written;
   * undefined: it is only read. Rejects with a Failure where it cannot be asked.
   */
  look?(options: Options, fields: readonly Field[] | undefined): Promise<FormatLook>
  /** Whether its records are bytes that no line of a text holds, so that sources of lines cannot bring them. */
  readonly isBinary?: true
}

/** Writes rows as the records of a topic: see `Encoder` for those of files. */
export type RecordEncoder = {
  /**
   * Resolves when records may be written: a registry knows their schema then. Rejects with a Failure, also where `signal` is
   * aborted first. Absent: they may be at once.
   */
  ready?(signal?: AbortSignal): Promise<void>
  /**
   * Rows [from, to) of a batch as records in a buffer of their own. `refuse` gets each row that the format cannot hold, such as a NULL
   * where its schema has none, and the row is left out; without it, such a row throws a Failure `usage`. Throws a Failure `limit` for
   * rows that are too long.
   */
  write(batch: Batch, from: number, to: number, refuse?: (row: number, reason: string) => void): Records
}

/** What was found where a format gets what it needs: in words, and what would keep records from being read or written; undefined: nothing is needed. */
export type FormatLook = { readonly found: string; readonly failures: readonly Failure[] } | undefined

/** Hides the type of the options in the file of the format, so that the list in `all.ts` can hold all formats. */
export function defineFormat<Options>(format: Format<Options>): Format {
  return format as Format
}

/** A format with the options that were given for it, read by its schema. */
export type ChosenFormat = { readonly format: Format; readonly options: unknown }

/** Writes rows as bytes, one line each with its line end, for files and for the records of result topics. */
export type Encoder = {
  /** The head of a file (the names of csv), or undefined. */
  readonly head: Uint8Array | undefined
  /** The end of a file (the bracket of a JSON array); absent if there is none. */
  readonly tail?: Uint8Array
  /**
   * Writes rows [from, to) of a batch. The result is the encoder's until its own next call, which writes over it. `ends`, if
   * given, gets the end of each row in the result (line end excluded), so that a caller can make each row a record. Throws a
   * Failure `limit` for a row of more than about 2 GiB.
   */
  encode(batch: Batch, from: number, to: number, ends?: Int32Array): Uint8Array
}
