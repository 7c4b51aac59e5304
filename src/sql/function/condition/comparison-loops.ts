/**
 * Comparisons over columns of one type. `=`, `<` and `<=` are enough: `<>` is the opposite of `=` (so that NaN, equal
 * to nothing, is `<>` to everything), and `>` and `>=` are `<` and `<=` with the sides swapped.
 */

import { compareBytes, viewOf } from '../../../record/bytes.ts'
import type {
  BigintColumn,
  BooleanColumn,
  Column,
  DecimalColumn,
  DoubleColumn,
  IntColumn,
  StringColumn,
} from '../../../record/column.ts'
import { exactValues } from '../../../record/exact.ts'
import type { Compute } from '../../expression/expression.ts'
import { powerOfTen } from '../decimal.ts'
import { anyNull, booleanOutput } from '../output.ts'
import { unitOrder } from '../text/bytes.ts'

export type Test = '=' | '<' | '<='

type Values = Float64Array | Int32Array | Uint8Array

/** Each kind of array has a loop of its own, as a loop that reads several kinds is slower. */
function compareDoubles(test: Test, a: Float64Array, b: Float64Array, out: Uint8Array, count: number): void {
  if (test === '=') for (let row = 0; row < count; row++) out[row] = a[row] === b[row] ? 1 : 0
  else if (test === '<')
    for (let row = 0; row < count; row++) out[row] = (a[row] as number) < (b[row] as number) ? 1 : 0
  else for (let row = 0; row < count; row++) out[row] = (a[row] as number) <= (b[row] as number) ? 1 : 0
}

function compareInts(test: Test, a: Int32Array, b: Int32Array, out: Uint8Array, count: number): void {
  if (test === '=') for (let row = 0; row < count; row++) out[row] = a[row] === b[row] ? 1 : 0
  else if (test === '<')
    for (let row = 0; row < count; row++) out[row] = (a[row] as number) < (b[row] as number) ? 1 : 0
  else for (let row = 0; row < count; row++) out[row] = (a[row] as number) <= (b[row] as number) ? 1 : 0
}

function compareOthers<T extends number | bigint>(
  test: Test,
  a: { [row: number]: T },
  b: { [row: number]: T },
  out: BooleanColumn,
  count: number,
): void {
  const { values } = out
  if (test === '=') for (let row = 0; row < count; row++) values[row] = a[row] === b[row] ? 1 : 0
  else if (test === '<') for (let row = 0; row < count; row++) values[row] = (a[row] as T) < (b[row] as T) ? 1 : 0
  else for (let row = 0; row < count; row++) values[row] = (a[row] as T) <= (b[row] as T) ? 1 : 0
}

/** Compares values of INT, DATE, TIME, BIGINT, DOUBLE, BOOLEAN, timestamps or intervals. */
export function numberComparison(test: Test): Compute {
  const output = booleanOutput()
  return (columns, count) => {
    const out = output(count)
    const [a, b] = columns as [Column, Column]
    if (a.kind === 'bigint' && b.kind === 'bigint') compareBigints(test, a, b, out, count)
    else if (a.kind === 'int') compareInts(test, a.values, (b as IntColumn).values, out.values, count)
    else if (a.kind === 'double') compareDoubles(test, a.values, (b as DoubleColumn).values, out.values, count)
    else compareOthers<number>(test, (a as BooleanColumn).values, (b as BooleanColumn).values as Values, out, count)
    return out
  }
}

function compareBigints(test: Test, a: BigintColumn, b: BigintColumn, out: BooleanColumn, count: number): void {
  if (a.exact === undefined && b.exact === undefined) compareDoubles(test, a.values, b.values, out.values, count)
  else compareOthers<bigint>(test, exactValues(a, count), exactValues(b, count), out, count)
}

/** Compares DECIMALs of any two scales, at the greater one. */
export function decimalComparison(test: Test, aScale: number, bScale: number): Compute {
  const output = booleanOutput()
  const aFactor = powerOfTen(Math.max(0, bScale - aScale))
  const bFactor = powerOfTen(Math.max(0, aScale - bScale))
  return (columns, count) => {
    const out = output(count)
    const a = (columns[0] as DecimalColumn).values
    const b = (columns[1] as DecimalColumn).values
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      const x = (a[row] as bigint) * aFactor
      const y = (b[row] as bigint) * bFactor
      out.values[row] = (test === '=' ? x === y : test === '<' ? x < y : x <= y) ? 1 : 0
    }
    return out
  }
}

