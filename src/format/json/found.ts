/**
 * Finds the columns of JSON records, where they are not declared, in a sample.
 *
 * Members of nested objects become columns of their own, `user.id` as `user_id`; an array is an ARRAY, in which objects are ROWs.
 * Whole numbers are BIGINT, because a sum of INTs would wrap round, or DECIMAL(38, 0) if one does not fit: no type is chosen
 * that would take digits off a whole number of the sample. Texts that are all dates or times get such a type; mixed values are
 * STRING. This is a guess: a later record that does not fit is rejected, and the columns can be declared.
 */
import { Buffer } from 'node:buffer'
import { Failure } from '../../base/failure.ts'
import { withoutMark } from '../../bytes/mark.ts'
import type { Records } from '../../record/column.ts'
import {
  arrayOf,
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  mapOf,
  rowOf,
  STRING,
  TIMESTAMP,
  TIMESTAMP_LTZ,
  type Type,
} from '../../record/type.ts'
import type { DeclaredColumn } from '../declared-columns.ts'
import { WHOLE } from '../scan/exact-number.ts'
import { IsoScan } from '../scan/iso.ts'
import { SAFE_DIGITS } from '../scan/number.ts'
import { DEPTH } from './scan.ts'

const MOST_RECORDS = 1000
const DATE_TEXT = /^\d{4}-\d\d-\d\d$/
const TIME_TEXT = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d/

/**
 * The kind of value that was seen in the sample. Of whole numbers, `long` has more digits than a double holds, `decimal` does not
 * fit a BIGINT, and `endless` fits no type of numbers.
 */
export type Kind = WholeKind | 'double' | 'boolean' | 'date' | 'timestamp' | 'timestamp_ltz' | 'text'
type WholeKind = 'bigint' | 'long' | 'decimal' | 'endless'

const MOST_DECIMAL_DIGITS = 38

/** An object inside of a record with more names has names that are data. */
const MOST_FIELDS = 200
/** Arrays and objects in arrays that are deeper are texts. */
const DEEPEST_FOUND = 32

/**
 * The kinds of values and the members of objects that were seen at a path, and what was seen in arrays; an empty object leaves no
 * trace outside of arrays.
 */
type Found = {
  readonly kinds: Set<Kind>
  readonly members: Map<string, Found>
  items: Found | undefined
  hasObjects: boolean
}

const nothing = (): Found => ({ kinds: new Set(), members: new Map(), items: undefined, hasObjects: false })

/** The Failure of a format that is opened without columns and without lines to find them in, as for a topic. */
export function noColumns(format: string): Failure {
  return new Failure('usage', `format ${format}: no columns are declared, and there are no lines to find them in`, {
    hint: `Declare them: ${format}: { columns: { host: STRING, status: INT } }`,
  })
}

/** Names, paths and types of the columns of a sample. */
export function findJsonColumns(sample: Records | undefined): DeclaredColumn[] {
  const root = nothing()
  const { bytes, start, end, count } = sample ?? { bytes: Buffer.alloc(0), start: [], end: [], count: 0 }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let i = 0; i < Math.min(count, MOST_RECORDS); i++) {
    const value = parse(text.toString('utf8', start[i], end[i]))
    // A record that is too deep is a reject.
    if (isObject(value) && !isDeeper(value, DEPTH)) look(root, value)
  }
  const columns: DeclaredColumn[] = []
  collect(root, [], columns)
  const names = distinctNames(columns.map(({ field }) => field.name))
  return columns.map((column, i) => ({ ...column, field: { ...column.field, name: names[i] as string } }))
}

/**
 * Matches a record that may have a number whose double does not tell its kind: 1.0 and 1e3 look whole as doubles, and more
 * than 15 digits may be rounded.
 */
const NEEDS_SOURCE = /[:,[]\s*-?(?:\d[.\d]{15}|\d+\.0*[,}\]\s]|\d+\.?\d*[eE])/

