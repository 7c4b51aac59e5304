/**
 * The request and its parts: `METHOD target PROTOCOL`.
 *
 * The method is the first word, if it consists of capital letters and hyphens and something follows; a request without one
 * has no parts at all (TLS bytes, `-`, an empty request). The target lies between the method and a last word that begins
 * with `HTTP/`, or the end; spaces around it are not part of it, spaces within it are. Where nothing lies there, it is
 * absent. There is a protocol only if the request is exactly three words with one space between them and the last is HTTP/
 * digit [ . digit ]: so `protocol IS NOT NULL` means that the request is well formed.
 *
 * The kernel splits requests as it reads the frames (`kernel/assembly/access-log/request.ts`); only those with escaped quotes
 * are left to this file.
 */

import type { TextScratch } from '../scan/text-scratch.ts'
import { unescapeQuotes } from '../scan/unescape-quotes.ts'
import type { AccessFrames } from './frame.ts'

/** Where the requests of a batch lie, in the bytes of the scratch. */
export class RequestTexts {
  start: Int32Array = new Int32Array(0)
  end: Int32Array = this.start

  /** Takes the requests of the frames; those with escaped quotes are unescaped into the scratch and split there. */
  take(frames: AccessFrames, rows: number, scratch: TextScratch): void {
    this.start = frames.requestStart
    this.end = frames.requestEnd
    if (frames.escaped.length === 0) return
    this.start = frames.requestStart.slice(0, rows)
    this.end = frames.requestEnd.slice(0, rows)
    for (const row of frames.escaped) {
      const from = unescapeQuotes(scratch, this.start[row] as number, this.end[row] as number)
      this.start[row] = from
      this.end[row] = scratch.end
      frames.split(row, scratch.bytes, from, scratch.end)
    }
  }
}
