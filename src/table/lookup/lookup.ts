/**
 * A lookup table: rows that queries join with by their key (`engine/lookup/`). Its content comes as bytes, so that each version
 * can be kept as it was: a replay joins with the version that was in use at the offset.
 */
import type * as z from 'zod'
import type { Duration } from '../../base/quantity.ts'
import type { LookupContent } from '../../engine/lookup/content.ts'
import type { DeclaredColumn } from '../../format/declared-columns.ts'

/** What the pipeline file says of a lookup table, besides its options. */
export type LookupContext = {
  /** Its name in the pipeline file. */
  readonly name: string
  readonly columns: readonly DeclaredColumn[]
  /** The columns of the key, by number. */
  readonly key: readonly number[]
  /** Whether two rows with one key are a mistake. A key with a NULL in it is none. */
  readonly unique: boolean
}

export type LookupType<Options = unknown> = {
  readonly holds: 'keys'
  readonly name: string
  readonly summary: string
  readonly options: z.ZodType<Options>
  /** The table and its place, as messages call it: `file ports.csv`. */
  shown(options: Options): string
  /** How often a run looks for a new version. */
  pollMs(options: Options): Duration
  /** Those of the options that say what a content means, and not where it comes from. */
  form(options: Options): unknown
  /** A text that is another one where there may be a new version. Throws a Failure where nothing is there. */
  look(options: Options, folder: string): string
  /** The newest content. Rejects with a Failure where it cannot be read, or is too large (`limit`). */
  read(options: Options, folder: string): Promise<Uint8Array>
  /** The rows of a content. Rejects with a Failure that says what is wrong in it, and where. */
  decode(bytes: Uint8Array, options: Options, context: LookupContext): Promise<LookupContent>
}

/** A type of lookup table, with its options typed where it is defined. */
export function defineLookup<Options>(type: Omit<LookupType<Options>, 'holds'>): LookupType {
  return { ...type, holds: 'keys' } as LookupType<Options> as LookupType
}
