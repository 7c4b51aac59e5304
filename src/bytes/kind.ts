/**
 * What bytes are, told by how they begin, never by the name of their file: text, text that is packed with gzip or zstd, or
 * something that is not read. Bytes of the last kind have a name, so that a message can say what they are and which program
 * makes text of them.
 */
import { isUtf8 } from 'node:buffer'
import type { ByteKind } from './byte-kind.ts'
import { encodedText, isSkippedSoFar, magics } from './magic.ts'
import { endOfNuls, HOLE_BYTES } from './nuls.ts'

/** From this many bytes on, all kinds can be told apart. */
export const KIND_BYTES = 4096
/** Fewer bytes may be the beginning of something packed. */
const LEAST_BYTES = 6
/** Fewer bytes do not show that they are not text. */
const LEAST_JUDGED = 64

const TEXT: ByteKind = { kind: 'text' }

/** What bytes that begin like this are. */
export function kindOfBytes(head: Uint8Array): ByteKind {
  const known = magics().find(({ begins, at = 0 }) => head.length >= at + begins.length && hasAt(head, begins, at))
  if (known !== undefined && (known.isSure || head.subarray(0, KIND_BYTES).some((byte) => byte < 9))) {
    return known.kind
  }
  if (head.length > 3 && isSkippedSoFar(head)) return { kind: 'packed', packing: 'zstd' }
  return judged(withoutHoles(head.subarray(0, KIND_BYTES))) ?? TEXT
}

/** Whether more bytes could show that these are packed. */
export const isTooShort = (head: Uint8Array): boolean =>
  head.length < LEAST_BYTES &&
  !head.includes(10) &&
  (head.length < 2 || magics().some(({ begins, at }) => at === undefined && hasAt(begins, head, 0)))

const hasAt = (bytes: Uint8Array, part: Uint8Array, at: number): boolean =>
  part.length > 0 && part.every((byte, index) => bytes[at + index] === byte)

/** The bytes without runs of NULs: a file with holes is judged by the rest of it. */
function withoutHoles(head: Uint8Array): Uint8Array {
  const kept = new Uint8Array(head.length)
  let length = 0
  for (let from = 0; from < head.length; ) {
    const to = endOfNuls(head, from)
    if (to === from) kept[length++] = head[from++] as number
    else {
      if (to - from < HOLE_BYTES) length += to - from
      from = to
    }
  }
  return kept.subarray(0, length)
}

/** What bytes of no known beginning are; undefined for text. */
function judged(bytes: Uint8Array): ByteKind | undefined {
  const nuls = [0, 0, 0, 0]
  let control = 0
  for (const [index, byte] of bytes.entries()) {
    if (byte === 0) nuls[index & 3] = (nuls[index & 3] as number) + 1
    // Without tabs, line ends and the ESC of colours.
    else if (byte < 8 || (byte > 13 && byte < 32 && byte !== 27) || byte === 127) control++
  }
  const encoding = encodingOf(nuls as [number, number, number, number], bytes.length)
  if (encoding !== undefined) return encodedText(encoding)
  if (bytes.length < LEAST_JUDGED) return undefined
  const nulShare = nuls.reduce((sum, count) => sum + count, 0) / bytes.length
  const controlShare = control / bytes.length
  const isBinary = nulShare > 0.05 || controlShare > 0.3 || (controlShare > 0.05 && !isTextSoFar(bytes))
  return isBinary ? { kind: 'other', is: 'is not text', tool: undefined } : undefined
}

/** Whether the bytes are UTF-8, the last character of which may be cut. */
const isTextSoFar = (bytes: Uint8Array): boolean =>
  [0, 1, 2, 3].some((cut) => isUtf8(bytes.subarray(0, bytes.length - cut)))

/** The encoding whose characters have NULs where the bytes have them, by the places of NULs in units of four bytes. */
function encodingOf([a, b, c, d]: readonly [number, number, number, number], length: number): string | undefined {
  const quarter = length / 4
  const few = 0.1 * quarter
  // No character of these is beyond the first 65,536, in practice.
  const all = 0.9 * quarter
  if (length >= 8 && a < few && c > all && d > all) return 'UTF-32LE'
  if (length >= 8 && d < few && a > all && b > all) return 'UTF-32BE'
  // Half of the characters of any log are those of ASCII. A few bytes may be so by chance.
  const most = (length < 16 ? 1.8 : 0.8) * quarter
  if (length >= 4 && a + c < few && b + d >= most) return 'UTF-16LE'
  return length >= 4 && b + d < few && a + c >= most ? 'UTF-16BE' : undefined
}
