/**
 * Values of columns as the bytes of Cassandra's protocol, a column at a time, into one buffer: no value becomes a number, text
 * or object of its own on the way. https://cassandra.apache.org/doc/latest/cassandra/reference/native-protocol.html, section 6.
 *
 *   boolean, tinyint 1 byte      smallint 2      int 4      bigint, timestamp (ms), time (ns of the day) 8      double 8, float 4, IEEE 754
 *   date    4 bytes: days since 1970-01-01, plus 2^31      uuid 16      text UTF-8, blob any bytes
 *   varint  two's complement, as short as it goes           decimal 4 bytes of scale, then the digits as a varint
 */
import { isUtf8 } from 'node:buffer'
import { assert } from '../../base/assert.ts'
import type { ZoneRules } from '../../base/timezone.ts'
import type { Column } from '../../record/column.ts'
import { exactValues } from '../../record/exact.ts'
import { isAsciiColumn } from '../../record/valid-text.ts'

export type Cells = (Buffer | null)[]

/** The cells of the first `count` rows; `refuse` is called with a row that has no such value. */
export type EncodeColumn = (column: Column, count: number, refuse: (row: number, reason: string) => void) => Cells

/** Values of `size` bytes each, which `write` writes at a position. */
const fixed =
  (
    size: number,
    open: (column: Column, count: number, into: Buffer) => (row: number, at: number) => void,
  ): EncodeColumn =>
  (column, count) => {
    const into = Buffer.allocUnsafeSlow(count * size)
    const write = open(column, count, into)
    const { nulls } = column
    const cells: Cells = new Array(count)
    for (let row = 0; row < count; row++) {
      if (nulls?.[row] === 1) cells[row] = null
      else {
        const at = row * size
        write(row, at)
        cells[row] = into.subarray(at, at + size)
      }
    }
    return cells
  }

/** The values of a column whose elements are numbers. */
function numbersOf(column: Column): Uint8Array | Int32Array | Float64Array {
  assert('values' in column && column.kind !== 'decimal' && column.kind !== 'map', 'a column of numbers')
  return column.values
}

export const encodeBoolean: EncodeColumn = fixed(1, (column, _, into) => {
  const values = numbersOf(column)
  return (row, at) => {
    into[at] = values[row] as number
  }
})

export const encodeTinyint: EncodeColumn = fixed(1, (column, _, into) => {
  const values = numbersOf(column)
  return (row, at) => into.writeInt8(values[row] as number, at)
})

export const encodeSmallint: EncodeColumn = fixed(2, (column, _, into) => {
  const values = numbersOf(column)
  return (row, at) => into.writeInt16BE(values[row] as number, at)
})

export const encodeInt: EncodeColumn = fixed(4, (column, _, into) => {
  const values = numbersOf(column)
  return (row, at) => into.writeInt32BE(values[row] as number, at)
})

export const encodeFloat: EncodeColumn = fixed(4, (column, _, into) => {
  const values = numbersOf(column)
  return (row, at) => into.writeFloatBE(values[row] as number, at)
})

export const encodeDouble: EncodeColumn = fixed(8, (column, _, into) => {
  const values = numbersOf(column)
  return (row, at) => into.writeDoubleBE(values[row] as number, at)
})

const EPOCH_DAY = 2 ** 31

export const encodeDate: EncodeColumn = fixed(4, (column, _, into) => {
  const values = numbersOf(column)
  return (row, at) => into.writeUInt32BE((values[row] as number) + EPOCH_DAY, at)
})

const NS_PER_MS = 1_000_000

export const encodeTime: EncodeColumn = fixed(8, (column, _, into) => {
  const values = numbersOf(column)
  return (row, at) => writeInteger(into, (values[row] as number) * NS_PER_MS, at)
})

export const encodeBigint: EncodeColumn = fixed(8, (column, count, into) => {
  if (column.kind === 'bigint' && column.exact !== undefined) {
    const exact = exactValues(column, count)
    return (row, at) => into.writeBigInt64BE(exact[row] as bigint, at)
  }
  const values = numbersOf(column)
  return (row, at) => writeInteger(into, values[row] as number, at)
})

