/**
 * The first lines of a stream that goes on: its format is found in them. It is not waited for more than there is, as `tail -f`
 * may give one line and then none for an hour.
 */
import { PassThrough, Readable } from 'node:stream'

/** Enough for a sample. */
const ENOUGH_BYTES = 64 << 10
const ENOUGH_LINES = 1000
/** A stream that has given a line and is quiet for this time has given what it has for now. */
const QUIET_MS = 300
const NEWLINE = 10

export type LiveHead = {
  /** A stream of the first lines alone, for a look at them. */
  readonly head: Readable
  /** All of the stream, from its first byte on. */
  readonly whole: Readable
}

/** Reads the first lines of a stream, or what it has where it ends before. */
export async function openLiveHead(stream: Readable): Promise<LiveHead> {
  const pieces = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const read: Buffer[] = []
  let pending = pieces.next()
  let lines = 0
  let bytes = 0
  let hasEnded = false
  while (bytes < ENOUGH_BYTES && lines < ENOUGH_LINES) {
    const given = lines === 0 ? await pending : await withinQuiet(pending)
    hasEnded = given?.done === true
    if (given === undefined || given.done === true) break
    read.push(given.value)
    bytes += given.value.length
    for (const byte of given.value) if (byte === NEWLINE) lines++
    pending = pieces.next()
  }
  const next = async (): Promise<Buffer | null> => {
    const kept = read.shift()
    if (kept !== undefined) return kept
    const given = await pending
    if (given.done === true) return null
    pending = pieces.next()
    return given.value
  }
  const head = new PassThrough()
  const bytesRead = Buffer.concat(read)
  // Half a line would be no line of the format.
  head.end(bytesRead.subarray(0, hasEnded ? bytesRead.length : bytesRead.lastIndexOf(NEWLINE) + 1))
  return { head, whole: streamOf(next, stream) }
}

/** A stream of what `next` gives. Destroyed, it ends at once, although the stream behind it is open and quiet. */
function streamOf(next: () => Promise<Buffer | null>, behind: Readable): Readable {
  const whole = new Readable({
    highWaterMark: ENOUGH_BYTES,
    read() {
      next().then(
        (piece) => void whole.push(piece),
        (error: Error) => void whole.destroy(error),
      )
    },
    destroy(error, done) {
      behind.destroy()
      done(error)
    },
  })
  return whole
}

/** What the promise gives, or undefined where it takes longer. */
async function withinQuiet<Given>(given: Promise<Given>): Promise<Given | undefined> {
  const timer = Promise.withResolvers<undefined>()
  const timeout = setTimeout(() => timer.resolve(undefined), QUIET_MS)
  try {
    return await Promise.race([given, timer.promise])
  } finally {
    clearTimeout(timeout)
  }
}
