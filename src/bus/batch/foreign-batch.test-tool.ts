/** Batches as other producers, compaction and brokers leave them, for tests: written by the layout, a byte at a time. */
import { crc32c } from '../../base/digest.ts'

export type ForeignRecord = {
  readonly delta: number
  readonly key?: string | null
  readonly value: string | null
  readonly time?: number
}

export type ForeignBatch = {
  readonly baseOffset?: number
  readonly attributes?: number
  readonly maxTime?: number
  readonly lastDelta?: number
  readonly producerId?: bigint
  /** Changes the records as they are written. */
  readonly compress?: (records: Uint8Array) => Uint8Array
}

const varint = (value: number): number[] => {
  const bytes: number[] = []
  for (let left = value < 0 ? -2 * value - 1 : 2 * value; ; left = Math.floor(left / 128)) {
    if (left < 128) return [...bytes, left]
    bytes.push((left % 128) | 128)
  }
}

const field = (text: string | null | undefined): number[] =>
  text === null || text === undefined ? varint(-1) : [...varint(Buffer.byteLength(text)), ...Buffer.from(text)]

/** A batch with an epoch, a producer id, a header at each record, gaps and NULL values. */
export function foreignBatch(records: readonly ForeignRecord[], form: ForeignBatch = {}): Buffer {
  const { baseOffset = 0, attributes = 0, maxTime = 0, lastDelta = records.at(-1)?.delta ?? 0 } = form
  const { producerId = 42n, compress = (bytes) => bytes } = form
  const body = records.flatMap(({ delta, key, value, time = 0 }) => {
    const content = [0, ...varint(time), ...varint(delta), ...field(key), ...field(value), ...varint(1), ...field('h')]
    const whole = [...content, ...field('x')]
    return [...varint(whole.length), ...whole]
  })
  const written = compress(Buffer.from(body))
  const bytes = Buffer.alloc(61 + written.length)
  bytes.writeBigInt64BE(BigInt(baseOffset), 0)
  bytes.writeInt32BE(bytes.length - 12, 8)
  bytes.writeInt32BE(7, 12)
  bytes.writeInt8(2, 16)
  bytes.writeInt16BE(attributes, 21)
  bytes.writeInt32BE(lastDelta, 23)
  bytes.writeBigInt64BE(BigInt(maxTime), 35)
  bytes.writeBigInt64BE(producerId, 43)
  bytes.writeInt32BE(records.length, 57)
  bytes.set(written, 61)
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17)
  return bytes
}
