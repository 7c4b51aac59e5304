/** Finds line ends, sixteen bytes at a time: see `record/lines-split.ts`. AssemblyScript: runs as WebAssembly. */
import { LF } from './bytes.ts'

/**
 * Finds the lines that end at addresses [at, end); the first begins at position `from`. Puts their starts and ends at the
 * addresses `starts` and `ends`, as positions (a position is an address less `shift`), and returns the number of lines.
 */
export function lines(at: i32, end: i32, shift: i32, from: i32, starts: i32, ends: i32): i32 {
  let count: i32 = 0
  for (; at < end; at += 16) {
    let hits = i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(LF)))
    for (; hits !== 0; hits &= hits - 1) {
      const newline = at + ctz(hits)
      if (newline >= end) break
      const position = newline - shift
      store<i32>(starts + (count << 2), from)
      store<i32>(ends + (count << 2), position)
      from = position + 1
      count++
    }
  }
  return count
}
