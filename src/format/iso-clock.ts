/**
 * Timestamps of one column, `2024-02-29T12:00:00[.000][Z]`, that share their minute with the one before: then date, hour
 * and minute are compared as four words, and seconds and milliseconds are all that is read. `IsoScan` reads the others.
 */
const QUOTE = 34
const DOT = 46
const COLON = 58
const UPPER_Z = 90
/** Bytes of `2024-02-29T12:00`. */
const MINUTE = 16
const SECONDS = 3
const FRACTION = 4

export class IsoClock {
  /** The instant at which the minute begins, ms since 1970, and ms since then: of what was read last. */
  minute = 0
  rest = 0
  readonly #isInstant: boolean
  /** What stands behind the digits: `Z`, or the string's closing quote. */
  readonly #mark: number
  #first = 0
  #second = 0
  #third = 0
  #fourth = 0

  constructor(isInstant: boolean) {
    this.#isInstant = isInstant
    this.#mark = isInstant ? UPPER_Z : QUOTE
  }

  /** The length of the timestamp at `at`; 0 where it is another minute, or written in another way, or none. */
  read(view: DataView, at: number, end: number): number {
    if (at + MINUTE + SECONDS + FRACTION + 1 > end) return 0
    if (
      view.getInt32(at + 12, true) !== this.#fourth ||
      view.getInt32(at + 8, true) !== this.#third ||
      view.getInt32(at + 4, true) !== this.#second ||
      view.getInt32(at, true) !== this.#first
    ) {
      return 0
    }
    const seconds = view.getInt32(at + MINUTE, true) // `:00.`
    const tens = ((seconds >>> 8) & 0xff) - 48
    const ones = ((seconds >>> 16) & 0xff) - 48
    if ((seconds & 0xff) !== COLON || tens >>> 0 > 5 || ones >>> 0 > 9) return 0
    this.rest = (tens * 10 + ones) * 1000
    const behind = seconds >>> 24
    const zone = this.#isInstant ? 1 : 0
    if (behind === this.#mark) return MINUTE + SECONDS + zone
    const fraction = view.getInt32(at + MINUTE + FRACTION, true) // `000Z`
    const tenths = (fraction & 0xff) - 48
    const hundredths = ((fraction >>> 8) & 0xff) - 48
    const thousandths = ((fraction >>> 16) & 0xff) - 48
    if (behind !== DOT || tenths >>> 0 > 9 || hundredths >>> 0 > 9 || thousandths >>> 0 > 9) return 0
    if (fraction >>> 24 !== this.#mark) return 0
    this.rest += tenths * 100 + hundredths * 10 + thousandths
    return MINUTE + SECONDS + FRACTION + zone
  }

  /** Keeps the minute of the timestamp [at, end), which was read as `value`. */
  learn(view: DataView, at: number, end: number, value: number): void {
    const isWritten = end - at > MINUTE && view.getUint8(at + 13) === COLON
    // In another zone the same digits are another minute.
    if (!isWritten || (this.#isInstant && view.getUint8(end - 1) !== UPPER_Z)) return
    this.#first = view.getInt32(at, true)
    this.#second = view.getInt32(at + 4, true)
    this.#third = view.getInt32(at + 8, true)
    this.#fourth = view.getInt32(at + 12, true)
    this.minute = Math.floor(value / 60_000) * 60_000
  }
}
