import { expect, test } from 'vitest'
import { crc32c } from '../../base/digest.ts'
import { appendOf, linesOf } from '../appends.test-tool.ts'
import { makeChunkPool } from '../batch/chunk.ts'
import { AT_ATTRIBUTES, AT_COUNT, AT_CRC, AT_EPOCH, AT_LENGTH, AT_MAGIC, BatchWriter } from '../batch/record-batch.ts'
import { batchBytes, CUT_SHORT } from '../batch/walker.ts'
import { checkOwnBatch } from './own-batch.ts'

function batchOf(...lines: string[]): Buffer {
  const writer = new BatchWriter(makeChunkPool())
  writer.add({ ...appendOf(linesOf(...lines)), mark: undefined }, 0)
  return Buffer.concat(writer.take().parts)
}

/** The fault of a batch of two records after some bytes of it were changed. */
function faultOf(change: (bytes: Buffer) => Buffer | unknown, isSealed = false): string | undefined {
  const bytes = batchOf('a', 'b')
  const changed = change(bytes)
  if (isSealed) bytes.writeUInt32BE(crc32c(bytes.subarray(AT_ATTRIBUTES)), AT_CRC)
  return checkOwnBatch(batchBytes(changed instanceof Buffer ? changed : bytes), 0, 0)
}

test('of several faults the one is named from which the others may follow', () => {
  const others: ((bytes: Buffer) => unknown)[] = []
  const faults: readonly (readonly [change: (bytes: Buffer) => unknown, words: string])[] = [
    [(bytes) => (bytes[bytes.length - 1] = 7), 'the checksum (CRC32C) does not match the content'],
    [(bytes) => bytes.writeInt32BE(bytes.length, AT_LENGTH), CUT_SHORT],
    [(bytes) => bytes.writeInt32BE(3, AT_LENGTH), 'the length of the batch, 15 bytes, is out of bounds'],
    [(bytes) => bytes.writeBigInt64BE(9n), 'the base offset is 9 where 0 is due'],
    [(bytes) => bytes.writeInt32BE(7, AT_EPOCH), 'the epoch is 7, not -1'],
    [(bytes) => bytes.writeInt8(1, AT_MAGIC), 'the magic number is 1 where a batch has 2'],
    [(bytes) => bytes.subarray(0, 60), CUT_SHORT],
  ]
  expect(faultOf(() => {})).toBeUndefined()
  for (const [change, words] of faults) {
    others.push(change)
    expect(faultOf((bytes) => others.map((other) => other(bytes)).at(-1))).toBe(words)
  }
})

test('a batch that is whole, but not one that the log writes, is refused in words', () => {
  const fault = (at: number, value: number) => faultOf((bytes) => void bytes.writeInt16BE(value, at), true)
  expect(fault(AT_ATTRIBUTES, 3)).toBe('the batch is compressed (lz4), which is not read here')
  expect(fault(AT_ATTRIBUTES, 7)).toBe('the batch is compressed (codec 7), which is not read here')
  expect(fault(AT_ATTRIBUTES, 16)).toBe('the batch has attributes 16, which are not read here')
  expect(fault(AT_COUNT + 2, 1)).toBe('the number of records, 1, is impossible')
})
