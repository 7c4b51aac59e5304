/** Texts as records over one buffer, to be appended. */
import type { Records } from '../record/column.ts'

export function recordsOf(texts: readonly string[]): Records {
  const all = texts.map((text) => Buffer.from(text))
  const start = new Int32Array(all.length)
  const end = new Int32Array(all.length)
  let length = 0
  all.forEach((bytes, i) => {
    start[i] = length
    length += bytes.length
    end[i] = length
  })
  return { bytes: Buffer.concat(all), start, end, count: all.length }
}
