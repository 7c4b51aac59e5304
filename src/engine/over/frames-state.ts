/** What is kept of frames: plain arrays by slot and by owner, as in `frames.ts`. */
import type { Entries } from '../aggregate/entries.ts'

/** The rows that are in frames, and the frames. */
export type FramesState = {
  readonly times: Float64Array
  readonly owners: Int32Array
  readonly next: Int32Array
  readonly rows: Entries
  readonly fronts: Entries
  readonly heads: Int32Array
  readonly tails: Int32Array
  readonly borders: Int32Array
  readonly counts: Int32Array
  readonly backs: Entries
}