/** Wall clocks are instants by the clock of this zone; undefined: they are instants. */
export const encodeTimestamp = (zone: ZoneRules | undefined): EncodeColumn =>
  fixed(8, (column, _, into) => {
    const values = numbersOf(column)
    if (zone === undefined) return (row, at) => writeInteger(into, values[row] as number, at)
    return (row, at) => writeInteger(into, zone.toInstant(values[row] as number), at)
  })

const TWO_TO_32 = 2 ** 32

/** A safe integer as 8 bytes. */
function writeInteger(into: Buffer, value: number, at: number): void {
  const high = Math.floor(value / TWO_TO_32)
  into.writeInt32BE(high, at)
  into.writeUInt32BE(value - high * TWO_TO_32, at + 4)
}

export const encodeVarint: EncodeColumn = (column, count) => {
  assert(column.kind === 'bigint' || column.kind === 'int', 'a column of integers')
  const exact = column.kind === 'bigint' ? exactValues(column, count) : undefined
  return cellsOf(column, count, (row) => varint(exact?.[row] ?? BigInt(numbersOf(column)[row] as number)))
}

/** Decimals of this scale. */
export const encodeDecimal =
  (scale: number): EncodeColumn =>
  (column, count) => {
    assert(column.kind === 'decimal', 'a column of decimals')
    const head = Buffer.alloc(4)
    head.writeInt32BE(scale)
    return cellsOf(column, count, (row) => Buffer.concat([head, varint(column.values[row] as bigint)]))
  }

function cellsOf({ nulls }: Column, count: number, cell: (row: number) => Buffer): Cells {
  return Array.from({ length: count }, (_, row) => (nulls?.[row] === 1 ? null : cell(row)))
}

/** Two's complement in as few bytes as hold the sign, too. */
function varint(value: bigint): Buffer {
  let length = 1
  while (BigInt.asIntN(length * 8, value) !== value) length++
  const hex = BigInt.asUintN(length * 8, value)
    .toString(16)
    .padStart(length * 2, '0')
  return Buffer.from(hex, 'hex')
}

export const encodeBlob: EncodeColumn = (column, count) => {
  assert(column.kind === 'string', 'a column of bytes')
  const { bytes, start, end } = column
  return cellsOf(column, count, (row) => Buffer.from(bytes.subarray(start[row], end[row])))
}

/** Bytes that are not UTF-8 become U+FFFD, as everywhere where texts go out. */
export const encodeText: EncodeColumn = (column, count) => {
  assert(column.kind === 'string', 'a column of texts')
  const { bytes, start, end, nulls } = column
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isSafe = isAsciiColumn(column, count)
  const cells: Cells = new Array(count)
  for (let row = 0; row < count; row++) {
    if (nulls?.[row] === 1) cells[row] = null
    else {
      const cell = whole.subarray(start[row], end[row])
      cells[row] = isSafe || isUtf8(cell) ? cell : Buffer.from(cell.toString())
    }
  }
  return cells
}

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i
const UUID_BYTES = 16

/** Texts that are UUIDs. */
export const encodeUuid: EncodeColumn = (column, count, refuse) => {
  assert(column.kind === 'string', 'a column of texts')
  const { bytes, start, end, nulls } = column
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const into = Buffer.allocUnsafeSlow(count * UUID_BYTES)
  const cells: Cells = new Array(count).fill(null)
  for (let row = 0; row < count; row++) {
    if (nulls?.[row] === 1) continue
    const text = whole.toString('latin1', start[row], end[row])
    if (UUID.test(text)) {
      const at = row * UUID_BYTES
      into.write(text.replaceAll('-', ''), at, 'hex')
      cells[row] = into.subarray(at, at + UUID_BYTES)
    } else refuse(row, `'${text.slice(0, 50)}' is no UUID`)
  }
  return cells
}
