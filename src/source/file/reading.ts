/** What reading the files of a source needs, and the step in which lines are cut from what was read. */
import type { Records } from '../../record/column.ts'
import type { LineCutter } from '../../record/line-cutter.ts'
import type { ReadBufferPool } from '../read-buffer.ts'
import type { Generation } from './follow.ts'

/** What reading needs to know of the run. `take` delivers lines of a generation; its place is noted by then. */
export type Reading = {
  /** Bytes of one read. */
  readonly readBytes: number
  readonly buffers: ReadBufferPool
  readonly signal: AbortSignal
  readonly take: (generation: Generation, lines: Records) => Promise<void>
}

/** The whole lines of what was read. Gives the memory back where the file is refused. */
export function cutLines(cutter: LineCutter, read: Uint8Array, into: Records): Records {
  try {
    return cutter.lines(cutter.cut(read), into)
  } catch (error) {
    into.lease?.release()
    throw error
  }
}
