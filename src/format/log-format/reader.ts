/**
 * Reads any line of a log format into columns, step by step (see `step.ts`), and says where and why a line is none. Only lines
 * that the kernel leaves come here.
 *
 * A text ends at the first place where the text behind it stands and the fields that follow, up to the next text, fit. So no
 * line is read again from an earlier text, and the work is at most the bytes of the line times the bytes of the format. Unless
 * the server escapes nothing, no value has a quote or a control character in it, and a backslash takes the next byte with it.
 */
import { hasMark, MARK_BYTES } from '../../bytes/mark.ts'
import * as STEP from '../../kernel/assembly/log-format/layout.ts'
import { isDigit } from '../scan/number.ts'
import type { ParsedColumn } from '../scan/parsed-column.ts'
import { withoutCr } from '../scan/record-decoder.ts'
import type { TextScratch } from '../scan/text-scratch.ts'
import { FieldReader } from './field.ts'
import type { Shape, Step } from './step.ts'
import { TextReader } from './text.ts'

const NONE = -1

/** Reads one line of a batch at a time. */
export class StepReader {
  troubleAt = 0
  trouble = ''
  /** Comparisons of bytes so far: tests count them, to show that the work is linear. */
  work = 0
  #bytes: Uint8Array = new Uint8Array(0)
  /** The step that follows those that `#fixed` has read. */
  #next = 0
  readonly #shape: Shape
  readonly #fields: FieldReader
  readonly #texts: TextReader

  constructor(shape: Shape, columns: readonly ParsedColumn[], scratch: TextScratch) {
    this.#shape = shape
    this.#fields = new FieldReader(columns)
    this.#texts = new TextReader(columns, scratch)
  }

  /** Begins a batch; `bytes` are those of its records. */
  begin(bytes: Uint8Array): void {
    this.#bytes = bytes
    this.#fields.begin(bytes)
  }

  /** Reads the record [from, to) as a row. False where it is no row: `trouble` and `troubleAt` say why and where. */
  record(from: number, to: number, row: number): boolean {
    const { head, steps } = this.#shape
    const start = hasMark(this.#bytes, from, to) ? from + MARK_BYTES : from
    const end = withoutCr(this.#bytes, from, to)
    this.troubleAt = from - 1
    this.#next = 0
    if (start >= end) return this.#fail(from, 'the line is empty') > 0
    if (!this.#isText(head, start, end)) {
      return this.#fail(this.#firstOther(head, start, end), `expected ${shown(head)} at the beginning`) > 0
    }
    let at = this.#fixed(0, start + head.length, end, row)
    while (at !== NONE && this.#next < steps.length) at = this.#text(this.#next, at, end, row)
    return at !== NONE
  }

  /**
   * Reads the fields from step `index` on that end by themselves, up to `#next`, or the end of the line. Returns the position
   * after the text behind the last one, or NONE.
   */
  #fixed(index: number, from: number, end: number, row: number): number {
    const { steps } = this.#shape
    let at = from
    let i = index
    for (; i < steps.length && (steps[i] as Step).kind < STEP.TEXT; i++) {
      const step = steps[i] as Step
      const field = this.#fields.read(step, at, end, row)
      if (field < 0) return this.#fail(at, this.#fields.trouble)
      this.work += field - at + 1
      if (!this.#isText(step.literal, field, end)) return this.#missing(step, field, end)
      at = field + step.advance
    }
    this.#next = i
    if (i === steps.length && at !== end) return this.#fail(at, `expected the end of the line${behind(steps[i - 1])}`)
    return at
  }

  /** Reads the field of a step that ends where the text behind it begins, and the fields of `#fixed` behind that. */
  #text(index: number, from: number, end: number, row: number): number {
    const step = this.#shape.steps[index] as Step
    const texts = this.#texts
    const first = texts.begin(step, this.#bytes, from, end)
    if (step.literal.length === 0) {
      const stop = texts.toEnd(first)
      this.work += end - from
      if (stop < 0) return this.#fail(texts.troubleAt, texts.trouble)
      this.#next = index + 1
      return texts.put(end, row) ? end : this.#fail(from, texts.trouble)
    }
    let searched = first
    let hasEnded = false
    for (let stop = texts.next(first); ; stop = texts.next(stop + 1)) {
      this.work += (stop < 0 ? end : stop + 1) - searched
      searched = stop + 1
      if (stop < 0) {
        const at = this.#withoutPath(index, from, end, row)
        // Where it may have ended, what is wrong lies behind: a time that does not exist is no part of a name.
        return at !== NONE || hasEnded ? at : this.#fail(texts.troubleAt, texts.trouble)
      }
      if (this.#isText(step.literal, stop, end)) {
        if (!texts.isFilled(stop)) return this.#fail(stop, texts.trouble)
        const at = this.#fixed(index + 1, stop + step.advance, end, row)
        if (at !== NONE) return texts.put(stop, row) ? at : this.#fail(from, texts.trouble)
        hasEnded = true
      }
      if (texts.isLast(stop)) return this.#missing(step, stop, end)
    }
  }

  /**
   * Ends a text that nothing but a path ends, where it is known what is written in place of no path: it is the first such
   * place that the text behind the path follows.
   */
  #withoutPath(index: number, from: number, end: number, row: number): number {
    const { ahead } = this.#shape.steps[index] as Step
    const behindPath = this.#shape.steps[index + 1]?.literal
    const texts = this.#texts
    if (ahead === undefined || behindPath === undefined) return NONE
    for (let stop = from; stop <= texts.troubleAt; stop++) {
      const at = stop + ahead.length
      const isEnd = behindPath.length === 0 ? at === end : this.#isText(behindPath, at, end)
      if (!isEnd || !this.#isText(ahead, stop, end)) continue
      this.#next = index + 1
      return texts.put(stop, row) ? stop : this.#fail(from, texts.trouble)
    }
    return NONE
  }

  #isText(text: Uint8Array, at: number, end: number): boolean {
    const bytes = this.#bytes
    if (at + text.length > end) return false
    for (let i = 0; i < text.length; i++) {
      this.work++
      if (bytes[at + i] !== text[i]) return false
    }
    return true
  }

  /** Where the bytes from `at` on differ from a text. */
  #firstOther(text: Uint8Array, at: number, end: number): number {
    let i = 0
    while (i < text.length && at + i < end && this.#bytes[at + i] === text[i]) i++
    return at + i
  }

  /** The trouble that the text behind a field is not where the field ends. */
  #missing({ literal, written }: Step, at: number, end: number): number {
    const what = isDigit(this.#bytes[at]) && at < end ? ' (the value goes on)' : ''
    return this.#fail(this.#firstOther(literal, at, end), `expected ${shown(literal)} behind ${written}${what}`)
  }

  /** Keeps the trouble that lies furthest on: a text may have ended at several places. */
  #fail(at: number, reason: string): typeof NONE {
    if (at > this.troubleAt) {
      this.troubleAt = at
      this.trouble = reason
    }
    return NONE
  }
}

/** A text of the format in a message. */
const shown = (text: Uint8Array): string => `'${new TextDecoder().decode(text).replaceAll('\t', '\\t')}'`

const behind = (step: Step | undefined): string => {
  if (step === undefined) return ''
  return ` behind ${step.literal.length > 0 ? shown(step.literal) : step.written}`
}
