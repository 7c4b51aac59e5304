/** Changes of lines of an access log: another time, and what makes them no lines of the format. */
import { FLAW_CODES, type Flaw } from '../dials/flaw.ts'
import { below, draw, recordState } from '../mix.ts'

/** What may be wrong with a line. */
export const LINE_FLAWS: readonly Flaw[] = ['cut', 'type', 'form']

const STAMP = /\[(\d\d)\/(\w{3})\/(\d{4}):(\d\d:\d\d:\d\d)/
const CUT_SALT = 0x0c07

/** The line with its time moved back. */
export function lineMovedBack(line: Uint8Array, seconds: number): Uint8Array {
  const text = Buffer.from(line).toString('latin1')
  const moved = text.replace(STAMP, (_, ...parts) => {
    const [day, month, year, time] = parts
    const at = Date.parse(`${day} ${month} ${year} ${time} GMT`) - 1000 * seconds
    const [, date, name, newYear, clock] = new Date(at).toUTCString().split(' ')
    return `[${date}/${name}/${newYear}:${clock}`
  })
  return Buffer.from(moved, 'latin1')
}

/** Line `n` with what is wrong with it: cut off before its status, a word for the status, or a time that is none. */
export function flawedLine(line: Uint8Array, code: number, n: number): Uint8Array {
  const text = Buffer.from(line).toString('latin1')
  // The request ends at the second quote.
  const request = text.indexOf('"', text.indexOf('"') + 1)
  if (code === FLAW_CODES.type) return Buffer.from(text.replace(/" \d{3} /, '" none '), 'latin1')
  if (code === FLAW_CODES.form) return Buffer.from(text.replace(/\[[^\]]*\]/, '[yesterday]'), 'latin1')
  return line.subarray(0, 1 + below(draw(recordState(CUT_SALT, n), 1), request - 1))
}
