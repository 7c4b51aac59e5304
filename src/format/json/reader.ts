/**
 * Reads any JSON record into columns, by the tree of its members. Only records that the kernel leaves come here.
 *
 * Of two members of one name the last counts. An absent member is NULL. Every declared column is read, wanted or not:
 * whether a record is a row depends on the declared columns, not on the query.
 */
import { Buffer } from 'node:buffer'
import { assert } from '../../base/assert.ts'
import { hasMark, MARK_BYTES } from '../../bytes/mark.ts'
import { MOST_ROWS } from '../../kernel/assembly/json/layout.ts'
import { viewOf } from '../../record/bytes.ts'
import type { InnerRows } from '../scan/inner-rows.ts'
import { latin1 } from '../scan/number.ts'
import type { ParsedColumn } from '../scan/parsed-column.ts'
import type { TextScratch } from '../scan/text-scratch.ts'
import { plainBytes } from '../scan/word.ts'
import type { InsideRows, Member, ValuePlace } from './members.ts'
import { JsonScan } from './scan.ts'
import { unescapeJson } from './unescape.ts'

const BLANK = 32
const QUOTE = 34
const COMMA = 44
const OPEN_ARRAY = 91
const CLOSE_ARRAY = 93
const LOWER_N = 110
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125

const TOO_MANY = `more than ${MOST_ROWS} elements`

/** The inner rows of an object, with those that its names have. */
type Keyed = { readonly rows: InnerRows; readonly taken: Map<string, number> }

/** Reads one record of a batch at a time. */
export class JsonReader {
  readonly #scan = new JsonScan()
  readonly #root: Member
  readonly #scratch: TextScratch

  readonly #grow: () => void

  /** `grow` makes room for inner rows. */
  constructor(root: Member, scratch: TextScratch, grow: () => void) {
    this.#root = root
    this.#scratch = scratch
    this.#grow = grow
  }

  /** Begins a batch; `bytes` are those of its records. */
  begin(bytes: Uint8Array): void {
    this.#scan.bytes = bytes
    this.#scan.view = viewOf(bytes)
  }

  get troubleAt(): number {
    return this.#scan.troubleAt
  }

  get trouble(): string {
    return this.#scan.trouble
  }

  /**
   * Reads the record [from, end) into a row whose columns are all NULL. False where it is no row: then `trouble` and
   * `troubleAt` say why and where, and some values may have been put.
   */
  record(from: number, end: number, row: number): boolean {
    const scan = this.#scan
    scan.end = end
    const start = scan.blanks(hasMark(scan.bytes, from, end) ? from + MARK_BYTES : from)
    if (start >= end || scan.bytes[start] !== OPEN_OBJECT) {
      scan.fail(start, start >= end ? 'the line is empty' : 'expected {')
      return false
    }
    const at = this.#object(this.#root, start, row)
    if (at === end) return true
    const rest = at < 0 ? at : scan.blanks(at)
    if (rest === end) return true
    if (rest >= 0) scan.fail(rest, 'expected the end of the line')
    return false
  }

