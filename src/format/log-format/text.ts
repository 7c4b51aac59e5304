/** Reads texts, which end where the text behind them begins, and puts them, and the parts of requests, into columns. */
import * as STEP from '../../kernel/assembly/log-format/layout.ts'
import type { ParsedColumn } from '../scan/parsed-column.ts'
import type { TextScratch } from '../scan/text-scratch.ts'
import { splitRequest } from './request-parts.ts'
import type { Step } from './step.ts'
import { unescapeValue } from './unescape.ts'

const SPACE = 32
const QUOTE = 34
const COMMA = 44
const DASH = 45
const COLON = 58
const QUESTION = 63
const BACKSLASH = 92

/** Reads one text at a time. */
export class TextReader {
  troubleAt = 0
  trouble = ''
  #step!: Step
  #bytes: Uint8Array = new Uint8Array(0)
  #from = 0
  #end = 0
  #isEscaped = false
  readonly #columns: readonly ParsedColumn[]
  readonly #scratch: TextScratch

  constructor(columns: readonly ParsedColumn[], scratch: TextScratch) {
    this.#columns = columns
    this.#scratch = scratch
  }

  /** Begins the text of a step, which lies within [from, end). Returns where its end may be searched from. */
  begin(step: Step, bytes: Uint8Array, from: number, end: number): number {
    this.#step = step
    this.#bytes = bytes
    this.#from = from
    this.#end = end
    this.#isEscaped = false
    return step.mayBeEmptyQuotes && bytes[from] === QUOTE && bytes[from + 1] === QUOTE && from + 2 <= end
      ? from + 2
      : from
  }

