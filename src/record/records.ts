/** Records made of texts, sliced, and read as texts: everything here works on the ranges and leaves the bytes in place. */
import { type Records, STRING_NONE } from './column.ts'

/** No records at all. */
export const NO_RECORDS: Records = { bytes: STRING_NONE, start: new Int32Array(0), end: new Int32Array(0), count: 0 }

/** Texts and bytes, in their order, as records over one new buffer. */
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

/**
 * Records [from, to), over the same bytes. All of them are `records` itself, with its lease. A smaller slice has no lease:
 * it is valid as long as its maker holds that of `records`.
 */
export function sliceRecords(records: Records, from: number, to: number): Records {
  const { bytes, start, end, count } = records
  if (from === 0 && to === count) return records
  return { bytes, start: start.subarray(from, to), end: end.subarray(from, to), count: to - from }
}

/** Records of several buffers, in their order, over one new buffer; a single one is itself. None may have a lease. */
export function joinRecords(all: readonly Records[]): Records {
  const [first] = all
  if (all.length === 1 && first !== undefined) return first
  const count = all.reduce((sum, records) => sum + records.count, 0)
  const start = new Int32Array(count)
  const end = new Int32Array(count)
  let at = 0
  let base = 0
  for (const records of all) {
    for (let i = 0; i < records.count; i++, at++) {
      start[at] = base + (records.start[i] as number)
      end[at] = base + (records.end[i] as number)
    }
    base += records.bytes.length
  }
  return { bytes: Buffer.concat(all.map(({ bytes }) => bytes)), start, end, count }
}

/** The text of one record; invalid UTF-8 is replaced. */
export const recordText = ({ bytes, start, end }: Pick<Records, 'bytes' | 'start' | 'end'>, record: number): string =>
  textBetween(bytes, start[record] as number, end[record] as number)

/** The text of the bytes [from, end). */
export const textBetween = (bytes: Uint8Array, from: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from).toString()
