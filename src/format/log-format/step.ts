/**
 * The steps by which the lines of a log format are read: a text before the first field, then each field with the text behind it,
 * up to the end of the line; and the columns that they fill.
 *
 * A field either ends by itself (a number, a time), or where the text behind it begins: at the first such text behind which
 * all fields fit that end by themselves. A format in which nothing tells where a field ends is refused here.
 */
import { Buffer } from 'node:buffer'
import * as STEP from '../../kernel/assembly/log-format/layout.ts'
import { BIGINT, DOUBLE, INT, STRING, TIMESTAMP, TIMESTAMP_LTZ, type Type } from '../../record/type.ts'
import type { DeclaredColumn } from '../declared-columns.ts'
import { type FieldPart, type FormatPart, isTime, joinTexts, type Named, type Reads } from './part.ts'
import { type Pasted, pastedFailure } from './pasted.ts'

const QUOTE = 34
/** Fields of a format. */
const MOST_FIELDS = 200

export type Step = {
  /** One of the kinds of `kernel/assembly/log-format/layout.ts`. */
  readonly kind: number
  /** The field as the format has it. */
  readonly written: string
  /** The columns that it fills; of a request also those of its parts. */
  readonly columns: readonly number[]
  /** The text behind it, and how many bytes of it are read with it: all, or none where it is the beginning of the next field. */
  readonly literal: Uint8Array
  readonly advance: number
  readonly flags: number
  /** Bytes below this one are no part of its value. */
  readonly limit: number
  readonly reads: Reads
  readonly mayBeEmptyQuotes: boolean
  /** Whether the text behind it is the beginning of the next field, a path; and what is there in place of no path. */
  readonly ahead: Uint8Array | undefined
}

export type Shape = {
  /** What every line begins with. */
  readonly head: Uint8Array
  readonly steps: readonly Step[]
  readonly columns: readonly DeclaredColumn[]
  /** The column of event time. */
  readonly rowtime: number | undefined
}

const REQUEST_COLUMNS = ['request', 'http_method', 'target', 'path', 'query', 'protocol']
const TARGET_COLUMNS = ['target', 'path', 'query']

/** The shape of a format. Throws a Failure `usage`, with the place in the pasted text, for one whose lines cannot be split. */
export function shapeOf(source: string, pasted: Pasted, written: readonly FormatPart[]): Shape {
  const parts = joinTexts(written)
  const fail = (at: number, message: string, hint?: string) =>
    pastedFailure(source, pasted.places[at] ?? source.length, message, hint)
  const fields = parts.filter((part) => part.kind === 'field')
  if (fields.length > MOST_FIELDS)
    throw fail(fields[MOST_FIELDS]?.at ?? 0, `the format has more than ${MOST_FIELDS} fields`)
  if (fields.length === 0) throw fail(0, 'the format has no field')
  for (const part of parts) {
    const lineEnd = part.kind === 'text' ? part.text.indexOf('\n') : -1
    if (lineEnd < 0) continue
    const hint = 'In the configuration of nginx each line of a format is in quotes: paste it with them.'
    throw fail(part.at + lineEnd, 'a line end within the format: a record is one line', hint)
  }
  const { named, columns } = columnsOf(fields)
  const steps = fields.map((field, i): Step => {
    const at = parts.indexOf(field)
    const next = parts[at + 1]
    const behind = next?.kind === 'text' ? next.text : ''
    const following = behind === '' ? next : parts[at + 2]
    const { reads, columns: own } = named[i] as Placed
    const trouble = troubleOf(reads, behind, following)
    if (trouble !== undefined && following?.kind === 'field') {
      throw fail(field.at, `nothing tells where ${field.written} ends: ${trouble} ${following.written}`, TELLING)
    }
    return stepOf({ field, reads, columns: own, behind, isLast: following === undefined }, pasted)
  })
  const [first] = parts
  const rowtime = columns.findIndex(({ field }) => field.rowtime === true)
  return {
    head: Uint8Array.from(Buffer.from(first?.kind === 'text' ? first.text : '')),
    steps,
    columns,
    rowtime: rowtime < 0 ? undefined : rowtime,
  }
}

const TELLING =
  'Write a text between them that the first does not contain, such as quotes around it, and have the server write a new log.'

/** Why nothing tells where a field ends, with this text behind it and then another field. */
function troubleOf(reads: Reads, behind: string, following: FormatPart | undefined): string | undefined {
  if (following?.kind !== 'field') return undefined
  const next = following.reads
  if (behind === '') {
    if (/^(char|status|clf|iso|pattern)$/.test(reads.is)) return undefined
    return isText(reads) && isPath(next) ? undefined : 'there is no text between it and'
  }
  const hasSpaces = reads.is === 'sentence' || reads.is === 'request'
  return hasSpaces && /^ +$/.test(behind) && isText(next)
    ? 'it has spaces, and so has the text between it and'
    : undefined
}

/** Whether it ends where the text behind it begins. */
const isText = ({ is }: Reads): boolean => /^(text|sentence|word|path|uri_args|list|request|target|query)$/.test(is)
const isPath = ({ is }: Reads): boolean => is === 'path' || is === 'uri_args' || is === 'target'

type Outline = {
  readonly field: FieldPart
  readonly reads: Reads
  readonly columns: readonly number[]
  readonly behind: string
  readonly isLast: boolean
}

