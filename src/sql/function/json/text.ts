/**
 * A JSON text of one row, as Flink's parser (Jackson) takes it: all of it is checked up to the end of the first value, and what
 * follows that is not looked at. Values are ranges of the row's own bytes.
 */
import { JsonScan } from '../../../format/json/scan.ts'
import { viewOf } from '../../../record/bytes.ts'
import type { StringColumn } from '../../../record/column.ts'
import { decodeText } from '../text/bytes.ts'
import type { TextOutput } from '../text/output.ts'

export const QUOTE = 34
export const COMMA = 44
export const OPEN_ARRAY = 91
const BACKSLASH = 92
export const CLOSE_ARRAY = 93
const LOWER_F = 102
export const LOWER_N = 110
const LOWER_T = 116
const LOWER_U = 117
export const OPEN_OBJECT = 123
export const CLOSE_OBJECT = 125

/** How deep Jackson reads. */
const DEPTH = 1000

export type JsonMember = {
  /** The name without its escapes. */
  readonly name: string
  /** Where the value begins. */
  readonly start: number
  /** The byte after it. */
  readonly end: number
}

/** The JSON text that is being read. */
export class JsonText {
  readonly scan: JsonScan = new JsonScan(DEPTH)

  /** Points at the texts of a column. */
  open({ bytes }: StringColumn): void {
    if (this.scan.bytes === bytes) return
    this.scan.bytes = bytes
    this.scan.view = viewOf(bytes)
  }

  /** Begins the text [start, end); returns where its value begins. */
  begin(start: number, end: number): number {
    this.scan.end = end
    return this.scan.blanks(start)
  }

  /** The position behind the value at `from`, or -1; see `JsonScan`. */
  root(from: number): number {
    return this.rootEnd(from, this.scan.skip(from))
  }

  /** Checks what follows the text's value, which was read from `from` to `end`: a number or a word must not go on. */
  rootEnd(from: number, end: number): number {
    const { scan } = this
    if (end < 0 || end >= scan.end) return end
    const first = scan.bytes[from] as number
    const next = scan.bytes[end] as number
    const isWord = first === LOWER_T || first === LOWER_F || first === LOWER_N
    if (isWord && (isNamePart(next) || next >= 0x80)) return scan.fail(end, 'expected the end of the word')
    const isNumber = first === 45 || (first >= 48 && first <= 57)
    if (isNumber && next !== 32 && next !== 9 && next !== 10 && next !== 13)
      return scan.fail(end, 'expected the end of the number')
    return end
  }

  /** Why the text is no JSON, after -1. */
  trouble(start: number): string {
    return `the text is not JSON: ${this.scan.trouble} at byte ${this.scan.troubleAt - start}`
  }

  /** The members of the valid object at `from`: of those with one name the last, at the place of the first. */
  members(from: number): JsonMember[] {
    const { scan } = this
    const members = new Map<string, JsonMember>()
    let at = scan.blanks(from + 1)
    while (scan.bytes[at] !== CLOSE_OBJECT) {
      const nameEnd = scan.string(at + 1)
      const name = this.string(at + 1, nameEnd - 1)
      const start = scan.colon(nameEnd)
      const end = scan.skip(start)
      members.set(name, { name, start, end })
      at = this.#next(end)
    }
    return [...members.values()]
  }

  /** Where the elements of the valid array at `from` begin. */
  elements(from: number): number[] {
    const starts: number[] = []
    for (let at = this.scan.blanks(from + 1); this.scan.bytes[at] !== CLOSE_ARRAY; ) {
      starts.push(at)
      at = this.#next(this.scan.skip(at))
    }
    return starts
  }

  /** Skips the comma behind a value, where there is one. */
  #next(end: number): number {
    const at = this.scan.blanks(end)
    return this.scan.bytes[at] === COMMA ? this.scan.blanks(at + 1) : at
  }

  /** The valid string [from, end), its quotes not included, without its escapes. */
  string(from: number, end: number): string {
    const text = decodeText(this.scan.bytes, from, end)
    return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text
  }

  /** Appends the valid string [from, end) without its escapes. Half a surrogate pair is written as `?`, as in Java. */
  appendString(from: number, end: number, output: TextOutput): void {
    const { bytes } = this.scan
    for (let at = from; at < end; ) {
      let plain = at
      while (plain < end && bytes[plain] !== BACKSLASH) plain++
      output.range(bytes, at, plain)
      at = plain
      // Two escapes may be one character.
      while (at < end && bytes[at] === BACKSLASH) at += bytes[at + 1] === LOWER_U ? 6 : 2
      if (at > plain) output.text(this.string(plain, at))
    }
  }
}

const isNamePart = (byte: number): boolean =>
  (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || byte === 95 || byte === 36
