/**
 * Reads JSON text (RFC 8259) in bytes and checks all of it. Every method takes the position at which it begins and returns
 * the position after what it read, or -1, with the reason in `troubleAt` and `trouble`. Nesting is bounded by `depth`; no method
 * calls itself.
 */
import { isDigit } from '../scan/number.ts'
import { firstHit, stringEndIn } from '../scan/word.ts'

const QUOTE = 34
const COMMA = 44
const MINUS = 45
const DOT = 46
const ZERO = 48
const COLON = 58
const OPEN_ARRAY = 91
const BACKSLASH = 92
const CLOSE_ARRAY = 93
const LOWER_E = 101
const LOWER_U = 117
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125

/** How deep arrays and objects of a record may be nested. */
export const DEPTH = 256

/** A position in the JSON text of one record. */
export class JsonScan {
  bytes: Uint8Array = new Uint8Array(0)
  view: DataView = new DataView(this.bytes.buffer)
  /** End of the record. */
  end = 0
  /** Whether the last string has escapes. */
  isEscaped = false
  troubleAt = 0
  trouble = ''
  /** The closing bracket of each container that is open in `skip`. */
  readonly #open: Uint8Array

  constructor(depth: number = DEPTH) {
    this.#open = new Uint8Array(depth)
  }

  /** Notes why the text is no row; always -1. */
  fail(at: number, reason: string): number {
    this.troubleAt = Math.min(at, this.end)
    this.trouble = reason
    return -1
  }

  /** Skips blanks. */
  blanks(from: number): number {
    const { bytes, end } = this
    let at = from
    for (; at < end; at++) {
      const byte = bytes[at]
      if (byte !== 32 && byte !== 9 && byte !== 13 && byte !== 10) break
    }
    return at
  }

  /** Reads a string whose opening quote is before `from`. */
  string(from: number): number {
    const { bytes, view, end } = this
    this.isEscaped = false
    let at = from
    for (; at < end; at++) {
      for (; at + 4 <= end; at += 4) {
        const word = view.getInt32(at, true)
        const hit = stringEndIn(word)
        if (hit === 0) continue
        at += firstHit(hit)
        break
      }
      const byte = bytes[at] as number
      if (at >= end) break
      if (byte === QUOTE) return at + 1
      if (byte < 0x20) return this.fail(at, 'a control character in a string has to be escaped')
      if (byte !== BACKSLASH) continue
      this.isEscaped = true
      at = this.#escape(at)
      if (at < 0) return -1
    }
    return this.fail(end, 'the string does not end')
  }

  /** Reads a number. */
  number(from: number): number {
    const { bytes, end } = this
    let at = from
    if (bytes[at] === MINUS) at++
    if (at >= end || !isDigit(bytes[at])) return this.fail(at, 'expected a value')
    if (bytes[at] === ZERO) at++
    else while (at < end && isDigit(bytes[at])) at++
    if (at < end && bytes[at] === DOT) {
      at++
      if (at >= end || !isDigit(bytes[at])) return this.fail(at, 'expected a digit behind the point')
      while (at < end && isDigit(bytes[at])) at++
    }
    if (at < end && ((bytes[at] as number) | 32) === LOWER_E) {
      at++
      if (at < end && (bytes[at] === MINUS || bytes[at] === 43)) at++
      if (at >= end || !isDigit(bytes[at])) return this.fail(at, 'expected a digit of the exponent')
      while (at < end && isDigit(bytes[at])) at++
    }
    return at
  }

  /** Reads `true`, `false` or `null`. */
  word(from: number): number {
    const { bytes, end } = this
    const word = bytes[from] === 116 ? TRUE : bytes[from] === 102 ? FALSE : NULL
    for (let i = 0; i < word.length; i++) {
      if (from + i >= end || bytes[from + i] !== word[i]) return this.fail(from + i, 'expected a value')
    }
    return from + word.length
  }

  /** Reads a value that is neither an array nor an object. */
  scalar(from: number): number {
    const byte = from < this.end ? (this.bytes[from] as number) : 0
    if (byte === QUOTE) return this.string(from + 1)
    if (byte === MINUS || isDigit(byte)) return this.number(from)
    return this.word(from)
  }

  /** Reads the colon after a member's name, and blanks around it. */
  colon(from: number): number {
    const at = this.blanks(from)
    if (at >= this.end || this.bytes[at] !== COLON) return this.fail(at, 'expected : behind the name of a member')
    return this.blanks(at + 1)
  }

  /** Skips any value. */
  skip(from: number): number {
    const { bytes } = this
    const open = this.#open
    let depth = 0
    let at = from
    for (;;) {
      // Here a value begins.
      const byte = at < this.end ? bytes[at] : 0
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (depth === open.length) return this.fail(at, `more than ${open.length} levels`)
        const close = byte === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY
        at = this.blanks(at + 1)
        if (at < this.end && bytes[at] === close) at++
        else {
          open[depth++] = close
          if (close === CLOSE_OBJECT) at = this.#name(at)
          if (at < 0) return -1
          continue
        }
      } else at = this.scalar(at)
      // Here a value has ended, and perhaps containers that it was the last value of.
      for (;;) {
        if (at < 0 || depth === 0) return at
        at = this.blanks(at)
        const next = at < this.end ? bytes[at] : 0
        const close = open[depth - 1]
        if (next === close) {
          depth--
          at++
          continue
        }
        if (next !== COMMA) return this.fail(at, close === CLOSE_OBJECT ? 'expected , or }' : 'expected , or ]')
        at = this.blanks(at + 1)
        if (close === CLOSE_OBJECT) at = this.#name(at)
        if (at < 0) return -1
        break
      }
    }
  }

  /** Reads a member's name with its colon. */
  #name(from: number): number {
    if (from >= this.end || this.bytes[from] !== QUOTE) return this.fail(from, 'expected the name of a member')
    const at = this.string(from + 1)
    return at < 0 ? at : this.colon(at)
  }

  /** Reads the escape at `from`; returns the position of its last byte. */
  #escape(from: number): number {
    const { bytes, end } = this
    const kind = from + 1 < end ? (bytes[from + 1] as number) : 0
    if (kind !== LOWER_U) {
      return ESCAPES.includes(kind) ? from + 1 : this.fail(from, 'no such escape in a string')
    }
    for (let at = from + 2; at < from + 6; at++) {
      const letter = at < end ? (bytes[at] as number) | 32 : 0
      const isHex = isDigit(bytes[at]) || (letter >= 97 && letter <= 102)
      if (at >= end || !isHex) return this.fail(from, 'expected four hexadecimal digits behind \\u')
    }
    return from + 5
  }
}

const TRUE = ascii('true')
const FALSE = ascii('false')
const NULL = ascii('null')
/** The bytes that may follow a backslash, besides u. */
const ESCAPES = ascii('"\\/bfnrt')

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}
