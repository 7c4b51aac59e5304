/** Ident and user of access-log lines: they lie between the host and the time, and the user may contain spaces. */
import type { AccessFrames } from './frame.ts'

const SPACE = 32

/** From the end of the user to the request: a space, the time in brackets, a space and a quote. */
const USER_TO_REQUEST = 31

/** Where ident and user of each row lie. */
export class UserNames {
  identStart: Int32Array = new Int32Array(0)
  identEnd: Int32Array = this.identStart
  userStart: Int32Array = this.identStart
  /** Below the start where there is no user. */
  userEnd: Int32Array = this.identStart

  /** Finds them in the first `rows` rows of the frames. */
  scan(frames: AccessFrames, rows: number, bytes: Uint8Array): void {
    if (rows > this.identStart.length) {
      const capacity = frames.start.length
      this.identStart = new Int32Array(capacity)
      this.identEnd = new Int32Array(capacity)
      this.userStart = new Int32Array(capacity)
      this.userEnd = new Int32Array(capacity)
    }
    const { identStart, identEnd, userStart, userEnd } = this
    const { nameEnd, requestStart } = frames
    for (let row = 0; row < rows; row++) {
      const end = (requestStart[row] as number) - USER_TO_REQUEST
      let at = (nameEnd[row] as number) + 1
      identStart[row] = at
      while (at < end && bytes[at] !== SPACE) at++
      identEnd[row] = at
      userStart[row] = at + 1
      userEnd[row] = end
    }
  }
}
