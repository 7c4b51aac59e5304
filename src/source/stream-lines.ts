/** Reads lines from a stream of bytes. */
import { type Clock, slept } from '../base/clock.ts'
import type { Duration } from '../base/quantity.ts'
import type { Records } from '../record/column.ts'
import type { LineCutter } from '../record/line-cutter.ts'

/** How long lines of a record that might go on wait for more; absent: as long as the stream. */
export type Waiting = { readonly clock: Clock; readonly waitMs: Duration | undefined }

/**
 * Hands over whole lines as they come. Once the signal is aborted, nothing more is read. A last line without a line end stays
 * in the cutter. True if the stream has ended.
 */
export async function readStreamLines(
  chunks: AsyncIterable<Uint8Array>,
  cutter: LineCutter,
  { signal, clock, waitMs }: Waiting & { readonly signal: AbortSignal },
  take: (lines: Records) => Promise<void>,
): Promise<boolean> {
  const iterator = chunks[Symbol.asyncIterator]()
  for (;;) {
    const next = iterator.next()
    if (waitMs !== undefined && cutter.holdsLines && (await isQuiet(next, { clock, waitMs }))) {
      await take(cutter.lines(cutter.wholeRest()))
    }
    const { done, value } = await next
    if (done === true) return !signal.aborted
    let goesOn = false
    try {
      if (signal.aborted) return false
      const lines = cutter.lines(cutter.add(value))
      if (lines.count > 0) await take(lines)
      goesOn = true
    } finally {
      if (!goesOn) await iterator.return?.()
    }
  }
}

/** Whether nothing comes within the time. */
async function isQuiet(
  next: Promise<unknown>,
  { clock, waitMs }: { clock: Clock; waitMs: Duration },
): Promise<boolean> {
  const came = new AbortController()
  const done = next.then(
    () => came.abort(),
    () => came.abort(),
  )
  const quiet = await slept(clock, waitMs, came.signal)
  if (!quiet) await done
  return quiet
}
