/**
 * The request and its parts: `METHOD target PROTOCOL`.
 *
 * The method is the first word, if it is of capital letters and hyphens and something follows; a request without one has
 * no parts at all (TLS bytes, `-`, an empty one). The target is what lies between the method and a last word that begins
 * with `HTTP/`, or the end; spaces around it are no part of it, spaces within it are. The protocol is there only if the
 * request is exactly three words with one space between and the last is HTTP/ digit [ . digit ]: so `protocol IS NOT
 * NULL` says that the request is well formed.
 *
 * The kernel splits it as it reads the frame (`kernel/assembly/access-request.ts`); what is left to do here are requests
 * that do not lie in the line as they are.
 */

import type { TextScratch } from '../scan/text-scratch.ts'
import { unescapeQuotes } from '../scan/unescape-quotes.ts'
import type { AccessFrames } from './frame.ts'

export class RequestTexts {
  start: Int32Array = new Int32Array(0)
  end: Int32Array = this.start

  /** Takes the requests over from the frames; those with escaped quotes go into the scratch without them. */
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
