/**
 * The byte of a record at which a byte of one of its texts lies. A text without escapes is a range of the record. One with
 * escapes is not: then both are read side by side from where the text may begin, an escape as the character that it stands for,
 * and the place counts only if all of the text is there. Only rejects come here.
 */
const QUOTE = 34
const BACKSLASH = 92
const LOWER_U = 117
/** Bytes that formats escape, and those that are not ASCII. */
const MAY_BE_ESCAPED = /[^ !#-[\]-~]/
/** Bytes of the text that are searched for, and how many places are tried. */
const MOST_BEGINNING = 100
const MOST_PLACES = 20

/**
 * The byte in `record` of byte `byte` of the text; 0 where it cannot be found. `offset` is where the text would lie in the
 * record if that is its place in memory.
 */
export function placeInRecord(record: Uint8Array, text: Uint8Array, byte: number, offset: number): number {
  if (offset >= 0 && Buffer.compare(record.subarray(offset, offset + text.length), text) === 0) return offset + byte
  const beginning = Buffer.from(text.subarray(0, MOST_BEGINNING)).toString('latin1').split(MAY_BE_ESCAPED, 1)[0] ?? ''
  if (beginning === '') return 0
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.length)
  let from = 0
  for (let tried = 0; tried < MOST_PLACES; tried++) {
    const at = bytes.indexOf(beginning, from, 'latin1')
    if (at < 0) return 0
    const place = placeFrom(record, at, text, byte)
    if (place !== undefined) return place
    from = at + 1
  }
  return 0
}

/** The byte in the record of a byte of a text that begins at `from`; undefined if it does not. */
function placeFrom(record: Uint8Array, from: number, text: Uint8Array, byte: number): number | undefined {
  for (const read of [backslashed, doubled]) {
    let at = from
    let place = byte === 0 ? from : undefined
    let done = 0
    while (done < text.length) {
      const step = read(record, at, text[done] as number)
      if (step === undefined) break
      at += step[0]
      done += step[1]
      if (place === undefined && done >= byte) place = at
    }
    if (done >= text.length) return place
  }
  return undefined
}

/** How many bytes are written at `at` for how many bytes of the text, of which `next` is the next; undefined if it is another. */
type Step = readonly [written: number, meant: number] | undefined

/** As in JSON. */
function backslashed(record: Uint8Array, at: number, next: number): Step {
  if (record[at] !== BACKSLASH) return record[at] === next ? [1, 1] : undefined
  if (record[at + 1] !== LOWER_U) return [2, 1]
  const code = Number.parseInt(String.fromCharCode(...record.subarray(at + 2, at + 6)), 16)
  if (code < 0x80) return [6, 1]
  if (code < 0x800) return [6, 2]
  // Each half of a pair counts as half of its four bytes.
  return code >= 0xd800 && code < 0xe000 ? [6, 2] : [6, 3]
}

/** As in CSV. */
function doubled(record: Uint8Array, at: number, next: number): Step {
  if (record[at] !== next) return undefined
  return next === QUOTE ? [2, 1] : [1, 1]
}