/** Compares texts: by bytes for `=`, else by UTF-16 units. */
export function stringComparison(test: Test): Compute {
  const output = booleanOutput()
  return (columns, count) => {
    const out = output(count)
    const [a, b] = columns as [StringColumn, StringColumn]
    if (test === '=') equalStrings(a, b, out.values, count)
    else orderStrings(a, b, out.values, test === '<' ? 0 : 1, count)
    return out
  }
}

function equalStrings(a: StringColumn, b: StringColumn, out: Uint8Array, count: number): void {
  const { bytes: aBytes, start: aStart, end: aEnd } = a
  const { bytes: bBytes, start: bStart, end: bEnd } = b
  for (let row = 0; row < count; row++) {
    let i = aStart[row] as number
    let j = bStart[row] as number
    const end = aEnd[row] as number
    let equal = end - i === (bEnd[row] as number) - j
    while (equal && i < end) equal = aBytes[i++] === bBytes[j++]
    out[row] = equal ? 1 : 0
  }
}

/**
 * 1 where a - b is below `limit`. Flink compares strings that came from a source as Java does, by UTF-16 units: a
 * character of two of them (4 bytes in UTF-8) comes before U+E000 to U+FFFF, though its bytes are greater.
 */
function orderStrings(a: StringColumn, b: StringColumn, out: Uint8Array, limit: number, count: number): void {
  const { bytes: aBytes, start: aStart, end: aEnd } = a
  const { bytes: bBytes, start: bStart, end: bEnd } = b
  for (let row = 0; row < count; row++) {
    let i = aStart[row] as number
    let j = bStart[row] as number
    const aLength = (aEnd[row] as number) - i
    const bLength = (bEnd[row] as number) - j
    const end = i + Math.min(aLength, bLength)
    let difference = 0
    while (i < end && difference === 0) difference = unitOrder(aBytes[i++] as number) - unitOrder(bBytes[j++] as number)
    if (difference === 0) difference = aLength - bLength
    out[row] = difference < limit ? 1 : 0
  }
}

/** Compares BYTES, of which those from 128 on are greater than others. */
export function bytesComparison(test: Test): Compute {
  const output = booleanOutput()
  return (columns, count) => {
    const out = output(count)
    const [a, b] = columns as [StringColumn, StringColumn]
    if (test === '=') equalStrings(a, b, out.values, count)
    else {
      const [left, right] = [viewOf(a.bytes), viewOf(b.bytes)]
      const limit = test === '<' ? 0 : 1
      for (let row = 0; row < count; row++) {
        const [from, end] = [a.start[row] as number, a.end[row] as number]
        const order = compareBytes(left, from, end, right, b.start[row] as number, b.end[row] as number)
        out.values[row] = order < limit ? 1 : 0
      }
    }
    return out
  }
}

/** `=` with a literal. Length and last byte are compared first, as most rows differ there. */
export function equalsLiteral(text: Uint8Array, whenEqual: 0 | 1): Compute {
  const output = booleanOutput()
  const length = text.length
  const last = text[length - 1]
  return (columns, count) => {
    const out = output(count)
    const { values } = out
    const { bytes, start, end } = columns[0] as StringColumn
    for (let row = 0; row < count; row++) {
      const from = start[row] as number
      const to = end[row] as number
      let equal = to - from === length && (length === 0 || bytes[to - 1] === last)
      for (let index = 0; equal && index < length; index++) equal = bytes[from + index] === text[index]
      values[row] = equal ? whenEqual : 1 - whenEqual
    }
    return out
  }
}

/** The comparison with the opposite answer. */
export function negated(compare: Compute): Compute {
  return (columns, count) => {
    const out = compare(columns, count) as BooleanColumn
    const { values } = out
    for (let row = 0; row < count; row++) values[row] = 1 - (values[row] as number)
    return out
  }
}

/** The comparison with its sides swapped. */
export function swapped(compare: Compute): Compute {
  return ([a, b], count) => compare([b as Column, a as Column], count)
}
