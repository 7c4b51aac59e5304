/** Reads the prefixes of a column: eight bytes of each value that sort like the values. No row is NULL here. */
import { unreachable } from '../../base/assert.ts'
import { viewOf } from '../../record/bytes.ts'
import type { Column, DecimalColumn, NestedColumn, StringColumn } from '../../record/column.ts'
import type { Prefixes } from './prefixes.ts'

/** The prefix of a string has seven of its bytes; the eighth is the number of bytes left, or `MORE`. */
export const TEXT_BYTES = 7
export const MORE: number = TEXT_BYTES + 1

const SIGN = 0x80000000
const ALL = 0xffffffff

/** Sets the prefixes of rows [from, to); of a string, they start at byte `skip`. */
export function readPrefix(
  column: Exclude<Column, DecimalColumn | NestedColumn>,
  to: Prefixes,
  range: readonly [number, number],
  skip: number,
): void {
  const [from, end] = range
  switch (column.kind) {
    case 'boolean':
    case 'int':
      for (let i = from; i < end; i++) to.high[i] = (column.values[to.rows[i] as number] as number) ^ SIGN
      to.low.fill(0, from, end)
      return
    case 'bigint':
      // A zero may be -0, which is the same integer.
      if (column.exact === undefined) readDoubles(column.values, 0, to, range)
      else readIntegers(column.exact, to, range)
      return
    case 'double':
      readDoubles(column.values, -0, to, range)
      return
    case 'string':
      readTexts(column, to, range, skip)
      return
    default:
      unreachable(column)
  }
}

/** The bits of each value plus `plus`, changed so that they sort like the numbers: -0 before 0, NaN last. */
function readDoubles(
  values: Float64Array,
  plus: number,
  { rows, high, low }: Prefixes,
  [from, end]: readonly [number, number],
): void {
  const number = new Float64Array(1)
  const words = new Uint32Array(number.buffer)
  for (let i = from; i < end; i++) {
    const value = (values[rows[i] as number] as number) + plus
    number[0] = value
    const upper = words[1] as number
    const lower = words[0] as number
    if (Number.isNaN(value)) high[i] = low[i] = ALL
    else if (upper >= SIGN) {
      high[i] = ~upper
      low[i] = ~lower
    } else {
      high[i] = upper ^ SIGN
      low[i] = lower
    }
  }
}

function readIntegers(
  values: BigInt64Array,
  { rows, high, low }: Prefixes,
  [from, end]: readonly [number, number],
): void {
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length)
  for (let i = from; i < end; i++) {
    const at = 2 * (rows[i] as number)
    high[i] = (words[at + 1] as number) ^ SIGN
    low[i] = words[at] as number
  }
}

function readTexts(
  column: StringColumn,
  { rows, high, low }: Prefixes,
  [from, end]: readonly [number, number],
  skip: number,
): void {
  const { bytes } = column
  const view = viewOf(bytes)
  for (let i = from; i < end; i++) {
    const row = rows[i] as number
    const at = (column.start[row] as number) + skip
    const left = (column.end[row] as number) - at
    if (left >= TEXT_BYTES && at + 8 <= bytes.length) {
      high[i] = view.getUint32(at)
      low[i] = (view.getUint32(at + 4) & ~255) | Math.min(left, MORE)
      continue
    }
    let upper = 0
    let lower = Math.min(left, MORE)
    for (let byte = 0; byte < Math.min(left, TEXT_BYTES); byte++) {
      const value = bytes[at + byte] as number
      if (byte < 4) upper |= value << (24 - 8 * byte)
      else lower |= value << (56 - 8 * byte)
    }
    high[i] = upper
    low[i] = lower
  }
}
