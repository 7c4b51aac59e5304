/** Texts and bytes as records over one buffer, to be appended; and the texts of records that were read. */
import type { Records } from '../record/column.ts'

export function recordsOf(parts: readonly (string | Uint8Array)[]): Records {
  const all = parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part))
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

export const textAt = ({ bytes, start, end }: Records, record: number): string =>
  Buffer.from(bytes.subarray(start[record], end[record])).toString()
