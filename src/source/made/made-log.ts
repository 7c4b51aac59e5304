/** A log that is made line by line, from any place on. */
import type { SourcePlace } from '../source.ts'

export type MadeLog = {
  /** Where it goes on. */
  readonly place: SourcePlace
  /** The number of the next line, from 0. */
  readonly line: number
  /**
   * Writes up to `count` lines, as long as the next one surely fits; gives their number and the end of the last. `ends[i]`
   * becomes the end of line i, behind its line end.
   */
  write(into: Uint8Array, count: number, ends: Int32Array): { readonly lines: number; readonly end: number }
}
