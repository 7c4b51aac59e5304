/** Reads lines from a stream of bytes. */
import type { Records } from '../record/column.ts'
import type { LineCutter } from '../record/line-cutter.ts'

/**
 * Hands over whole lines as they come. Once the signal is aborted, nothing more is read. A last line without a line end stays
 * in the cutter. True if the stream has ended.
 */
export async function readStreamLines(
  chunks: AsyncIterable<Uint8Array>,
  cutter: LineCutter,
  signal: AbortSignal,
  take: (lines: Records) => Promise<void>,
): Promise<boolean> {
  for await (const chunk of chunks) {
    if (signal.aborted) return false
    const lines = cutter.lines(cutter.add(chunk))
    if (lines.count > 0) await take(lines)
  }
  return !signal.aborted
}
