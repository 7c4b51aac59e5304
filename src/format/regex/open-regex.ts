/** Opens a format whose lines are described by a regular expression. */
import { Failure } from '../../base/failure.ts'
import { nearest } from '../../base/nearest.ts'
import { STRING } from '../../record/type.ts'
import { openRecordMatcher } from '../../regex/record-matcher.ts'
import type { DeclaredColumn } from '../declared-columns.ts'
import type { OpenFormat } from '../format.ts'
import { patternOf } from '../multi-line/line-pattern.ts'
import { type MultiLineOptions, multiLine } from '../multi-line/options.ts'
import { recordDecoder } from '../scan/record-decoder.ts'
import { plainBytes } from '../scan/word.ts'
import { RegexReader } from './reader.ts'

export type RegexOptions = MultiLineOptions & {
  readonly pattern: string
  /** The types of columns; one that is not among them is a STRING. */
  readonly columns: readonly DeclaredColumn[]
  /** A text that means NULL in a column of any type. */
  readonly null?: string | undefined
}

/** The format with a column for each named group. Throws a Failure `usage` for a bad pattern, or columns that it has not. */
export function openRegex({ pattern, columns, null: nullText, ...options }: RegexOptions): OpenFormat {
  const matcher = patternOf('pattern', () => openRecordMatcher(pattern))
  if (matcher.names.length === 0) {
    throw new Failure('usage', 'pattern: it has no named group, so there would be no column', {
      part: ['pattern'],
      hint: String.raw`Name the parts that become columns: (?<host>\S+) (?<status>\d+)`,
    })
  }
  const declared = matcher.names.map((name) => columns.find((column) => groupOf(column) === name) ?? stringOf(name))
  const other = columns.find((column) => !declared.includes(column))
  if (other !== undefined) throw noGroup(other, matcher.names)
  const nullBytes = nullText === undefined ? undefined : plainBytes(Buffer.from(nullText))
  const spanning = multiLine(options)
  return {
    fields: declared.map(({ field }) => field),
    declared,
    rowtime: undefined,
    skipsFirstLine: false,
    ...(spanning !== undefined && { spanning }),
    decoder: (wanted) => recordDecoder(declared, wanted, (parsed) => new RegexReader(matcher, parsed, nullBytes)),
  }
}

/** The group whose text a column has. */
const groupOf = ({ field, path }: DeclaredColumn): string => path?.join('.') ?? field.name

const stringOf = (name: string): DeclaredColumn => ({ field: { name, type: STRING } })

function noGroup(column: DeclaredColumn, names: readonly string[]): Failure {
  const group = groupOf(column)
  const near = nearest(group, [...names])
  const hint = near === undefined ? `Its groups: ${names.join(', ')}.` : `Did you mean ${near}?`
  return new Failure('usage', `column ${column.field.name}: the pattern has no group ${group}`, {
    part: ['columns', column.field.name],
    hint,
  })
}
