/**
 * What a format is: how a record's bytes become columns. A new one is a file beside this and one line in `all.ts`.
 */
import type { Batch, Records } from '../record/column.ts'
import type { Field } from '../record/type.ts'

/** A record that could not be decoded, at which byte of the record (from 0), and why: "expected [ before the time". */
export type Rejects = { add(record: number, byte: number, reason: string): void }

/**
 * Decodes records into the wanted columns; the others are skipped, not built. What it returns is valid until the next
 * call: arrays are used again. `partition` is 0 and `watermark` undefined in what it returns: the scan sets them.
 * `origin` is undefined unless a record was rejected.
 */
export type Decoder = (records: Records, rejects: Rejects) => Batch

/** A column that the user declares, for formats whose records do not fix theirs (json, csv). */
export type DeclaredColumn = {
  readonly field: Field
  /** Where it is found: the path in a JSON object (`['user', 'id']`), or undefined for a member of the column's name. */
  readonly path?: readonly string[]
}

/** Options of a format as people write them. */
export type FormatOptionName = 'columns' | 'header' | 'delimiter' | 'null'

export type FormatOptions = {
  /** Columns in order; undefined: the format's own, or found in the sample. */
  readonly columns?: readonly DeclaredColumn[]
  /** csv, tsv: whether the first line of each file has names. */
  readonly header?: boolean
  /** csv: one byte. */
  readonly delimiter?: string
  /** What text means NULL besides the format's own: csv has '' for all but STRING. */
  readonly nullText?: string
}

export type OpenFormat = {
  /** All columns that a record has, in order. */
  readonly fields: readonly Field[]
  /** Index of the column that carries event time, if the format has one of its own (`ts` of access logs). */
  readonly rowtime: number | undefined
  /** Whether the first record of every file is a header and no data. */
  readonly skipsFirstLine: boolean
  /** A decoder for some of the columns, by index into `fields`, in the order wanted. */
  decoder(columns: readonly number[]): Decoder
}

export type Format = {
  readonly name: string
  readonly summary: string
  /** The options that it takes; any other is refused before it is opened. */
  readonly takes: readonly FormatOptionName[]
  /** Opens the format; `sample` is the start of the data, from which json and csv find columns that were not declared. */
  open(options: FormatOptions, sample: Records | undefined): OpenFormat
  /** How much of the sample the format reads, 0 to 1, for detection; formats that take anything give 0. */
  fit(sample: Records): number
}

/** Rows as bytes, one line each with its line end, for files and for the records of result topics. */
export type Encoder = {
  /** Bytes of the head of a file (the names of csv), or undefined. */
  readonly head: Uint8Array | undefined
  /** Bytes of the end of a file (the bracket of a JSON array); absent where there are none. */
  readonly tail?: Uint8Array
  /**
   * Writes rows [from, to) of a batch. The result is valid until the next call of any encoder: a caller that waits for
   * something copies it first. `ends`, if given, gets for each row the end of its bytes (line end excluded), so that a
   * caller can put each in a record of its own.
   */
  encode(batch: Batch, from: number, to: number, ends?: Int32Array): Uint8Array
}
