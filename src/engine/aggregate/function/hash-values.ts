/** Hashes of the values of columns, as Flink's APPROX_COUNT_DISTINCT makes them for each type. */
import { unreachable } from '../../../base/assert.ts'
import type {
  BigintColumn,
  Column,
  DecimalColumn,
  DoubleColumn,
  IntColumn,
  StringColumn,
} from '../../../record/column.ts'
import type { Type } from '../../../record/type.ts'
import { hashInt, hashLong, hashText } from './hash64.ts'

/** Leaves the hash of the value of a row in `hash64.ts`. */
type HashRow = (row: number) => void

const double = new Float64Array(1)
const words = new Int32Array(double.buffer)

/** The kinds of types whose values can be hashed. */
export function hasherOf(type: Type): (column: Column) => HashRow {
  switch (type.kind) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
      return (column) => {
        const { values } = column as IntColumn
        return (row) => hashInt(values[row] as number)
      }
    case 'DATE':
    case 'TIME':
      return (column) => {
        const { values } = column as IntColumn
        return (row) => hashLong((values[row] as number) >> 31, values[row] as number)
      }
    case 'BIGINT':
      return ofBigints
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return (column) => {
        const { values } = column as DoubleColumn
        return (row) => hashWhole(values[row] as number)
      }
    case 'FLOAT':
      return ofFloats
    case 'DOUBLE':
      return ofDoubles
    case 'DECIMAL': {
      const { precision } = type
      return (column) => {
        const { values } = column as DecimalColumn
        return (row) => (precision <= 18 ? hashWide(values[row] as bigint) : hashLonger(values[row] as bigint))
      }
    }
    case 'STRING':
      return ofTexts
    default:
      return unreachable(type as never)
  }
}

function ofBigints(column: Column): HashRow {
  const { values, exact } = column as BigintColumn
  return exact === undefined ? (row) => hashWhole(values[row] as number) : (row) => hashWide(exact[row] as bigint)
}

function ofDoubles(column: Column): HashRow {
  const { values } = column as DoubleColumn
  return (row) => {
    const value = values[row] as number
    double[0] = value === 0 ? 0 : value
    if (Number.isNaN(value)) hashLong(0x7ff80000, 0)
    else hashLong(words[1] as number, words[0] as number)
  }
}

const float = new Float32Array(1)
const floatWord = new Int32Array(float.buffer)

function ofFloats(column: Column): HashRow {
  const { values } = column as DoubleColumn
  return (row) => {
    const value = values[row] as number
    float[0] = value === 0 ? 0 : value
    hashInt(Number.isNaN(value) ? 0x7fc00000 : (floatWord[0] as number))
  }
}

let viewed = new Uint8Array(0)
let view = new DataView(viewed.buffer)

function ofTexts(column: Column): HashRow {
  const { bytes, start, end } = column as StringColumn
  if (viewed !== bytes) {
    viewed = bytes as typeof viewed
    view = new DataView(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength)
  }
  const seen = view
  return (row) => hashText(seen, start[row] as number, end[row] as number)
}

/** A safe integer as 64 bits. */
function hashWhole(value: number): void {
  const high = Math.floor(value / 4294967296)
  hashLong(high | 0, (value - high * 4294967296) | 0)
}

const hashWide = (value: bigint): void =>
  hashLong(Number(BigInt.asIntN(32, value >> 32n)), Number(BigInt.asIntN(32, value)))

/** As few bytes as hold the value and its sign, the first one first. */
function hashLonger(value: bigint): void {
  const bytes: number[] = []
  let rest = value
  do {
    bytes.unshift(Number(rest & 0xffn))
    rest >>= 8n
  } while (!(rest === 0n && (bytes[0] as number) < 128) && !(rest === -1n && (bytes[0] as number) >= 128))
  hashText(new DataView(Uint8Array.from(bytes).buffer), 0, bytes.length)
}
