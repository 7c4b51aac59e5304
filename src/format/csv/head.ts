/**
 * Whether the first record of a file, connection or body is the header that is known. A writer whose log was rotated does not
 * write it again, and then the first record is data; a header with other names means that the values lie in other places.
 */
import type { FirstRecord } from '../../record/spans.ts'
import { type Field, typeName } from '../../record/type.ts'
import { distinctNames } from '../json/found.ts'
import { fieldsOf } from './reader.ts'

export const NAME: RegExp = /^[\p{L}_][\p{L}\p{N}_ .()/%#:-]*$/u

/** The names of that number of columns, from the fields of a header: a column without one is named by its place. */
export const columnNames = (head: readonly string[], count: number): readonly string[] =>
  distinctNames(Array.from({ length: count }, (_, i) => head[i]?.trim() || `column${i + 1}`))

/** Looks at first records. `isFound`: the names are those of another header, so a line of names is one too. */
export function headerCheck(
  fields: readonly Field[],
  delimiter: number,
  isFound: boolean,
): (record: Uint8Array) => FirstRecord {
  const known = fields.map(({ name }) => plain(name))
  const texts = fields.map(({ type }) => typeName(type) === 'STRING')
  return (record) => {
    const found = fieldsOf(record, delimiter)?.map((text) => text.trim())
    if (found === undefined) return { kind: 'data' }
    const named = columnNames(found, known.length).map(plain)
    if (found.length <= known.length && named.every((name, i) => name === known[i])) return { kind: 'header' }
    if (!found.every((text) => text === '' || NAME.test(text))) return { kind: 'data' }
    const shared = found.filter((text) => text !== '' && known.includes(plain(text))).length
    // A line that could be a row has at least the names of half of the columns by chance only.
    const isRow =
      found.length === known.length && texts.every((isText, i) => isText || /^(true|false)?$/i.test(found[i] ?? ''))
    const isNames = 2 * shared >= found.length || (!isRow && (shared > 0 || (isFound && found.length === known.length)))
    return isNames && shared + found.length > 0 && found.some((text) => text !== '')
      ? { kind: 'names', found: found.join(), expected: fields.map(({ name }) => name).join() }
      : { kind: 'data' }
  }
}

/** A name as people declare it for a header: without regard to case, blanks and signs. */
function plain(name: string): string {
  const word = name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '_')
  return word.replace(/^_|_$/g, '') || name
}
