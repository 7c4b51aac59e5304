/**
 * Goes through the pairs of a line of logfmt: `level=info msg="it \"works\"" took=12ms cached`.
 *
 *     line   = pairs with blanks between them
 *     pair   = key | key "=" | key "=" word | key "=" quoted
 *     key    = bytes that are no blank, no control character, no "=" and no quote
 *     word   = bytes that are no blank, no control character and no quote
 *     quoted = a JSON string, in which \' is an escape too
 *
 * Source: the decoder of go-logfmt/logfmt, which go-kit uses. Like Heroku's, it takes an "=" in a word.
 */
const BLANK = 32
const QUOTE = 34
const EQUALS = 61
const BACKSLASH = 92
const LOWER_U = 117
const ESCAPED: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrt\''))

/** Reads one pair at a time. The fields describe the last one. */
export class LogfmtScan {
  bytes: Uint8Array = new Uint8Array(0)
  keyStart = 0
  keyEnd = 0
  /** The value without its quotes; empty for a key alone. */
  start = 0
  end = 0
  /** Whether there is an equals sign. */
  hasValue = false
  isQuoted = false
  isEscaped = false
  troubleAt = 0
  trouble = ''
  #at = 0
  #stop = 0

  /** Begins with the line [from, end). */
  begin(from: number, end: number): void {
    this.#at = from
    this.#stop = end
    this.trouble = ''
  }

  /** Reads the next pair; false at the end of the line, and where `trouble` says that it is none. */
  next(): boolean {
    const { bytes } = this
    const stop = this.#stop
    let at = this.#at
    while (at < stop && (bytes[at] as number) <= BLANK) at++
    if (at === stop) return false
    this.keyStart = at
    while (at < stop && (bytes[at] as number) > BLANK && bytes[at] !== EQUALS && bytes[at] !== QUOTE) at++
    this.keyEnd = at
    if (at === this.keyStart || (at < stop && bytes[at] === QUOTE)) return this.#fail(at, 'expected a key')
    this.isQuoted = false
    this.isEscaped = false
    this.hasValue = at < stop && bytes[at] === EQUALS
    if (this.hasValue) at++
    this.start = at
    this.end = at
    this.#at = at
    if (!this.hasValue) return true
    return at < stop && bytes[at] === QUOTE ? this.#quoted(at + 1) : this.#word(at)
  }

  #word(from: number): boolean {
    const { bytes } = this
    let at = from
    while (at < this.#stop && (bytes[at] as number) > BLANK && bytes[at] !== QUOTE) at++
    if (at < this.#stop && bytes[at] === QUOTE) return this.#fail(at, 'a quote within a value without quotes')
    this.end = at
    this.#at = at
    return true
  }

  #quoted(from: number): boolean {
    const { bytes } = this
    this.isQuoted = true
    this.start = from
    let at = from
    for (; at < this.#stop && bytes[at] !== QUOTE; at++) {
      if (bytes[at] !== BACKSLASH) continue
      this.isEscaped = true
      const kind = at + 1 < this.#stop ? (bytes[at + 1] as number) : 0
      if (kind === LOWER_U && areHex(bytes, at + 2, this.#stop)) at += 5
      else if (ESCAPED.has(kind)) at++
      else return this.#fail(at, 'expected an escape, as \\n or \\u00e9')
    }
    if (at >= this.#stop) return this.#fail(this.#stop, 'the value does not end')
    this.end = at
    this.#at = at + 1
    if (at + 1 < this.#stop && (bytes[at + 1] as number) > BLANK) return this.#fail(at + 1, 'expected a blank')
    return true
  }

  #fail(at: number, trouble: string): false {
    this.troubleAt = at
    this.trouble = trouble
    return false
  }
}

/** Whether four hexadecimal digits are at `at`. */
function areHex(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + 4 > end) return false
  for (let i = at; i < at + 4; i++) {
    const byte = bytes[i] as number
    const letter = byte | 32
    if (!((byte >= 48 && byte <= 57) || (letter >= 97 && letter <= 102))) return false
  }
  return true
}