  /** Reads the object whose `{` is at `from`. Calls itself only for members on the path of a column. */
  #object(member: Member, from: number, row: number): number {
    const scan = this.#scan
    const { bytes, view, end } = scan
    const { order } = member
    let at = scan.blanks(from + 1)
    if (at < end && bytes[at] === CLOSE_OBJECT) return at + 1
    for (let place = 0; ; place++) {
      let child = order[place]
      const length = child === undefined ? 0 : child.quotedLength
      if (child !== undefined && length > 0 && at + length < end && child.isAt(view, at)) {
        at += length
        if ((bytes[at] as number) <= BLANK) at = scan.blanks(at)
      } else {
        if (at >= end || bytes[at] !== QUOTE) return scan.fail(at, 'expected the name of a member')
        const name = at + 1
        at = scan.string(name)
        if (at < 0) return -1
        child = scan.isEscaped ? this.#findEscaped(member, name, at - 1) : member.find(bytes, name, at - 1)
        order[place] = child
        at = scan.colon(at)
        if (at < 0) return -1
      }
      if (child !== undefined && !child.isIgnored) at = this.#value(child, at, row)
      else at = bytes[at] === QUOTE && at < end ? scan.string(at + 1) : scan.skip(at)
      if (at < 0) return -1
      if (at < end && (bytes[at] as number) <= BLANK) at = scan.blanks(at)
      const next = at < end ? bytes[at] : 0
      if (next === CLOSE_OBJECT) return at + 1
      if (next !== COMMA) return scan.fail(at, 'expected , or }')
      at++
      if (at < end && (bytes[at] as number) <= BLANK) at = scan.blanks(at)
    }
  }

  #value(member: Member, from: number, row: number): number {
    const scan = this.#scan
    const { bytes } = scan
    const { places } = member
    const byte = from < scan.end ? bytes[from] : 0
    const [{ inside } = {}] = places
    if (inside !== undefined && places.length === 1 && member.children.length === 0) {
      return this.#nested(places[0] as ValuePlace, from, row)
    }
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY || member.children.length > 0 || inside !== undefined) {
      return this.#inner(member, from, row)
    }
    if (byte === QUOTE) {
      const at = scan.string(from + 1)
      if (at < 0) return -1
      const { isEscaped } = scan
      for (let i = 0; i < places.length; i++) {
        const { column, inside } = places[i] as ValuePlace
        if (inside !== undefined) return scan.fail(from, column.complaint(bytes, from, at))
        const isPut = isEscaped
          ? this.#putEscaped(column, from + 1, at - 1, row)
          : column.put(bytes, from + 1, at - 1, row)
        if (!isPut) return scan.fail(from, column.complaint(bytes, from, at))
      }
      return at
    }
    const at = scan.scalar(from)
    return at < 0 ? at : this.#put(member, from, at, row)
  }

  /** Reads an array or an object, or a value in the place of an object. */
  #inner(member: Member, from: number, row: number): number {
    const scan = this.#scan
    const byte = from < scan.end ? scan.bytes[from] : 0
    const hasChildren = member.children.length > 0
    // An earlier member of this name may have put values.
    if (hasChildren) for (const child of member.children) child.clear(row)
    if (hasChildren && byte !== OPEN_OBJECT && byte !== LOWER_N) {
      return scan.fail(from, 'expected an object, as columns were declared in it')
    }
    const at = hasChildren && byte === OPEN_OBJECT ? this.#object(member, from, row) : scan.skip(from)
    return at < 0 ? at : this.#put(member, from, at, row)
  }

  /** Puts a value that is not a string, as its text. */
  #put(member: Member, from: number, end: number, row: number): number {
    const { bytes } = this.#scan
    const isNull = bytes[from] === LOWER_N
    for (const place of member.places) {
      const { column } = place
      if (isNull) column.putNull(row)
      else if (place.inside !== undefined) {
        if (this.#nested(place, from, row) < 0) return -1
      } else if (!column.put(bytes, from, end, row)) return this.#scan.fail(from, column.complaint(bytes, from, end))
    }
    return end
  }

  /** Reads a value of a column that contains others. */
  #nested(place: ValuePlace, from: number, row: number): number {
    const scan = this.#scan
    const { bytes } = scan
    const { column, inside } = place
    assert(inside !== undefined, 'the column is nested')
    const byte = from < scan.end ? bytes[from] : 0
    const isArray = inside.kind === 'rows' && inside.keys === undefined
    if (byte !== (isArray ? OPEN_ARRAY : OPEN_OBJECT)) {
      const at = scan.skip(from)
      if (at < 0) return -1
      if (byte !== LOWER_N) return scan.fail(from, column.complaint(bytes, from, at))
      column.putNull(row)
      return at
    }
    if (inside.kind === 'rows') {
      const first = inside.rows.next
      const at = inside.keys === undefined ? this.#list(inside, from) : this.#map(inside, from)
      if (at >= 0) column.putRange(first, inside.rows.next, row)
      return at
    }
    // An earlier member of this name may have put values.
    inside.root.clear(row)
    column.putThere(row)
    return this.#object(inside.root, from, row)
  }

  /** Reads the array whose `[` is at `from`, each element into an inner row. */
  #list({ rows, item }: InsideRows, from: number): number {
    const scan = this.#scan
    const { bytes, end } = scan
    let at = scan.blanks(from + 1)
    if (at < end && bytes[at] === CLOSE_ARRAY) return at + 1
    for (;;) {
      const row = rows.take(this.#grow)
      if (row < 0) return scan.fail(at, TOO_MANY)
      at = this.#value(item, at, row)
      if (at < 0) return -1
      at = scan.blanks(at)
      const next = at < end ? bytes[at] : 0
      if (next === CLOSE_ARRAY) return at + 1
      if (next !== COMMA) return scan.fail(at, 'expected , or ]')
      at = scan.blanks(at + 1)
    }
  }

  /** Reads the object whose `{` is at `from`, each member into an inner row. Of two members of one name the last counts. */
  #map({ rows, keys, item }: InsideRows, from: number): number {
    const scan = this.#scan
    const { bytes, end } = scan
    const taken = new Map<string, number>()
    let at = scan.blanks(from + 1)
    if (at < end && bytes[at] === CLOSE_OBJECT) return at + 1
    for (;;) {
      if (at >= end || bytes[at] !== QUOTE) return scan.fail(at, 'expected the name of a member')
      const name = at + 1
      at = scan.string(name)
      if (at < 0) return -1
      const row = this.#keyed(keys as ParsedColumn, name, at - 1, { rows, taken })
      if (row < 0) return -1
      at = scan.colon(at)
      if (at >= 0) at = this.#value(item, at, row)
      if (at < 0) return -1
      at = scan.blanks(at)
      const next = at < end ? bytes[at] : 0
      if (next === CLOSE_OBJECT) return at + 1
      if (next !== COMMA) return scan.fail(at, 'expected , or }')
      at = scan.blanks(at + 1)
    }
  }

  /** The inner row of the member with the name [from, end), whose values are NULL; -1 if there is none. */
  #keyed(keys: ParsedColumn, from: number, end: number, { rows, taken }: Keyed): number {
    const { bytes } = this.#scan
    const isEscaped = this.#scan.isEscaped
    const start = isEscaped ? unescapeJson(this.#scratch, bytes, from, end) : from
    const stop = isEscaped ? this.#scratch.end : end
    const name = latin1(isEscaped ? this.#scratch.bytes : bytes, start, stop)
    const known = taken.get(name)
    if (known !== undefined) {
      rows.clear(known)
      keys.putThere(known)
      return known
    }
    const row = rows.take(this.#grow)
    if (row < 0) return this.#scan.fail(from - 1, TOO_MANY)
    taken.set(name, row)
    const isPut = keys.put(isEscaped ? this.#scratch.bytes : bytes, start, stop, row)
    return isPut ? row : this.#scan.fail(from - 1, keys.complaint(bytes, from - 1, end + 1))
  }

  #putEscaped(column: ParsedColumn, from: number, end: number, row: number): boolean {
    const { bytes } = this.#scan
    if (column.type.kind === 'STRING' && !column.isWanted) return column.put(bytes, from, end, row)
    const start = unescapeJson(this.#scratch, bytes, from, end)
    return column.put(this.#scratch.bytes, start, this.#scratch.end, row)
  }

  /** Rare, so it may make strings. */
  #findEscaped(member: Member, from: number, end: number): Member | undefined {
    const text = Buffer.from(this.#scan.bytes.subarray(from - 1, end + 1)).toString()
    const name = plainBytes(Buffer.from(JSON.parse(text)))
    return member.find(name, 0, name.length)
  }
}
