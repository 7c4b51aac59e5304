/**
 * The byte of a record at which a byte of one of its texts lies. A text without escapes is a range of the record. One with
 * escapes is not: its beginning is searched for, and from there both are read side by side, an escape as the character that it
 * stands for. Only rejects come here.
 */
const QUOTE = 34
const BACKSLASH = 92
const LOWER_U = 117
/** Bytes that formats escape, and those that are not ASCII. */
const MAY_BE_ESCAPED = /[^ !#-[\]-~]/
/** A shorter beginning may be that of another text; a longer one is not needed. */
const LEAST_BEGINNING = 4
const MOST_BEGINNING = 100

/** The byte in `record` of byte `byte` of the text, as far as it can be found; else 0. */
export function placeInRecord(record: Uint8Array, text: Uint8Array, byte: number): number {
  const isWithin = record.buffer === text.buffer && text.byteOffset >= record.byteOffset
  const offset = text.byteOffset - record.byteOffset
  if (isWithin && offset + text.length <= record.length) return offset + byte
  const beginning = Buffer.from(text.subarray(0, MOST_BEGINNING)).toString('latin1').split(MAY_BE_ESCAPED, 1)[0] ?? ''
  if (beginning.length < LEAST_BEGINNING) return 0
  let at = Buffer.from(record.buffer, record.byteOffset, record.length).indexOf(beginning, 0, 'latin1')
  if (at < 0) return 0
  for (let read = 0; read < byte && at < record.length; ) {
    const [written, meant] = escapeAt(record, at)
    at += written
    read += meant
  }
  return at
}

/** How many bytes are written at `at` for one character or byte, and how many bytes of the text they mean. */
function escapeAt(record: Uint8Array, at: number): readonly [written: number, meant: number] {
  if (record[at] === QUOTE && record[at + 1] === QUOTE) return [2, 1]
  if (record[at] !== BACKSLASH) return [1, 1]
  if (record[at + 1] !== LOWER_U) return [2, 1]
  const code = Number.parseInt(String.fromCharCode(...record.subarray(at + 2, at + 6)), 16)
  if (code < 0x80) return [6, 1]
  if (code < 0x800) return [6, 2]
  // Each half of a pair counts as half of its four bytes.
  return code >= 0xd800 && code < 0xe000 ? [6, 2] : [6, 3]
}
