/**
 * Puts parameters into SQL, so that no value can be anything but a value.
 *
 *   outside of quotes    a literal: 3, 'it''s', INTERVAL '5' MINUTE; behind the word INTERVAL, a duration without that word
 *   in '…'               its characters, with each ' doubled
 *   in `…`               its characters, with each ` doubled: a name
 *   in a comment         nothing is put in
 */
import type { Param } from './param.ts'
import { PARAM_USE } from './use.ts'

/** What is passed over as a whole or in part: a text, a name, a comment; or a use of a parameter. */
const PARTS = new RegExp(
  [/'(?:[^']|'')*'?/, /`(?:[^`]|``)*`?/, /--[^\r\n]*|\/\/[^\r\n]*/, /\/\*[\s\S]*?(?:\*\/|$)/, PARAM_USE]
    .map(({ source }) => source)
    .join('|'),
  'g',
)

/** The SQL with its parameters put in. `find` gives the parameter that a use names, and throws where there is none. */
export function putIntoSql(sql: string, find: (name: string) => Param): string {
  return sql.replace(PARTS, (part, ...rest) => {
    const before = sql.slice(0, rest.at(-2) as number)
    const quote = part.charAt(0)
    if (/^(--|\/[/*])/.test(part)) return part
    const written = ({ value }: Param) => String(value).replaceAll(quote, quote + quote)
    if (quote === "'" || quote === '`') return putInto(part, (name) => written(find(name)))
    return putInto(part, (name) => bare(find(name), before))
  })
}

/** A text with each use of a parameter replaced; `$${params.N}` becomes `${params.N}`. */
export const putInto = (text: string, value: (name: string) => string): string =>
  text.replace(PARAM_USE, (use, name: string) => (use.startsWith('$$') ? use.slice(1) : value(name)))

const bare = ({ type, sql }: Param, before: string): string =>
  type === 'duration' && /\bINTERVAL\s+$/i.test(before) ? sql.replace('INTERVAL ', '') : sql
