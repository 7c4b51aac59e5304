/**
 * What may be wrong with a bad record. What is wrong with a value is made where values are made; what is wrong with the bytes is
 * done to a record once it is written.
 */
import { below, draw, recordState } from '../mix.ts'

export type Flaw = 'cut' | 'type' | 'missing' | 'range' | 'form' | 'encoding'

export const FLAWS: readonly Flaw[] = ['cut', 'type', 'missing', 'range', 'form', 'encoding']

/** The flaws as numbers. */
export const FLAW_CODES: Readonly<Record<Flaw, number>> = {
  cut: 1,
  type: 2,
  missing: 3,
  range: 4,
  form: 5,
  encoding: 6,
}

/** Whether a flaw is one of the bytes. */
export const isOfBytes = (code: number): boolean =>
  code === FLAW_CODES.cut || code === FLAW_CODES.type || code === FLAW_CODES.encoding

/** The members of a JSON object that have flaws: a number that becomes a word, and a text that becomes no UTF-8. */
export type FlawedMembers = { readonly number: string; readonly text: string }

const NOT_UTF8 = 0xff
const CUT_SALT = 0xc07

/**
 * The bytes of record `n`, with a flaw. `bytes` are those of the sound record. A record without the member, as of another format than
 * JSON, is cut.
 */
export function flawed(bytes: Uint8Array, code: number, n: number, members: FlawedMembers): Uint8Array {
  const cut = () => bytes.subarray(0, 1 + below(draw(recordState(CUT_SALT, n), 1), bytes.length - 1))
  if (code === FLAW_CODES.cut) return cut()
  const name = code === FLAW_CODES.type ? members.number : members.text
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const lead = `"${name}":`
  const value = text.indexOf(lead) + lead.length
  if (value < lead.length) return cut()
  if (code === FLAW_CODES.type) {
    const rest = text.subarray(value)
    const end = value + rest.findIndex((byte) => byte === 0x2c || byte === 0x7d)
    return Buffer.concat([text.subarray(0, value), Buffer.from('"none"'), text.subarray(end)])
  }
  const copy = Uint8Array.from(bytes)
  copy[value + 1] = NOT_UTF8
  return copy
}
