/** Options of Flink's format `json` by which its rows are as our own writer makes them, and as our reader takes them. */
import type { Options } from './create.ts'

/**
 * `format` is the prefix of the options, such as `value.json`. Times have a T, and instants a Z; a DECIMAL has all of its digits and no
 * exponent; a MAP whose key is NULL fails no job. The last two are about what is written, and no harm where rows are read.
 */
export const jsonOptions = (format: string): Options => ({
  [`${format}.timestamp-format.standard`]: 'ISO-8601',
  [`${format}.encode.decimal-as-plain-number`]: 'true',
  [`${format}.map-null-key.mode`]: 'LITERAL',
})
