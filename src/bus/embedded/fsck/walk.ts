/**
 * Walks the batches of a segment, and behind damage goes on with the next whole one. Whatever the file holds, no more of it
 * is in memory than a window and one batch.
 */
import type { DiskFile } from '../../../base/disk/disk.ts'
import type { Offset } from '../../../base/quantity.ts'
import { EPOCH, HEADER_BYTES, MAGIC, MAX_BATCH_BYTES } from '../../batch/record-batch.ts'
import { batchCount, batchSize, readTail } from '../../batch/walker.ts'
import { checkOwnBatch } from '../own-batch.ts'
import { type LogPlace, readWindow, type Segment, scanSegment } from '../segment.ts'

/** Damage, and where it ends; undefined where no whole batch follows. */
type Hole = LogPlace & { readonly nature: string; readonly resumes: LogPlace | undefined }

export type SegmentWalk = {
  readonly damage: readonly Hole[]
  readonly records: number
  /** The offset behind the last whole append. */
  readonly end: Offset
  /** The offsets of the batches, and of the end, by position. */
  readonly starts: ReadonlyMap<number, Offset>
}

/** Walks a segment up to position `size`. */
export function walkSegment(file: DiskFile, { baseOffset }: Segment, size: number): SegmentWalk {
  const damage: Hole[] = []
  const starts = new Map<number, Offset>()
  let records = 0
  let place: LogPlace | undefined = { position: 0, offset: baseOffset }
  let whole = place
  while (place !== undefined) {
    let open: LogPlace | undefined
    const scan = scanSegment(file, place, size, (batch, at, from) => {
      const tail = readTail(batch, at)
      if (tail === undefined) return false
      starts.set(from.position, from.offset)
      records += batchCount(batch.view, at)
      if (tail.more) open ??= from
      else {
        open = undefined
        whole = {
          position: from.position + batchSize(batch.view, at),
          offset: from.offset + batchCount(batch.view, at),
        }
      }
      return true
    })
    const { stopped } = scan
    if (stopped.position >= size) {
      if (open !== undefined) damage.push({ ...open, nature: 'the append has no end', resumes: undefined })
      else starts.set(stopped.position, stopped.offset)
      break
    }
    const resumes = nextWhole(file, stopped, size)
    damage.push({ ...(open ?? stopped), nature: scan.damage?.nature ?? 'the records do not fill their batch', resumes })
    place = resumes
  }
  return { damage, records, end: whole.offset, starts }
}

/** Epoch and magic number, which every batch has next to each other. */
const SIGN = Buffer.from([0, 0, 0, 0, MAGIC])
SIGN.writeInt32BE(EPOCH)
const AT_SIGN = 12

/** Bytes that are searched at a time. */
const SEARCH_BYTES = 1 << 20

/** The next whole batch behind a place, with an offset that is not smaller. */
function nextWhole(file: DiskFile, { position, offset }: LogPlace, size: number): LogPlace | undefined {
  for (let from = position + 1; from + HEADER_BYTES <= size; from += SEARCH_BYTES) {
    // A header that begins in this part may end in the next one.
    const part = readWindow(file, from, Math.min(size - from, SEARCH_BYTES + HEADER_BYTES))
    for (let sign = part.bytes.indexOf(SIGN, AT_SIGN); sign >= 0; sign = part.bytes.indexOf(SIGN, sign + 1)) {
      const at = sign - AT_SIGN
      if (at >= SEARCH_BYTES || at + HEADER_BYTES > part.bytes.length) break
      const found = Number(part.view.getBigInt64(at))
      const bytes = batchSize(part.view, at)
      const isBatch = found >= offset && bytes >= HEADER_BYTES && bytes <= Math.min(MAX_BATCH_BYTES, size - from - at)
      if (isBatch && checkOwnBatch(readWindow(file, from + at, bytes), 0, found) === undefined) {
        return { position: from + at, offset: found }
      }
    }
  }
  return undefined
}
