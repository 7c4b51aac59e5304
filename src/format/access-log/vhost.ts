/** Virtual hosts in front of access-log lines, `example.com:443`, as a name and a port. */
import { SAFE_DIGITS, smallDigits } from '../scan/number.ts'
import type { AccessFrames } from './frame.ts'

const COLON = 58
const CLOSE = 93

/** The name and the port of each row. */
export class VirtualHosts {
  nameEnd: Int32Array = new Int32Array(0)
  port: Int32Array = this.nameEnd
  /** 1 for a row without a port. */
  noPort: Uint8Array = new Uint8Array(0)

  /** Finds them in the first `rows` rows of the frames. */
  scan({ leadStart, leadEnd, start }: AccessFrames, rows: number, bytes: Uint8Array): void {
    if (rows > this.port.length) {
      this.nameEnd = new Int32Array(start.length)
      this.port = new Int32Array(start.length)
      this.noPort = new Uint8Array(start.length)
    }
    for (let row = 0; row < rows; row++) {
      const end = leadEnd[row] as number
      const colon = portColon(bytes, leadStart[row] as number, end)
      // The kernel has refused a port that is too large.
      const isPort = colon !== end && end - colon <= SAFE_DIGITS
      this.nameEnd[row] = isPort ? colon : end
      this.port[row] = isPort ? smallDigits(bytes, colon + 1, end) : 0
      this.noPort[row] = isPort ? 0 : 1
    }
  }
}

/** The colon before the port; `end` if there is no port. An address with several colons is in brackets if it has one. */
function portColon(bytes: Uint8Array, from: number, end: number): number {
  let at = end - 1
  while (at > from && bytes[at] !== COLON) at--
  if (at <= from || at === end - 1) return end
  if (bytes[at - 1] === CLOSE) return at
  for (let before = from; before < at; before++) if (bytes[before] === COLON) return end
  return at
}
