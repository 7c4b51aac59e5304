/**
 * Text of another encoding, as UTF-8. What an answer says of itself (`Content-Type: text/csv; charset=windows-1252`) counts
 * where its bytes do not say otherwise: some servers call UTF-8 by the name of an older encoding, and what is well-formed UTF-8
 * beyond ASCII is nothing else but by a rare accident.
 */
import { isUtf8 } from 'node:buffer'
import { Failure } from '../../base/failure.ts'

/** The names of UTF-8 and of a part of it (WHATWG Encoding). */
const UTF8 = /^(utf-?8|unicode-1-1-utf-8|(us-)?ascii)$/
/** Text in these looks like UTF-8, as it has NULs or escapes instead of other bytes. */
const LIKE_UTF8 = /^(utf-?16|ucs-2|iso-2022)/

/** The body as UTF-8; the same bytes where they are that already. Throws a Failure `not-text` for an unknown encoding. */
export function inUtf8(body: Buffer, contentType: string | undefined, url: string): Buffer {
  const charset = /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(contentType ?? '')
  const name = (charset?.[1] ?? charset?.[2] ?? 'utf-8').trim().toLowerCase()
  if (UTF8.test(name) || (!LIKE_UTF8.test(name) && isUtf8(body))) return body
  return Buffer.from(decoderOf(name, url).decode(body))
}

function decoderOf(name: string, url: string): { decode(bytes: Uint8Array): string } {
  try {
    return new TextDecoder(name)
  } catch (cause) {
    throw new Failure('not-text', `${url} answers text in the encoding ${name}, which tailrace does not know`, {
      hint: 'ask for UTF-8, as with the header Accept-Charset',
      retryable: true,
      cause,
    })
  }
}
