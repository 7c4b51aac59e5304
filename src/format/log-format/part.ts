/** The parts of a log format: texts that every line has, and fields, each with what its server writes there. */
import type { EpochUnit } from '../declared-columns.ts'
import type { TimePattern } from './time-pattern.ts'

/** What a server writes into a field. */
export type Reads =
  /** Any text, mostly without spaces. */
  | { readonly is: 'text' }
  /** A text that mostly has spaces: it cannot end at a space. */
  | { readonly is: 'sentence' }
  /** A text without spaces; `isFilled`: of at least one byte. */
  | { readonly is: 'word'; readonly isFilled?: true }
  /** A text that begins with a slash. */
  | { readonly is: 'path' }
  /** `$uri$is_args$args` of nginx, which may write a dash behind the path for the query that is not there: one column. */
  | { readonly is: 'uri_args' }
  /** Words with `, ` or ` : ` between them. */
  | { readonly is: 'list' }
  /** `METHOD target PROTOCOL`, for which there are columns. */
  | { readonly is: 'request' }
  /** A path and perhaps a query, for which there are columns. `mayHaveDash`: as in `uri_args`. */
  | { readonly is: 'target'; readonly mayHaveDash?: true }
  /** A query with the `?` in front, which is no part of the column, or nothing. */
  | { readonly is: 'query' }
  /** One byte. */
  | { readonly is: 'char' }
  | { readonly is: 'int' | 'bigint' | 'double' }
  /** Three digits. */
  | { readonly is: 'status' }
  /** `10/Oct/2000:13:55:36 -0700`, and `2000-10-10T13:55:36-07:00`. */
  | { readonly is: 'clf' | 'iso' }
  /** A time since 1970. `isExact`: with a fraction of a second. */
  | { readonly is: 'epoch'; readonly unit: EpochUnit; readonly isExact: boolean }
  | { readonly is: 'pattern'; readonly pattern: TimePattern }

/** The name of the column of a field, and what it reads. */
export type Named = { readonly name: string; readonly reads: Reads }

export type FieldPart = Named & {
  readonly kind: 'field'
  /** As the format has it, for messages: `$status`. */
  readonly written: string
  /** Where it is in the text of the format. */
  readonly at: number
  /** What it is where no other field has the columns of a request. */
  readonly alone?: Named | undefined
  /** Whether `""` in the place of an empty value is possible. */
  readonly mayBeEmptyQuotes?: true | undefined
}

export type FormatPart = { readonly kind: 'text'; readonly text: string; readonly at: number } | FieldPart

/** Whether a field is a time that may be `ts`. */
export const isTime = ({ is }: Reads): boolean => is === 'clf' || is === 'iso' || is === 'epoch' || is === 'pattern'

/** Parts with neighbouring texts as one, and without empty ones. */
export function joinTexts(parts: readonly FormatPart[]): FormatPart[] {
  const joined: FormatPart[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    if (part.kind === 'text' && part.text === '') continue
    if (part.kind === 'text' && last?.kind === 'text') {
      joined[joined.length - 1] = { ...last, text: last.text + part.text }
    } else joined.push(part)
  }
  return joined
}
