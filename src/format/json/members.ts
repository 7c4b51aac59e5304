/**
 * The members of a JSON object that are columns, as a tree by their paths.
 *
 * Most records have their members in the same order. So each object remembers the order of the last record, unwanted members
 * included: the next name is mostly the expected one, and one comparison of bytes skips it and its colon.
 */
import { Buffer } from 'node:buffer'
import type { InnerRows } from '../scan/inner-rows.ts'
import type { ParsedColumn } from '../scan/parsed-column.ts'
import { hasBytesAt, plainBytes } from '../scan/word.ts'

/** The most unwanted names that an object remembers: where names are data, there is no end of them. */
const MOST_IGNORED = 64

/** A name with one of these is escaped in JSON, so its bytes are not guessed. */
const ESCAPED_IN_JSON = /["\\\p{Cc}]/u

/** Where the values of a member go: a column, and what is inside it. */
export type ValuePlace = { readonly column: ParsedColumn; readonly inside: Inside | undefined }

/** What is inside a ROW: its fields, and their places as members of `root`. */
type InsideRow = { readonly kind: 'row'; readonly root: Member; readonly fields: readonly ValuePlace[] }

/** What is inside an ARRAY or a MAP: `item` is an element, as a member without a name; `keys` are those of a MAP. */
export type InsideRows = {
  readonly kind: 'rows'
  readonly rows: InnerRows
  readonly keys: ParsedColumn | undefined
  readonly item: Member
}

type Inside = InsideRow | InsideRows

/** A member of an object; the root is the record. */
export class Member {
  readonly name: Uint8Array
  /** Bytes of `"name":`, or 0 if its bytes cannot be guessed. */
  readonly quotedLength: number
  /** `"name":` in words of four bytes; the last word may overlap the one before. */
  readonly #words: Int32Array
  readonly #lastWord: number
  /** Whether neither this member nor one below it is a column. */
  readonly isIgnored: boolean
  readonly places: ValuePlace[] = []
  /** The members below that are columns or contain columns. */
  readonly children: Member[] = []
  readonly #byName = new Map<string, Member>()
  /** The members of the last object, in its order; undefined for one that is not remembered. */
  readonly order: (Member | undefined)[] = []
  readonly #ignored: Member[] = []

  constructor(name: string, isIgnored = false) {
    this.name = plainBytes(Buffer.from(name))
    const quoted = Buffer.from(ESCAPED_IN_JSON.test(name) || name === '' ? '' : `"${name}":`)
    this.quotedLength = quoted.length
    const whole = Math.max(0, Math.ceil(quoted.length / 4) - 1)
    this.#words = Int32Array.from({ length: whole }, (_, i) => quoted.readInt32LE(4 * i))
    this.#lastWord = quoted.length === 0 ? 0 : quoted.readInt32LE(quoted.length - 4)
    this.isIgnored = isIgnored
  }

  /** Adds a place for values at a path below this member. */
  add(path: readonly string[], place: ValuePlace): void {
    const [name, ...rest] = path
    if (name === undefined) {
      this.places.push(place)
      return
    }
    const key = name.toWellFormed()
    let child = this.#byName.get(key)
    if (child === undefined) {
      child = new Member(name)
      this.children.push(child)
      this.#byName.set(key, child)
    }
    child.add(rest, place)
  }

  /** The member whose name is the bytes [from, end); undefined for an unwanted one that is not remembered. */
  find(bytes: Uint8Array, from: number, end: number): Member | undefined {
    const known = named(this.children, bytes, from, end) ?? named(this.#ignored, bytes, from, end)
    if (known !== undefined || this.#ignored.length === MOST_IGNORED) return known
    const text = Buffer.from(bytes.subarray(from, end))
    const name = text.toString()
    if (!text.equals(Buffer.from(name))) return undefined // It is not UTF-8.
    const member = new Member(name, true)
    this.#ignored.push(member)
    return member
  }

  /** Whether `"name":` is at `at`; `quotedLength` bytes must be there. */
  isAt(view: DataView, at: number): boolean {
    const words = this.#words
    for (let i = 0; i < words.length; i++) if (view.getInt32(at + 4 * i, true) !== words[i]) return false
    return view.getInt32(at + this.quotedLength - 4, true) === this.#lastWord
  }

  /** Makes all columns of this member and below NULL in a row. */
  clear(row: number): void {
    for (const { column, inside } of this.places) {
      column.putNull(row)
      if (inside?.kind === 'row') inside.root.clear(row)
    }
    for (const child of this.children) child.clear(row)
  }
}

function named(members: readonly Member[], bytes: Uint8Array, from: number, end: number): Member | undefined {
  const length = end - from
  for (let i = 0; i < members.length; i++) {
    const { name } = members[i] as Member
    if (name.length === length && hasBytesAt(bytes, from, name)) return members[i]
  }
  return undefined
}
