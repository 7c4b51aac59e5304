/**
 * LIKE patterns, parsed. `%` is any text, `_` any character but a line end (which Flink's translation to a regular
 * expression makes of it). Most patterns are one text with `%` around it and are searched for as bytes.
 */
import { indexOfBytes, matchesAt, toBytes } from './bytes.ts'

/** What stands between two `%`: bytes, and ANY for each `_`. */
type Piece = readonly (Uint8Array | typeof ANY)[]
const ANY = null

export type LikePattern = {
  readonly pieces: readonly Piece[]
  /** The only text of a pattern without `_`, for the fast searches; undefined for other patterns. */
  readonly plain: Uint8Array | undefined
  /** Whether the pattern begins, or ends, with `%`. */
  readonly openStart: boolean
  readonly openEnd: boolean
}

/** The pattern, or why its escapes are wrong. `escaping` is the character after ESCAPE. */
export function parseLike(pattern: string, escaping: string | undefined): LikePattern | { readonly refused: string } {
  if (escaping !== undefined && Array.from(escaping).length !== 1)
    return { refused: `Invalid escaping character '${escaping}'` }
  const pieces: (Uint8Array | typeof ANY)[][] = [[]]
  let text = ''
  const flush = () => {
    if (text !== '') pieces.at(-1)?.push(toBytes(text))
    text = ''
  }
  const characters = Array.from(pattern)
  for (let index = 0; index < characters.length; index++) {
    const character = characters[index] as string
    if (character === escaping) {
      const next = characters[++index]
      if (next !== '%' && next !== '_' && next !== escaping) {
        return { refused: `Invalid escaping sequence '${pattern}', ${index - 1}` }
      }
      text += next
    } else if (character === '%') {
      flush()
      pieces.push([])
    } else if (character === '_') {
      flush()
      pieces.at(-1)?.push(ANY)
    } else text += character
  }
  flush()
  return describe(pieces)
}

function describe(pieces: readonly Piece[]): LikePattern {
  const openStart = pieces.length > 1 && pieces[0]?.length === 0
  const openEnd = pieces.length > 1 && pieces.at(-1)?.length === 0
  const filled = pieces.filter((piece) => piece.length > 0)
  const [only] = filled
  const simple = filled.length <= 1 && (only === undefined || (only.length === 1 && only[0] !== ANY))
  return { pieces, openStart, openEnd, plain: simple ? ((only?.[0] as Uint8Array) ?? new Uint8Array(0)) : undefined }
}

/** Whether the bytes [start, end) fit the pattern. */
export function likeMatches(pattern: LikePattern, bytes: Uint8Array, start: number, end: number): boolean {
  const { plain, pieces } = pattern
  if (plain === undefined) return piecesMatch(pieces, bytes, start, end)
  const room = end - start - plain.length
  if (room < 0) return false
  if (pattern.openStart && pattern.openEnd) return indexOfBytes(bytes, start, end, plain) >= 0
  if (pattern.openEnd) return matchesAt(bytes, start, plain)
  if (pattern.openStart) return matchesAt(bytes, end - plain.length, plain)
  return room === 0 && matchesAt(bytes, start, plain)
}

/**
 * The first piece must stand at the start, the last at the end, and each other at its first match after the one before.
 */
function piecesMatch(pieces: readonly Piece[], bytes: Uint8Array, start: number, end: number): boolean {
  const first = pieces[0] as Piece
  let at = matchPiece(first, bytes, start, end)
  if (pieces.length === 1) return at === end
  if (at < 0) return false
  for (let index = 1; index < pieces.length - 1; index++) {
    at = findPiece(pieces[index] as Piece, bytes, at, end)
    if (at < 0) return false
  }
  const last = pieces.at(-1) as Piece
  for (let from = at; from <= end; from++) if (matchPiece(last, bytes, from, end) === end) return true
  return false
}

/** The end of the first match of the piece from `start` on, or -1. */
function findPiece(piece: Piece, bytes: Uint8Array, start: number, end: number): number {
  for (let from = start; from <= end; from++) {
    const behind = matchPiece(piece, bytes, from, end)
    if (behind >= 0) return behind
  }
  return -1
}

/** The end of the piece if it stands at `start`, else -1. */
function matchPiece(piece: Piece, bytes: Uint8Array, start: number, end: number): number {
  let at = start
  for (const part of piece) {
    if (part === ANY) {
      const size = characterSize(bytes, at, end)
      if (size === 0) return -1
      at += size
    } else {
      if (end - at < part.length || !matchesAt(bytes, at, part)) return -1
      at += part.length
    }
  }
  return at
}

/**
 * The size in bytes of the character at `at`; 0 at the end, inside a character and for line ends, where `_` does not
 * match.
 */
function characterSize(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return 0
  const byte = bytes[at] as number
  if (byte < 0x80) return byte === 0x0a || byte === 0x0d ? 0 : 1
  if ((byte & 0xc0) === 0x80) return 0
  if (byte === 0xc2 && bytes[at + 1] === 0x85) return 0 // NEL
  if (byte === 0xe2 && bytes[at + 1] === 0x80 && ((bytes[at + 2] as number) & 0xfe) === 0xa8) return 0 // U+2028, U+2029
  let size = 1
  while (at + size < end && ((bytes[at + size] as number) & 0xc0) === 0x80) size++
  return size
}
