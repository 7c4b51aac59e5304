/**
 * Times of access logs, `[10/Oct/2000:13:55:36 -0700]`, as ms since 1970.
 *
 * Lines that follow each other mostly share their hour and zone, so those bytes are compared as seven 32-bit words with
 * the ones of the line before; the calendar is asked only where they differ. The text is checked in full either way:
 * digits, ranges, and the length of the month (30/Feb is no time).
 */

import { DAY_MS, daysFromCivil, daysInMonth } from '../base/calendar.ts'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const MONTH_OF: ReadonlyMap<string, number> = new Map(MONTHS.map((name, index) => [name, index + 1]))
const HOUR_SHAPE = /^\[(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):$/
const ZONE_SHAPE = /^([+-])(\d\d)(\d\d)\]$/

export class AccessTime {
  // Words of the text as it was last read, in little-endian order: "[dd/" "Mon/" "yyyy" ":HH:", "±z" and "zzz]".
  #day = 0
  #month = 0
  #year = 0
  #hour = 0
  #zoneHead = 0
  #zoneTail = 0
  /** The instant of that hour's beginning. */
  #base = Number.NaN

  /** The time whose `[` is at `at`; NaN where the 28 bytes are none. They must lie within the view. */
  read(view: DataView, at: number): number {
    const seconds = view.getInt32(at + 20, true)
    if (
      view.getInt32(at, true) !== this.#day ||
      view.getInt32(at + 4, true) !== this.#month ||
      view.getInt32(at + 8, true) !== this.#year ||
      view.getInt32(at + 12, true) !== this.#hour ||
      seconds >>> 16 !== this.#zoneHead ||
      view.getInt32(at + 24, true) !== this.#zoneTail
    ) {
      this.#ask(view, at)
    }
    const minutes = view.getInt32(at + 16, true)
    const minuteTens = (minutes & 0xff) - 48
    const minuteOnes = ((minutes >>> 8) & 0xff) - 48
    const secondTens = (minutes >>> 24) - 48
    const secondOnes = (seconds & 0xff) - 48
    if (
      minuteTens >>> 0 > 5 ||
      minuteOnes >>> 0 > 9 ||
      secondTens >>> 0 > 5 ||
      secondOnes >>> 0 > 9 ||
      (minutes & 0xff0000) !== 0x3a0000 ||
      (seconds & 0xff00) !== 0x2000
    ) {
      return Number.NaN
    }
    return this.#base + (minuteTens * 600 + minuteOnes * 60 + secondTens * 10 + secondOnes) * 1000
  }

  /** Reads day, hour and zone, and keeps them; the base is NaN where they are none. */
  #ask(view: DataView, at: number): void {
    this.#day = view.getInt32(at, true)
    this.#month = view.getInt32(at + 4, true)
    this.#year = view.getInt32(at + 8, true)
    this.#hour = view.getInt32(at + 12, true)
    this.#zoneHead = view.getInt32(at + 20, true) >>> 16
    this.#zoneTail = view.getInt32(at + 24, true)
    this.#base = hourBase(latin1(view, at, 16), latin1(view, at + 22, 6))
  }
}

function hourBase(hourText: string, zoneText: string): number {
  const hour = HOUR_SHAPE.exec(hourText)
  const zone = ZONE_SHAPE.exec(zoneText)
  const month = MONTH_OF.get(hour?.[2] ?? '')
  if (hour === null || zone === null || month === undefined) return Number.NaN
  const [day, year, hours] = [Number(hour[1]), Number(hour[3]), Number(hour[4])]
  const [zoneHours, zoneMinutes] = [Number(zone[2]), Number(zone[3])]
  if (hours > 23 || zoneHours > 18 || zoneMinutes > 59) return Number.NaN
  if (day < 1 || day > daysInMonth(year, month)) return Number.NaN
  const offset = (zoneHours * 60 + zoneMinutes) * (zone[1] === '-' ? -60_000 : 60_000)
  return daysFromCivil(year, month, day) * DAY_MS + hours * 3_600_000 - offset
}

function latin1(view: DataView, at: number, length: number): string {
  let text = ''
  for (let i = 0; i < length; i++) text += String.fromCharCode(view.getUint8(at + i))
  return text
}
