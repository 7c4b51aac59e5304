/**
 * Values as text, the same in all formats: numbers with all digits, `1995-07-01`, `04:00:00`, `1995-07-01T04:00:00.000`,
 * and the instant of a TIMESTAMP_LTZ in UTC with `Z`. Quotes and escapes are the format's.
 */
import { unreachable } from '../base/assert.ts'
import { dateText, timeText } from '../base/calendar.ts'
import type { Column } from '../record/column.ts'
import type { Type, TypeKind } from '../record/type.ts'
import { TextOut } from './text-out.ts'

const MINUTE_MS = 60_000
const DAY_MINUTES = 1440
const MINUS = 45
const COLON = 58
const DOT = 46
const LETTER_T = 84
const LETTER_Z = 90

/** 150n of scale 2 as 1.50. */
export function decimalText(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const sign = unscaled < 0n ? '-' : ''
  return scale === 0 ? sign + whole : `${sign}${whole}.${digits.slice(digits.length - scale)}`
}

/** Writes values of one column. Keeps the text of the last minute, as rows that follow each other mostly share it. */
export class ValueWriter {
  readonly #kind: TypeKind
  readonly #scale: number
  #day = Number.NaN
  #dayLength = 0
  #minute = Number.NaN
  readonly #minuteText = new TextOut(32)

  constructor(type: Type) {
    this.#kind = type.kind
    this.#scale = type.kind === 'DECIMAL' ? type.scale : 0
  }

  /** Writes a value that is not NULL and not a string. */
  write(out: TextOut, column: Exclude<Column, { kind: 'string' }>, row: number): void {
    switch (column.kind) {
      case 'boolean':
        out.ascii(column.values[row] === 1 ? 'true' : 'false')
        break
      case 'int':
        this.#int(out, column.values[row] as number)
        break
      case 'bigint':
        if (column.exact !== undefined) out.ascii(String(column.exact[row]))
        else integer(out, column.values[row] as number)
        break
      case 'decimal':
        out.ascii(decimalText(column.values[row] as bigint, this.#scale))
        break
      case 'double':
        this.#double(out, column.values[row] as number)
        break
      default:
        unreachable(column)
    }
  }

  #int(out: TextOut, value: number): void {
    if (this.#kind === 'DATE') out.ascii(dateText(value))
    else if (this.#kind === 'TIME') this.#time(out, value)
    else integer(out, value)
  }

  #time(out: TextOut, value: number): void {
    out.ascii(timeText(value))
    if (value % 1000 === 0) return
    out.byte(DOT)
    out.padded(value % 1000, 3)
  }

  #double(out: TextOut, value: number): void {
    if (this.#kind === 'TIMESTAMP' || this.#kind === 'TIMESTAMP_LTZ') this.#timestamp(out, value)
    else out.ascii(Object.is(value, -0) ? '-0' : String(value))
  }

  #timestamp(out: TextOut, value: number): void {
    const minute = Math.floor(value / MINUTE_MS)
    if (minute !== this.#minute) this.#toMinute(minute)
    const rest = value - minute * MINUTE_MS
    out.raw(this.#minuteText.bytes, this.#minuteText.length)
    out.padded(Math.floor(rest / 1000), 2)
    out.byte(DOT)
    out.padded(rest % 1000, 3)
    if (this.#kind === 'TIMESTAMP_LTZ') out.byte(LETTER_Z)
  }

  #toMinute(minute: number): void {
    const day = Math.floor(minute / DAY_MINUTES)
    const ofDay = minute - day * DAY_MINUTES
    const text = this.#minuteText
    // The text of the day stays where it is.
    text.length = this.#dayLength
    if (day !== this.#day) {
      text.length = 0
      text.ascii(dateText(day))
      text.byte(LETTER_T)
      this.#day = day
      this.#dayLength = text.length
    }
    text.padded(Math.floor(ofDay / 60), 2)
    text.byte(COLON)
    text.padded(ofDay % 60, 2)
    text.byte(COLON)
    this.#minute = minute
  }
}

function integer(out: TextOut, value: number): void {
  if (value < 0) out.byte(MINUS)
  out.digits(Math.abs(value))
}
