/**
 * Writes rows as records of Avro. How each value is written (`Put.how`):
 *
 *   boolean                  one byte
 *   whole, times, symbol     a varint; of times: milliseconds in the unit of the schema
 *   float, double            4 or 8 bytes, little-endian
 *   text, bytes, decimal     a length, and the bytes; those of a text that are not UTF-8 are replaced
 *   fixed, uuid, fixed decimal   the bytes
 *   array, map               one block: the count, the items, and 0
 *   record                   its fields, one after the other
 *
 * Before each stands the branch of a union, if its type is one. Source: Apache Avro 1.12, Specification, "Binary Encoding".
 */
import { isUtf8 } from 'node:buffer'
import type { Column, Records, StringColumn } from '../../record/column.ts'
import type { Put } from './put.ts'
import { RecordBytes } from './record-bytes.ts'

/** The rows [from, to). `refuse` gets each that cannot be written, and it is left out. */
export type WrittenRows = {
  readonly columns: readonly Column[]
  readonly from: number
  readonly to: number
  refuse(row: number, reason: string): void
}

/** The rows as records, each with `head` before it. */
export function writeRows(puts: readonly Put[], head: Uint8Array, { columns, from, to, refuse }: WrittenRows): Records {
  const out = new RecordBytes(64 * (to - from) + 64)
  const start = new Int32Array(to - from)
  const end = new Int32Array(to - from)
  let count = 0
  for (let row = from; row < to; row++) {
    const began = out.length
    out.add(head)
    const reason = putFields(puts, columns, row, out)
    if (reason !== undefined) {
      out.cut(began)
      refuse(row, reason)
      continue
    }
    start[count] = began
    end[count++] = out.length
  }
  return { bytes: out.taken(), start: start.subarray(0, count), end: end.subarray(0, count), count }
}

/** Writes the fields of a row; gives why it cannot be written, if so. */
function putFields(
  puts: readonly Put[],
  columns: readonly Column[],
  row: number,
  out: RecordBytes,
): string | undefined {
  for (let i = 0; i < puts.length; i++) {
    const put = puts[i] as Put
    if (put.how === 'constant') {
      out.add(put.constant)
      continue
    }
    const reason = putValue(put, columns[put.column] as Column, row, out)
    if (reason !== undefined) return reason
  }
  return undefined
}

function putValue(put: Put, column: Column, row: number, out: RecordBytes): string | undefined {
  if (column.nulls?.[row] === 1) {
    if (put.null === undefined) return `column ${put.what} is NULL, and its field is never null`
    out.add(put.null)
    return undefined
  }
  if (put.branch.length > 0) out.add(put.branch)
  switch (column.kind) {
    case 'boolean':
      out.byte(column.values[row] as number)
      return undefined
    case 'int':
      putNumber(put, column.values[row] as number, out)
      return undefined
    case 'double':
      putNumber(put, column.values[row] as number, out)
      return undefined
    case 'bigint':
      if (column.exact === undefined) out.whole(column.values[row] as number)
      else out.big(column.exact[row] as bigint)
      return undefined
    case 'decimal':
      return putDecimal(put, column.values[row] as bigint, out)
    case 'string':
      return putText(put, column, row, out)
    default:
      return putParts(put, column, row, out)
  }
}

function putNumber({ how, size }: Put, value: number, out: RecordBytes): void {
  if (how === 'double') out.double(value)
  else if (how === 'float') out.float(value)
  else if (how !== 'times') out.whole(value)
  else if (Number.isSafeInteger(value * size)) out.whole(value * size)
  else out.big(BigInt(value) * BigInt(size))
}

function putDecimal({ how, size, what }: Put, value: bigint, out: RecordBytes): string | undefined {
  if (how === 'times') return putNanos(value / BigInt(1_000_000 / size), what, out)
  const bytes = bytesOf(value)
  if (how === 'decimal') {
    out.whole(bytes.length)
    out.add(bytes)
    return undefined
  }
  if (bytes.length > size) return `column ${what} is longer than the ${size} bytes of its field`
  for (let i = bytes.length; i < size; i++) out.byte(value < 0n ? 255 : 0)
  out.add(bytes)
  return undefined
}

/** Nanoseconds have 64 bits in Avro: those of 1677 to 2262. */
function putNanos(count: bigint, what: string, out: RecordBytes): string | undefined {
  if (BigInt.asIntN(64, count) !== count)
    return `column ${what} is before 1677-09-22 or after 2262-04-11, and its field counts nanoseconds`
  out.big(count)
  return undefined
}

/** The shortest bytes of a signed number, the highest first. */
function bytesOf(value: bigint): Uint8Array {
  const bytes: number[] = []
  let rest = value
  do {
    bytes.push(Number(rest & 255n))
    rest >>= 8n
  } while (!(rest === 0n || rest === -1n) || (rest === -1n) !== (bytes.at(-1) ?? 0) > 127)
  return Uint8Array.from(bytes.reverse())
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

function putText(put: Put, column: StringColumn, row: number, out: RecordBytes): string | undefined {
  const { how, what, size } = put
  const [from, end] = [column.start[row] as number, column.end[row] as number]
  if (how === 'text' && out.ascii(column.bytes, from, end)) return undefined
  const text = column.bytes.subarray(from, end)
  switch (how) {
    case 'fixed':
      if (text.length !== size) return `column ${what} has ${text.length} bytes, and its field ${size}`
      out.add(text)
      return undefined
    case 'symbol': {
      const symbol = put.symbols.get(Buffer.from(text).toString())
      if (symbol === undefined) return `column ${what} is none of the symbols of its field`
      out.add(symbol)
      return undefined
    }
    case 'uuid': {
      const written = Buffer.from(text).toString()
      if (!UUID.test(written)) return `column ${what} is no UUID`
      out.add(Buffer.from(written.replaceAll('-', ''), 'hex'))
      return undefined
    }
    default: {
      // U+FFFD stands for what is not UTF-8 in a text: other readers would not take it.
      const written = how === 'bytes' || isUtf8(text) ? text : Buffer.from(Buffer.from(text).toString())
      out.whole(written.length)
      out.add(written)
      return undefined
    }
  }
}

type Parts = Extract<Column, { kind: 'list' | 'map' | 'row' }>

function putParts({ inner }: Put, column: Parts, row: number, out: RecordBytes): string | undefined {
  if (column.kind === 'row') return putFields(inner, column.fields, row, out)
  const columns = column.kind === 'list' ? [column.items] : [column.keys, column.values]
  const [from, to] = [column.start[row] as number, column.end[row] as number]
  if (to > from) out.whole(to - from)
  for (let at = from; at < to; at++) {
    const reason = putFields(inner, columns, at, out)
    if (reason !== undefined) return reason
  }
  out.whole(0)
  return undefined
}
