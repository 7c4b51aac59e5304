/**
 * Bytes from outside as text that a person can read: characters as they are, and what has none as an escape, `\x1b` or `\n`. The place
 * of a byte is kept, so that it can be marked.
 */
import type { ShownBytes } from '../../src/server/api/topics.ts'

/** `mark`: the character at the byte that is marked; `end`: the byte is behind the last. */
export type BytesPiece = { readonly kind: 'text' | 'escape' | 'mark' | 'end'; readonly text: string }

export function bytesOf({ text, encoding }: Pick<ShownBytes, 'text' | 'encoding'>): Uint8Array {
  if (encoding === 'utf8') return new TextEncoder().encode(text)
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

const ESCAPES: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 13: '\\r' }
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The pieces of some bytes; `mark` is the index of the byte that is marked among them. Line breaks stay where `keepsLines`. */
export function bytesPieces(bytes: Uint8Array, mark?: number, keepsLines = false): readonly BytesPiece[] {
  const pieces: { kind: BytesPiece['kind']; text: string }[] = []
  const add = (kind: BytesPiece['kind'], text: string): void => {
    const last = pieces.at(-1)
    if (last?.kind === kind && kind !== 'mark') last.text += text
    else pieces.push({ kind, text })
  }
  for (let at = 0; at < bytes.length; ) {
    const { text, length, isPlain } = characterAt(bytes, at, keepsLines)
    const isMarked = mark !== undefined && at <= mark && mark < at + length
    add(isMarked ? 'mark' : isPlain ? 'text' : 'escape', text)
    at += length
  }
  if (mark !== undefined && mark >= bytes.length) add('end', '⏎')
  return pieces
}

type Character = { readonly text: string; readonly length: number; readonly isPlain: boolean }

function characterAt(bytes: Uint8Array, at: number, keepsLines: boolean): Character {
  const byte = bytes[at] ?? 0
  if (byte < 0x80) {
    if ((byte >= 0x20 && byte !== 0x7f) || (keepsLines && (byte === 10 || byte === 9))) {
      return { text: String.fromCharCode(byte), length: 1, isPlain: true }
    }
    return { text: ESCAPES[byte] ?? hex(byte), length: 1, isPlain: false }
  }
  const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1
  try {
    const text = utf8.decode(bytes.subarray(at, at + length))
    // Controls, and what changes the direction of a text or has no width.
    const isPlain = !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)
    return { text: isPlain ? text : `\\u{${text.codePointAt(0)?.toString(16)}}`, length, isPlain }
  } catch {
    return { text: hex(byte), length: 1, isPlain: false }
  }
}

const hex = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`

/** Lines of 16 bytes as numbers and as characters, as `hexdump -C` writes them. */
export function hexDump(bytes: Uint8Array, start = 0): string {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += 16) {
    const some = [...bytes.subarray(at, at + 16)]
    const numbers = some.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const characters = some.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
    lines.push(`${(start + at).toString(16).padStart(6, '0')}  ${numbers.padEnd(47)}  ${characters}`)
  }
  return lines.join('\n')
}

/** JSON with line breaks, whatever its numbers are; undefined where the text is no object or array. */
export function prettyJson(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    JSON.parse(text)
  } catch {
    return undefined
  }
  return indented(text)
}

/** Breaks the lines of a JSON text and leaves its values as they are: reading them would change long numbers. */
function indented(text: string): string {
  let depth = 0
  const line = () => `\n${'  '.repeat(depth)}`
  return text.replace(/"(?:[^"\\]|\\.)*"|\s+|\{\s*\}|\[\s*\]|[{}[\],:]/g, (token) => {
    switch (token[0]) {
      case '"':
        return token
      case '{':
      case '[':
        if (token.length > 1) return `${token[0]}${token.at(-1)}`
        depth++
        return `${token}${line()}`
      case '}':
      case ']':
        depth--
        return `${line()}${token}`
      case ',':
        return `,${line()}`
      case ':':
        return ': '
      default:
        return ''
    }
  })
}
