/**
 * Recognises a peer that does not send lines. A page in a browser can post to any port of this machine, and the body of such a
 * request would be taken for lines; so a connection whose first line is the head of an HTTP request is closed, as Redis does.
 */

import { kindOfBytes } from '../bytes/kind.ts'

/** Bytes of a first line that are looked at. A longer one that begins as a request does is taken for one: URLs can be very long. */
export const LONGEST_HEAD = 8192
const REQUEST_LINE = /^(?:[A-Z]{3,10} \S+ HTTP\/1\.[01]|PRI \* HTTP\/2\.0)\r?$/i
const LONG_REQUEST = /^[A-Z]{3,10} (?:\/|https?:)\S*$/i
const TLS_HANDSHAKE = [0x16, 0x03]

/** What the first bytes of a connection are, in words; undefined: lines, as far as can be seen. */
export function foreignProtocol(first: Uint8Array): string | undefined {
  if (TLS_HANDSHAKE.every((byte, i) => first[i] === byte)) return 'a TLS handshake'
  const end = first.indexOf(10)
  const length = end < 0 ? first.length : end
  const line = Buffer.from(first.buffer, first.byteOffset, Math.min(length, LONGEST_HEAD)).toString('latin1')
  return (length <= LONGEST_HEAD ? REQUEST_LINE : LONG_REQUEST).test(line) ? 'an HTTP request' : undefined
}

/** What the first bytes of a connection are if they are not text, in words. */
export function otherKind(first: Uint8Array): string | undefined {
  const kind = kindOfBytes(first)
  if (kind.kind === 'packed') return `bytes packed with ${kind.packing}`
  return kind.kind === 'other' ? `what ${kind.is}` : undefined
}
