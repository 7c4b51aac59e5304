/**
 * Keeps what is more than one line from becoming a row: where lines end with CR or NUL alone, the first of them would be a row,
 * and all others the rest of it.
 */
import type { Batch, Records } from '../../record/column.ts'
import type { Rejects } from '../format.ts'
import { latin1 } from '../scan/number.ts'
import { TIME_AND_QUOTE } from './head.ts'

const CR = 13
const NUL = 0
const CR_WITHIN = "a CR within the line: lines end with LF (tr '\\r' '\\n' makes lines of it)"
const NUL_WITHIN = "a NUL within the line: lines end with LF (tr '\\0' '\\n' makes lines of it)"

type Found = { readonly record: number; readonly byte: number; readonly reason: string }

/** The records with a CR or a NUL between texts, in order. */
export function findSeveralLines({ start, end, count }: Records, bytes: Uint8Array): readonly Found[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const last = count === 0 ? 0 : (end[count - 1] as number)
  const found: Found[] = []
  for (const [mark, reason] of [
    [CR, CR_WITHIN],
    [NUL, NUL_WITHIN],
  ] as const) {
    let record = 0
    for (let at = count === 0 ? -1 : text.indexOf(mark, start[0]); at >= 0 && at < last; ) {
      while (record < count && (end[record] as number) <= at) record++
      const from = start[record] as number
      let next = at + 1
      if (record < count && from <= at && isLineEnd(text, at, [from, end[record] as number])) {
        found.push({ record, byte: at - from, reason })
        next = end[record] as number
      }
      at = text.indexOf(mark, next)
    }
  }
  return found.sort((a, b) => a.record - b.record || a.byte - b.byte)
}

/** Whether text follows the mark; a NUL may be one of a text, so both sides must look like lines. */
function isLineEnd(text: Buffer, at: number, [from, end]: readonly [number, number]): boolean {
  if (text[at] === NUL) return isLine(latin1(text, from, at)) && isLine(latin1(text, at + 1, end))
  for (let next = at + 1; next < end; next++) if (text[next] !== CR && text[next] !== NUL) return true
  return false
}

const isLine = (text: string): boolean => TIME_AND_QUOTE.test(text)

/** Decodes the records without those that were found, and rejects these in their place. */
export function decodeOthers(
  records: Records,
  found: readonly Found[],
  rejects: Rejects,
  decode: (others: Records, rejects: Rejects) => Batch,
): Batch {
  const { bytes, start, end, count } = records
  const left = new Set(found.map(({ record }) => record))
  const kept = Int32Array.from({ length: count }, (_, record) => record).filter((record) => !left.has(record))
  const others = {
    bytes,
    start: kept.map((record) => start[record] as number),
    end: kept.map((record) => end[record] as number),
    count: kept.length,
  }
  let next = 0
  const rejectUpTo = (record: number) => {
    for (; next < found.length && (found[next] as Found).record < record; next++) {
      const { record: own, byte, reason } = found[next] as Found
      if (own !== found[next - 1]?.record) rejects.add(own, byte, reason)
    }
  }
  const batch = decode(others, {
    add(record, byte, reason) {
      rejectUpTo(kept[record] as number)
      rejects.add(kept[record] as number, byte, reason)
    },
  })
  rejectUpTo(count)
  const origin = Int32Array.from({ length: batch.count }, (_, row) => kept[batch.origin?.[row] ?? row] as number)
  return { ...batch, origin }
}
