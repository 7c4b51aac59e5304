/** Reads fields that end by themselves: numbers, times and single bytes. */
import { Buffer } from 'node:buffer'
import * as STEP from '../../kernel/assembly/log-format/layout.ts'
import { isDigit } from '../scan/number.ts'
import type { ParsedColumn } from '../scan/parsed-column.ts'
import type { Step } from './step.ts'
import { CLF_PATTERN, PatternScan } from './time-pattern.ts'

const PLUS = 43
const MINUS = 45
const DOT = 46
const UPPER_Z = 90
/** Bytes of an ISO time before its fraction, and of a zone such as +01:00. */
const ISO_BYTES = 19
const ZONE_BYTES = 6
/** Bytes of a value in a message. */
const SHOWN = 30

/** Reads fields into columns. */
export class FieldReader {
  /** Why the last field is none. */
  trouble = ''
  #bytes: Uint8Array = new Uint8Array(0)
  readonly #columns: readonly ParsedColumn[]
  readonly #patterns = new Map<Step, PatternScan>()
  readonly #clf = new PatternScan(CLF_PATTERN)

  constructor(columns: readonly ParsedColumn[]) {
    this.#columns = columns
  }

  /** Begins a batch; `bytes` are those of its records. */
  begin(bytes: Uint8Array): void {
    this.#bytes = bytes
  }

  /** Reads the field of a step at `at`; returns the position after it, at most `end`, or -1. */
  read(step: Step, at: number, end: number, row: number): number {
    const bytes = this.#bytes
    const column = this.#columns[step.columns[0] as number] as ParsedColumn
    const stop = this.#end(step, at, end)
    if (stop < 0 || stop > end) return this.#fail(step, at, end)
    switch (step.kind) {
      case STEP.CHAR:
        column.putRange(at, stop, row)
        return stop
      case STEP.CLF:
      case STEP.PATTERN: {
        const time = this.#scanOf(step).read(bytes, at)
        if (Number.isNaN(time)) return this.#fail(step, at, end)
        column.putValue(time, row)
        return stop
      }
      default:
        // Another end of the text before it may have put a value.
        if (stop === at || (stop === at + 1 && bytes[at] === MINUS)) column.putNull(row)
        else if (!column.put(bytes, at, stop, row)) {
          this.trouble = column.complaint(bytes, at, stop)
          return -1
        }
        return stop
    }
  }

  /** Where a field would end; -1 if it is none. */
  #end({ kind, reads, flags }: Step, at: number, end: number): number {
    const bytes = this.#bytes
    switch (kind) {
      case STEP.CHAR:
        return at + 1
      case STEP.CLF:
        return at + CLF_PATTERN.length
      case STEP.PATTERN:
        return reads.is === 'pattern' ? at + reads.pattern.length : -1
      case STEP.ISO:
        return isoEnd(bytes, at, end)
      case STEP.STATUS:
        if (at < end && bytes[at] === MINUS) return at + 1
        if (digitsEnd(bytes, at, end) >= at + 3) return at + 3
        return (flags & STEP.EMPTY_IS_NULL) !== 0 && digitsEnd(bytes, at, end) === at ? at : -1
      default: {
        const isFraction = kind === STEP.DOUBLE || (reads.is === 'epoch' && reads.unit === 's')
        const stop = numberEnd(bytes, at, end, isFraction)
        return stop > at || (flags & STEP.EMPTY_IS_NULL) !== 0 ? stop : -1
      }
    }
  }

  #scanOf(step: Step): PatternScan {
    if (step.reads.is !== 'pattern') return this.#clf
    const known = this.#patterns.get(step)
    if (known !== undefined) return known
    const scan = new PatternScan(step.reads.pattern)
    this.#patterns.set(step, scan)
    return scan
  }

  #fail({ kind, written }: Step, at: number, end: number): -1 {
    const found = Buffer.from(this.#bytes.subarray(at, Math.min(end, at + SHOWN))).toString()
    const what = at >= end ? 'the end of the line' : `'${found}${end - at > SHOWN ? '…' : ''}'`
    this.trouble = `expected ${EXPECTED[kind] ?? 'a number'} (${written}), found ${what}`
    return -1
  }
}

const EXPECTED: Readonly<Record<number, string>> = {
  [STEP.CHAR]: 'a character',
  [STEP.STATUS]: 'a status of three digits',
  [STEP.CLF]: 'a time such as 10/Oct/2000:13:55:36 -0700',
  [STEP.ISO]: 'a time such as 2000-10-10T13:55:36-07:00',
  [STEP.EPOCH]: 'a time since 1970',
  [STEP.PATTERN]: 'a time',
}

function digitsEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from
  while (at < end && isDigit(bytes[at])) at++
  return at
}

/** The end of a number, or of a dash; `from` if there is none. */
function numberEnd(bytes: Uint8Array, from: number, end: number, isFraction: boolean): number {
  const first = from < end && bytes[from] === MINUS ? from + 1 : from
  const whole = digitsEnd(bytes, first, end)
  if (whole === first || !isFraction || whole >= end || bytes[whole] !== DOT) return whole
  const stop = digitsEnd(bytes, whole + 1, end)
  return stop === whole + 1 ? whole : stop
}

/** The end of a time such as `2000-10-10T13:55:36.123-07:00`. */
function isoEnd(bytes: Uint8Array, at: number, end: number): number {
  let stop = at + ISO_BYTES
  if (stop < end && bytes[stop] === DOT) stop = digitsEnd(bytes, stop + 1, end)
  const zone = stop < end ? (bytes[stop] as number) : 0
  if ((zone & 0xdf) === UPPER_Z) return stop + 1
  return zone === PLUS || zone === MINUS ? stop + ZONE_BYTES : -1
}
