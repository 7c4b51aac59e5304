/** Checks that a batch is one of the embedded log's own: no other program writes here, so anything unusual is damage. */
import type { Offset } from '../../base/quantity.ts'
import { CODECS } from '../batch/compression/codec.ts'
import { AT_MAGIC, CODEC_BITS, EPOCH, HEADER_BYTES, MAGIC } from '../batch/record-batch.ts'
import {
  type BatchBytes,
  batchAttributes,
  batchBaseOffset,
  batchCount,
  batchEnd,
  batchEpoch,
  CUT_SHORT,
  checkBatch,
} from '../batch/walker.ts'

/** Checks the batch at `at`, where the one of `baseOffset` is due: gives the fault in words, or undefined. */
export function checkOwnBatch(batch: BatchBytes, at: number, baseOffset: Offset): string | undefined {
  const { bytes, view } = batch
  if (bytes.length - at < HEADER_BYTES) return CUT_SHORT
  // The checksum does not cover these two. With another magic number they may mean something else.
  if (view.getInt8(at + AT_MAGIC) === MAGIC) {
    if (batchEpoch(view, at) !== EPOCH) return `the epoch is ${batchEpoch(view, at)}, not ${EPOCH}`
    const found = batchBaseOffset(view, at)
    if (found !== baseOffset) return `the base offset is ${found} where ${baseOffset} is due`
  }
  return checkBatch(batch, at) ?? checkContent(view, at)
}

/** The content is as it was written, by its checksum, but perhaps not by this program. */
function checkContent(view: DataView, at: number): string | undefined {
  const attributes = batchAttributes(view, at)
  const codec = attributes & CODEC_BITS
  if (codec !== 0) return `the batch is compressed (${CODECS[codec] ?? `codec ${codec}`}), which is not read here`
  if (attributes !== 0) return `the batch has attributes ${attributes}, which are not read here`
  const count = batchCount(view, at)
  const hasGaps = batchEnd(view, at) !== batchBaseOffset(view, at) + count
  return count < 1 || hasGaps ? `the number of records, ${count}, is impossible` : undefined
}
