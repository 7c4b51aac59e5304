/** Numbers as digits, written straight into bytes: no string is made for a value, except for doubles of many digits. */
import { viewOf } from '../../../record/bytes.ts'

/** Bytes that are filled from the front, and have room for what is written. */
export type LineBytes = {
  readonly bytes: Uint8Array
  /** The same bytes. */
  readonly view: DataView
  at: number
}

/** Fills these bytes. */
export const lineBytes = (bytes: Uint8Array): LineBytes => ({ bytes, view: viewOf(bytes), at: 0 })

const ZERO = 0x30
const MINUS = 0x2d
const POINT = 0x2e
const BILLION = 1_000_000_000
/** A double with at most 15 digits is told from all others by them, and by no fewer. */
const MOST_DIGITS = 1e15
const TENS = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000] as const

/** The most bytes that a double or an integer of 64 bits takes. */
export const LONGEST_NUMBER = 26

/** Writes a safe integer. */
export function writeInteger(value: number, into: LineBytes): void {
  if (value < 0) into.bytes[into.at++] = MINUS
  writeWhole(Math.abs(value), into)
}

/** Writes a safe integer from 0 on. */
function writeWhole(value: number, into: LineBytes): void {
  if (value >= BILLION) {
    const high = Math.floor(value / BILLION)
    writeWhole(high, into)
    writePadded(value - high * BILLION, 9, into)
    return
  }
  let length = 1
  for (let bound = 10; length < 9 && value >= bound; bound *= 10) length++
  writePadded(value, length, into)
}

/** Writes exactly `length` digits of an integer below 2^31, with zeros before it. */
function writePadded(value: number, length: number, into: LineBytes): void {
  const { bytes, at } = into
  let rest = value | 0
  for (let to = at + length - 1; to >= at; to--) {
    const next = (rest / 10) | 0
    bytes[to] = ZERO + rest - next * 10
    rest = next
  }
  into.at = at + length
}

/** Writes a text of ASCII. */
export function writeAscii(text: string, into: LineBytes): void {
  const { bytes, at } = into
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i)
  into.at = at + text.length
}

/** Writes a finite double as the shortest text that is read as the same double. */
export function writeDouble(value: number, into: LineBytes): void {
  const size = Math.abs(value)
  if (size < 1e-6 || size >= MOST_DIGITS) {
    writeAscii(Object.is(value, -0) ? '-0' : String(value), into)
    return
  }
  for (let places = 0; places < TENS.length; places++) {
    const unit = TENS[places] as number
    const scaled = Math.round(size * unit)
    if (scaled >= MOST_DIGITS) break
    if (scaled / unit !== size) continue
    if (value < 0) into.bytes[into.at++] = MINUS
    const whole = Math.floor(scaled / unit)
    writeWhole(whole, into)
    if (places === 0) return
    into.bytes[into.at++] = POINT
    writePadded(scaled - whole * unit, places, into)
    return
  }
  writeAscii(String(value), into)
}
