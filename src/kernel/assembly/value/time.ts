/**
 * Timestamps `2024-02-29T12:00:00[.123][Z]`, as ms since 1970; the other forms are left to `format/scan/iso.ts`.
 * AssemblyScript.
 *
 * Successive values mostly have the same minute, so its sixteen bytes are compared with those of the value before, and the
 * calendar is used only where they differ.
 */
import { COLON, DASH, DOT, LETTER_T, LETTER_Z, PLUS, SPACE, ZERO } from '../bytes.ts'
import { daysFromCivil, daysInMonth, digits } from '../calendar.ts'

const MINUTE_MS: i32 = 60_000
const DAY_MS: f64 = 86_400_000

/** Of the last minute of a column its text is kept, 16 bytes, and here its beginning, a double. */
const BEGINNING = 16

/** The last time that was read. */
export let isoTime: f64 = 0

/** Sets the last minute of a column to `1970-01-01T00:00`: there must be one. */
export function firstMinute(minute: i32): void {
  store<u64>(minute, 0x2d31_302d_3037_3931)
  store<u64>(minute, 0x3030_3a30_3054_3130, 8)
  store<f64>(minute, 0, BEGINNING)
}

/** Reads the time at `at`; returns the address after it, or 0 if it has another form. An instant has a zone, a wall time has none. */
export function readTime(at: i32, minute: i32, isInstant: bool): i32 {
  const text = v128.load(at)
  if (i8x16.bitmask(i8x16.eq(text, v128.load(minute))) !== 0xffff) {
    if (!isMinute(at)) return 0
    v128.store(minute, text)
    store<f64>(minute, askMinute(at), BEGINNING)
  }
  const tens: u32 = <u32>load<u8>(at, 17) - ZERO
  const ones: u32 = <u32>load<u8>(at, 18) - ZERO
  // Unsigned: a byte below '0' becomes greater than 9.
  if (load<u8>(at, 16) !== COLON || tens > 5 || ones > 9) return 0
  let rest: i32 = (tens * 10 + ones) * 1000
  let end = at + 19
  if (load<u8>(end) === DOT) {
    let scale = 100
    for (end++; ; end++) {
      const digit: u32 = <u32>load<u8>(end) - ZERO
      if (digit > 9) break
      rest += digit * scale
      scale = scale === 100 ? 10 : scale === 10 ? 1 : 0
    }
    if (scale === 100) return 0
  }
  if (isInstant) {
    const zone = load<u8>(end)
    if ((zone & 0xdf) === LETTER_Z) end++
    else {
      if ((zone !== PLUS && zone !== DASH) || load<u8>(end, 3) !== COLON) return 0
      const hours = digits(end + 1, 2)
      const minutes = digits(end + 4, 2)
      if (hours > 18 || minutes > 59) return 0
      rest += (hours * 60 + minutes) * (zone === DASH ? MINUTE_MS : -MINUTE_MS)
      end += 6
    }
  }
  isoTime = load<f64>(minute, BEGINNING) + <f64>rest
  return end
}

/** Whether sixteen bytes are a minute of the calendar. */
function isMinute(at: i32): bool {
  const month = digits(at + 5, 2)
  const between = load<u8>(at, 10)
  return (
    load<u8>(at, 4) === DASH &&
    load<u8>(at, 7) === DASH &&
    (between === SPACE || (between & 0xdf) === LETTER_T) &&
    load<u8>(at, 13) === COLON &&
    digits(at, 4) <= 9999 &&
    month - 1 < 12 &&
    digits(at + 8, 2) - 1 < daysInMonth(digits(at, 4), month) &&
    digits(at + 11, 2) <= 23 &&
    digits(at + 14, 2) <= 59
  )
}

function askMinute(at: i32): f64 {
  const days = daysFromCivil(digits(at, 4), digits(at + 5, 2), digits(at + 8, 2))
  return <f64>days * DAY_MS + <f64>((digits(at + 11, 2) * 60 + digits(at + 14, 2)) * MINUTE_MS)
}
