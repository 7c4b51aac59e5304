/** The whole body of an answer, unpacked, within a limit of bytes: a few packed bytes may hold gigabytes. */
import type { IncomingMessage } from 'node:http'
import { type Duplex, pipeline } from 'node:stream'
import * as zlib from 'node:zlib'
import { Failure } from '../../base/failure.ts'
import { byteText } from '../../base/units.ts'

/** How bodies are unpacked. Only gzip is asked for; some servers and proxies send others all the same. */
const UNPACK: { readonly [coding: string]: () => Duplex } = {
  gzip: zlib.createGunzip,
  'x-gzip': zlib.createGunzip,
  deflate: zlib.createInflate,
  br: zlib.createBrotliDecompress,
  zstd: zlib.createZstdDecompress,
}

/**
 * Reads a body. Rejects with a Failure `limit` where it has more than `limit` bytes, packed or not, and with the error of the
 * network or of zlib where it is cut short. `of`: the server, for messages.
 */
export async function wholeBody(answer: IncomingMessage, limit: number, of: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of unpacked(answer, of) as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > limit) throw new Failure('limit', `an answer of ${of} is longer than ${byteText(limit)}`)
      chunks.push(chunk)
    }
  } finally {
    // A body that was left in the middle would go on coming.
    if (!answer.readableEnded) answer.destroy()
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length)
}

function unpacked(answer: IncomingMessage, of: string): AsyncIterable<unknown> {
  const codings = (answer.headers['content-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity')
  // An answer without a body, as that to HEAD or 304, may still say how it would be packed.
  if (codings.length === 0 || answer.statusCode === 304 || answer.statusCode === 204) return answer
  const steps = codings.reverse().map((coding) => UNPACK[coding])
  const unknown = codings.find((_, i) => steps[i] === undefined)
  if (unknown !== undefined || codings.length > 2) {
    throw new Failure('not-text', `an answer of ${of} is packed with ${unknown ?? codings.join(' and ')}`, {
      hint: 'tailrace reads gzip, deflate, br and zstd',
    })
  }
  // A failure of one ends the others: it comes out of the last one, which is read.
  return pipeline([answer, ...steps.flatMap((step) => step?.() ?? [])], () => {}) as Duplex
}
