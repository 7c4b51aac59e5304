/** Ident and user of access-log lines: what lies between the host and the time, the user perhaps with spaces in it. */
import type { AccessFrames } from './frame.ts'

const SPACE = 32

/** From the last byte of the user, and a space behind it, to the request: the time in brackets, a space and a quote. */
const USER_TO_REQUEST = 31

export class UserNames {
  identStart: Int32Array = new Int32Array(0)
  identEnd: Int32Array = this.identStart
  userStart: Int32Array = this.identStart
  /** Below the start where there is no user at all. */
  userEnd: Int32Array = this.identStart

  scan(frames: AccessFrames, rows: number, bytes: Uint8Array): void {
    if (rows > this.identStart.length) {
      const capacity = frames.start.length
      this.identStart = new Int32Array(capacity)
      this.identEnd = new Int32Array(capacity)
      this.userStart = new Int32Array(capacity)
      this.userEnd = new Int32Array(capacity)
    }
    const { identStart, identEnd, userStart, userEnd } = this
    const { hostEnd, requestStart } = frames
    for (let row = 0; row < rows; row++) {
      const end = (requestStart[row] as number) - USER_TO_REQUEST
      let at = (hostEnd[row] as number) + 1
      identStart[row] = at
      while (at < end && bytes[at] !== SPACE) at++
      identEnd[row] = at
      userStart[row] = at + 1
      userEnd[row] = end
    }
  }
}