function stepOf({ field, reads, columns, behind, isLast }: Outline, { escape: escaping }: Pasted): Step {
  // Without a text between them, the slash of the next field is the text behind this one.
  const isAhead = behind === '' && !isLast && isText(reads)
  const literal = Uint8Array.from(Buffer.from(isAhead ? '/' : behind))
  const hasEscapes = escaping !== 'none'
  // For these, nginx writes nothing where there is no value; else a dash.
  const isEmptyNull = escaping === 'json' || escaping === 'none'
  const isCertain = hasEscapes && literal[0] === QUOTE
  // In quotes a word may have spaces: headers are what clients send, and the line is no less certain for it.
  const isWord = (reads.is === 'word' || reads.is === 'list') && !isCertain
  const flag = (condition: boolean, value: number) => (condition ? value : 0)
  return {
    kind: KINDS[reads.is],
    written: field.written,
    columns,
    literal,
    advance: isAhead ? 0 : literal.length,
    flags:
      flag(!isEmptyNull || reads.is === 'list', STEP.DASH_IS_NULL) |
      flag(isEmptyNull, STEP.EMPTY_IS_NULL) |
      flag(reads.is === 'list' && !/^(, | : )/.test(behind), STEP.IS_LIST) |
      flag(isCertain, STEP.IS_CERTAIN) |
      flag(reads.is === 'word' && reads.isFilled === true && !isEmptyNull, STEP.IS_FILLED) |
      flag(hasEscapes, STEP.HAS_ESCAPES) |
      flag(!isEmptyNull && mayHaveDash(reads), STEP.DASH_BEHIND),
    limit: isWord ? 0x21 : hasEscapes ? 0x20 : 0,
    reads,
    mayBeEmptyQuotes: field.mayBeEmptyQuotes === true,
    ahead: isAhead ? Uint8Array.from(Buffer.from(isEmptyNull ? '' : '-')) : undefined,
  }
}

const mayHaveDash = (reads: Reads): boolean =>
  reads.is === 'uri_args' || (reads.is === 'target' && reads.mayHaveDash === true)

const KINDS: { readonly [is in Reads['is']]: number } = {
  text: STEP.TEXT,
  sentence: STEP.TEXT,
  word: STEP.TEXT,
  path: STEP.TEXT,
  uri_args: STEP.TARGET,
  list: STEP.TEXT,
  request: STEP.REQUEST,
  target: STEP.TARGET,
  query: STEP.QUERY,
  char: STEP.CHAR,
  int: STEP.INT,
  bigint: STEP.WHOLE,
  double: STEP.DOUBLE,
  status: STEP.STATUS,
  clf: STEP.CLF,
  iso: STEP.ISO,
  epoch: STEP.EPOCH,
  pattern: STEP.PATTERN,
}

type Placed = { readonly reads: Reads; readonly columns: readonly number[] }

/** The columns of the fields. A name that is taken gets `_2`. */
function columnsOf(fields: readonly FieldPart[]): { named: Placed[]; columns: DeclaredColumn[] } {
  const request = fields.find(({ reads }) => reads.is === 'request')
  const times = fields.filter(({ reads }) => isTime(reads))
  // The one that says more than the second.
  const time = times.find(({ reads }) => isExact(reads)) ?? times[0]
  const taken = new Set<string>([
    ...(request === undefined ? [] : REQUEST_COLUMNS),
    ...(time === undefined ? [] : ['ts']),
  ])
  const columns: DeclaredColumn[] = []
  const add = (name: string, reads: Reads, field: FieldPart): number => {
    let unique = name
    for (let n = 2; field !== request && field !== time && taken.has(unique); n++) unique = `${name}_${n}`
    taken.add(unique)
    columns.push({
      field: { name: unique, type: typeOf(reads), ...(field === time && { rowtime: true }) },
      ...(reads.is === 'epoch' && { unit: reads.unit }),
    })
    return columns.length - 1
  }
  const named = fields.map((field): Placed => {
    const { name, reads } = nameOf(field, taken)
    const names = namesOf(field === time ? 'ts' : name, reads)
    return { reads, columns: names.map((each) => add(each, reads, field)) }
  })
  return { named, columns }
}

/** What a field is called: a part of the request where nothing else is. */
function nameOf({ name, reads, alone }: FieldPart, taken: ReadonlySet<string>): Named {
  const isFree = alone !== undefined && namesOf(alone.name, alone.reads).every((each) => !taken.has(each))
  return isFree ? alone : { name, reads }
}

function namesOf(name: string, { is }: Reads): readonly string[] {
  if (is === 'request') return [name, ...REQUEST_COLUMNS.slice(1)]
  return is === 'target' ? TARGET_COLUMNS : [name]
}

const isExact = (reads: Reads): boolean =>
  (reads.is === 'epoch' && reads.isExact) || (reads.is === 'pattern' && reads.pattern.isExact)

function typeOf(reads: Reads): Type {
  switch (reads.is) {
    case 'int':
    case 'status':
      return INT
    case 'bigint':
      return BIGINT
    case 'double':
      return DOUBLE
    case 'clf':
    case 'iso':
    case 'epoch':
      return TIMESTAMP_LTZ
    case 'pattern':
      return reads.pattern.isInstant ? TIMESTAMP_LTZ : TIMESTAMP
    default:
      return STRING
  }
}