/** The record, with marks in place of some numbers; undefined if it is not JSON. */
function parse(line: string): unknown {
  const text = withoutMark(line)
  // The source text is newer than TypeScript's own declaration.
  const revive = (_: string, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' ? numberKind(context?.source ?? String(value)) : value
  try {
    // A function that is called for each value makes parsing ten times as slow.
    return NEEDS_SOURCE.test(text) ? JSON.parse(text, revive) : JSON.parse(text)
  } catch {
    return undefined // Lines of the sample that are not JSON will be rejects.
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The mark of a number among the parsed values, where nothing else is a symbol: its kind is the symbol's key. */
const numberKind = (source: string): symbol => Symbol.for(kindOfNumber(source))

/** The kind of a number, from its text. What is beyond all doubles stays a text. */
export function kindOfNumber(text: string): Kind {
  if (WHOLE.test(text)) return kindOfWhole(text)
  return Number.isFinite(Number(text)) ? 'double' : 'text'
}

/** The kind of a whole number, which consists of digits and perhaps a sign. */
function kindOfWhole(text: string): WholeKind {
  const digits = text.replace(/^-/, '')
  if (digits.length <= SAFE_DIGITS) return 'bigint'
  if (digits.length > MOST_DECIMAL_DIGITS) return 'endless'
  return BigInt.asIntN(64, BigInt(text)) === BigInt(text) ? 'long' : 'decimal'
}

/** Whether there are values more than `levels` deep in a value. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  return Object.values(value).some((each) => isDeeper(each, levels - 1))
}

function look(found: Found, value: unknown): void {
  if (Array.isArray(value)) {
    found.items ??= nothing()
    for (const each of value) look(found.items, each)
  } else if (isObject(value)) {
    found.hasObjects = true
    for (const name of Object.keys(value)) {
      let member = found.members.get(name)
      if (member === undefined) {
        member = nothing()
        found.members.set(name, member)
      }
      look(member, value[name])
    }
  } else if (typeof value !== 'string') {
    if (value !== null) found.kinds.add(kindOf(value))
  } else if (!found.kinds.has('text')) found.kinds.add(kindOfText(value))
}

function kindOf(value: unknown): Kind {
  if (typeof value === 'symbol') return Symbol.keyFor(value) as Kind
  if (typeof value === 'number') return Number.isInteger(value) ? 'bigint' : 'double'
  if (typeof value === 'boolean') return 'boolean'
  return 'text'
}

const iso = new IsoScan()

/** The kind of value that a text is, for JSON strings and for the fields of CSV: a date or a time only if the reader takes it. */
export function kindOfText(text: string): 'date' | 'timestamp' | 'timestamp_ltz' | 'text' {
  if (text[4] !== '-') return 'text'
  const isDate = DATE_TEXT.test(text)
  if (!isDate && !TIME_TEXT.test(text)) return 'text'
  const bytes = Buffer.from(text)
  if (isDate) return Number.isNaN(iso.date(bytes, 0, bytes.length)) ? 'text' : 'date'
  if (Number.isNaN(iso.timestamp(bytes, 0, bytes.length))) return 'text'
  return iso.hasZone ? 'timestamp_ltz' : 'timestamp'
}

const TYPES: Readonly<Record<Kind, Type>> = {
  bigint: BIGINT,
  long: BIGINT,
  decimal: decimal(MOST_DECIMAL_DIGITS, 0),
  endless: STRING,
  double: DOUBLE,
  boolean: BOOLEAN,
  date: DATE,
  timestamp: TIMESTAMP,
  timestamp_ltz: TIMESTAMP_LTZ,
  text: STRING,
}

const WHOLE_KINDS: readonly Kind[] = ['bigint', 'long', 'decimal', 'endless']

/** The type that holds values of all these kinds, with all digits of whole numbers. */
export function typeOfKinds(kinds: ReadonlySet<Kind>): Type {
  const [first] = kinds
  if (first === undefined) return STRING
  if (kinds.size === 1) return TYPES[first]
  const widest = WHOLE_KINDS.findLast((kind) => kinds.has(kind))
  const others = [...kinds].filter((kind) => !WHOLE_KINDS.includes(kind))
  if (widest === undefined || others.some((kind) => kind !== 'double')) return STRING
  if (others.length === 0) return TYPES[widest]
  // As doubles, two long numbers may become one.
  return widest === 'bigint' ? DOUBLE : STRING
}

/** The type of values that were found, with a ROW for objects. `deep`: how many types it is inside of. */
function typeOfFound(found: Found, deep: number): Type {
  const { kinds, members, items } = found
  if (isMixed(found) || deep > DEEPEST_FOUND) return STRING
  if (items !== undefined) return arrayOf(typeOfFound(items, deep + 1))
  if (members.size === 0) return typeOfKinds(kinds)
  if (hasNames(members)) return rowOf([...members].map(([name, each]) => ({ name, type: typeOfFound(each, deep + 1) })))
  return mapOfFound(members, deep) ?? STRING
}

const isMixed = ({ kinds, items, hasObjects }: Found): boolean =>
  (kinds.size > 0 ? 1 : 0) + (items === undefined ? 0 : 1) + (hasObjects ? 1 : 0) > 1

/** Whether the names of an object in an array are those of fields. Where they are data, an empty one may be among them. */
const hasNames = (members: Found['members']): boolean => members.size <= MOST_FIELDS && !members.has('')

/** The type of an object whose names are data: a MAP, if its values are of one kind. */
function mapOfFound(members: Found['members'], deep: number): Type | undefined {
  const whole = merged([...members.values()])
  const isOne = !isMixed(whole) && (whole.kinds.size < 2 || typeOfKinds(whole.kinds).kind !== 'STRING')
  return isOne ? mapOf(STRING, typeOfFound(whole, deep + 1)) : undefined
}

/** What was seen at any of several paths. */
function merged(all: readonly Found[]): Found {
  const members = new Map<string, Found[]>()
  for (const [name, member] of all.flatMap((each) => [...each.members])) {
    const same = members.get(name)
    if (same === undefined) members.set(name, [member])
    else same.push(member)
  }
  const items = all.flatMap((each) => each.items ?? [])
  return {
    kinds: new Set(all.flatMap(({ kinds }) => [...kinds])),
    members: new Map([...members].map(([name, same]) => [name, merged(same)])),
    items: items.length === 0 ? undefined : merged(items),
    hasObjects: all.some(({ hasObjects }) => hasObjects),
  }
}

function collect(found: Found, path: readonly string[], columns: DeclaredColumn[]): void {
  const isRecord = path.length === 0
  const isObject = found.members.size > 0 && ((found.kinds.size === 0 && found.items === undefined) || isRecord)
  const map = isObject && !isRecord && found.members.size > MOST_FIELDS ? mapOfFound(found.members, 0) : undefined
  if (isRecord || (isObject && map === undefined)) {
    for (const [name, member] of found.members) collect(member, [...path, name], columns)
    return
  }
  // SQL has no empty name.
  const name = path.join('_') || '_'
  columns.push({ field: { name, type: map ?? typeOfFound(found, 0) }, path, isFound: true })
}

/** The names, the second of two equal ones as `name_2`: in JSON, `a_b` and `a: {b}` have the same. */
export function distinctNames(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    let free = name
    for (let n = 2; taken.has(free); n++) free = `${name}_${n}`
    taken.add(free)
    return free
  })
}