  /** The first place from `at` on where the text may end, by the first byte of what is behind it; -1 if there is none. */
  next(at: number): number {
    const { literal, written } = this.#step
    const stop = this.#search(at, literal[0])
    if (stop < this.#end) return stop
    const expected = `expected '${Buffer.from(literal).toString()}' behind ${written}`
    return this.#fail(this.#end, `${expected}, found the end of the line`)
  }

  /** The end of the line, if all from `from` up to it may be the text; else -1. */
  toEnd(from: number): number {
    if (this.#search(from, undefined) < 0) return -1
    return this.isFilled(this.#end) ? this.#end : this.#fail(this.#end, this.trouble)
  }

  /** The first place from `from` on with the byte `first`, or the end of the line; -1 where a byte before it is no part of the text. */
  #search(from: number, first: number | undefined): number {
    const { limit, flags } = this.#step
    const hasEscapes = (flags & STEP.HAS_ESCAPES) !== 0
    for (let at = from; at < this.#end; at++) {
      const byte = this.#bytes[at] as number
      if (byte === BACKSLASH && hasEscapes) {
        this.#isEscaped = true
        at++
        continue
      }
      const gap = byte === SPACE || byte === COMMA ? this.#gapEnd(at) : 0
      if (gap > 0) at = gap - 1
      else if (byte === first) return at
      else if (byte < limit || (byte === QUOTE && hasEscapes)) return this.#fail(at, this.#strange(byte))
    }
    return this.#end
  }

  /** Whether a text that ends at `stop` is long enough. */
  isFilled(stop: number): boolean {
    const isMissing = stop === this.#from && (this.#step.flags & STEP.IS_FILLED) !== 0
    if (isMissing) this.trouble = `expected ${this.#step.written}, found nothing`
    return !isMissing
  }

  /** Whether the text cannot go on behind `stop`, where it might have ended. */
  isLast(stop: number): boolean {
    const { limit, flags } = this.#step
    return (this.#bytes[stop] as number) < limit || (flags & STEP.IS_CERTAIN) !== 0
  }

  /** Puts the text, which ends at `stop`; false if it is not what the field has. */
  put(stop: number, row: number): boolean {
    const { kind, mayBeEmptyQuotes } = this.#step
    let start = this.#from
    let end = stop
    let bytes = this.#bytes
    // A target may have a dash behind it, and is judged without.
    if (kind !== STEP.TARGET && this.#isNull(start, end)) return true
    if (this.#isEscaped) {
      start = unescapeValue(this.#scratch, bytes, start, end)
      end = this.#scratch.end
      bytes = this.#scratch.bytes
    } else if (mayBeEmptyQuotes && isEmptyQuotes(bytes, start, end)) end = start += 2
    if (kind === STEP.QUERY) return this.#putQuery(bytes, start, end, row)
    if (kind === STEP.TARGET) {
      this.#putTarget(bytes, start, end, row)
      return true
    }
    this.#putColumn(0, [start, end], row)
    if (kind === STEP.REQUEST) this.#putRequest(bytes, start, end, row)
    return true
  }

  /** Whether [from, end) is what the server writes where there is no value. */
  #isNull(from: number, end: number): boolean {
    const { flags } = this.#step
    if (from === end) return (flags & STEP.EMPTY_IS_NULL) !== 0
    return end - from === 1 && (flags & STEP.DASH_IS_NULL) !== 0 && this.#bytes[from] === DASH
  }

  #putQuery(bytes: Uint8Array, start: number, end: number, row: number): boolean {
    this.trouble = `expected nothing or a query that begins with ? (${this.#step.written})`
    if (start < end && bytes[start] !== QUESTION) return false
    if (start < end) this.#putColumn(0, [start + 1, end], row)
    return true
  }

  #putRequest(bytes: Uint8Array, start: number, end: number, row: number): void {
    const { method, target, path, query, protocol } = splitRequest(bytes, start, end)
    for (const [i, range] of [method, target, path, query, protocol].entries()) this.#putColumn(i + 1, range, row)
  }

  #putTarget(bytes: Uint8Array, start: number, stop: number, row: number): void {
    let mark = start
    while (mark < stop && bytes[mark] !== QUESTION) mark++
    const hasDash = (this.#step.flags & STEP.DASH_BEHIND) !== 0 && mark === stop && bytes[stop - 1] === DASH
    const end = hasDash && stop > start ? stop - 1 : stop
    if (!this.#isEscaped && this.#isNull(start, end)) return
    this.#putColumn(0, [start, end], row)
    this.#putColumn(1, [start, Math.min(mark, end)], row)
    if (mark < end) this.#putColumn(2, [mark + 1, end], row)
  }

  /** Puts a range into a column, if the step has it, unless it is absent: then its end is below its start. */
  #putColumn(index: number, [start, end]: readonly [number, number], row: number): void {
    const column = this.#columns[this.#step.columns[index] ?? -1]
    if (end >= start) column?.putRange(start, end, row)
  }

  /** The position after a comma or a space that is part of `, ` or ` : ` between values of a list; 0 elsewhere. */
  #gapEnd(at: number): number {
    if ((this.#step.flags & STEP.IS_LIST) === 0) return 0
    const bytes = this.#bytes
    if (bytes[at] === COMMA) return at + 1 < this.#end && bytes[at + 1] === SPACE ? at + 2 : 0
    if (at > this.#from && bytes[at - 1] === COMMA) return at + 1
    return at + 2 < this.#end && bytes[at + 1] === COLON && bytes[at + 2] === SPACE ? at + 3 : 0
  }

  /** Why a byte is not part of a value. */
  #strange(byte: number): string {
    const { written, mayBeEmptyQuotes } = this.#step
    const what = byte === QUOTE ? 'a quote' : byte === SPACE ? 'a space' : 'a control character'
    const why = byte === SPACE ? '' : ', which the server would have escaped'
    return `${written} contains ${what}${mayBeEmptyQuotes ? '' : why}`
  }

  #fail(at: number, reason: string): -1 {
    this.troubleAt = at
    this.trouble = reason
    return -1
  }
}

const isEmptyQuotes = (bytes: Uint8Array, from: number, end: number): boolean =>
  end - from === 2 && bytes[from] === QUOTE && bytes[from + 1] === QUOTE
