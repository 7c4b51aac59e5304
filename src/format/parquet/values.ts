/**
 * Decodes the values of pages into columns, by their physical type, encoding and meaning. Here no value is NULL: those that are
 * not there are put between the others later (`assemble.ts`).
 */
import type { ParquetType } from 'hyparquet'
import { deltaBinaryUnpack, deltaByteArray, deltaLengthByteArray } from 'hyparquet/src/delta.js'
import { byteStreamSplit } from 'hyparquet/src/encoding.js'
import { assert } from '../../base/assert.ts'
import { Failure } from '../../base/failure.ts'
import { type Column, makeColumn } from '../../record/column.ts'
import { readHybrid } from './hybrid.ts'
import { decimalIn, halfIn, int96Ms, msOfWords, numberOfWords, uuidText } from './meaning.ts'
import type { EncodedValues } from './pages.ts'
import type { Leaf } from './schema.ts'
import { TextStore } from './text-store.ts'

/** Physical values one after the other; of 64-bit integers the two halves, the lower one first. */
type Physical =
  | { readonly kind: 'numbers'; readonly values: Int32Array | Float32Array | Float64Array | Uint8Array }
  | { readonly kind: 'ranges'; readonly bytes: Uint8Array; readonly start: Int32Array; readonly end: Int32Array }
  | { readonly kind: 'texts'; readonly values: readonly Uint8Array[] }

/** Bytes of a value of fixed width. */
const WIDTHS: { readonly [type in ParquetType]?: number } = { INT32: 4, INT64: 8, INT96: 12, FLOAT: 4, DOUBLE: 8 }

/** The values of one leaf in one row group, as they are gathered. */
export class LeafValues {
  readonly #leaf: Leaf
  readonly #column: Column
  readonly #texts = new TextStore()
  /** Of a BIGINT, each in two halves. */
  readonly #words: Int32Array | undefined
  #hasUnsafe = false
  #dictionary: LeafValues | undefined
  #count = 0

  /** Room for `capacity` values. */
  constructor(leaf: Leaf, capacity: number, texts?: TextStore) {
    this.#leaf = leaf
    this.#column = makeColumn(leaf.type, capacity)
    if (texts !== undefined) this.#texts = texts
    this.#words = leaf.meaning === 'bigint' ? new Int32Array(2 * capacity) : undefined
  }

  /** Takes a dictionary page: `count` values that pages of the chunk name by their places. */
  addDictionary(count: number, values: EncodedValues): void {
    this.#dictionary = new LeafValues(this.#leaf, count, this.#texts)
    this.#dictionary.add(count, values)
  }

  /** Takes the next `count` values. Throws a Failure where they are damaged, or in an encoding that is not read. */
  add(count: number, values: EncodedValues): void {
    if (count === 0) return
    if (/DICTIONARY$/.test(values.encoding ?? '')) this.#addIndexed(count, values)
    else this.#addPhysical(physicalOf(this.#leaf, count, values), count)
    this.#count += count
  }

  /** The column of all values; no more may be added. */
  end(): Column {
    const column = this.#column
    if (column.kind === 'string') column.bytes = this.#texts.bytes
    if (column.kind === 'bigint' && this.#hasUnsafe && this.#words !== undefined) {
      column.exact = new BigInt64Array(this.#words.buffer)
    }
    return column
  }

  #addPhysical(physical: Physical, count: number): void {
    const [column, at] = [this.#column, this.#count]
    switch (column.kind) {
      case 'string':
        this.#addTexts(physical, count)
        return
      case 'bigint':
        this.#addBigints(physical, count)
        return
      case 'boolean':
      case 'int':
      case 'double':
        this.#addNumbers(column.values, physical, { at, count })
        return
      case 'decimal':
        for (let i = 0; i < count; i++) column.values[at + i] = decimalAt(this.#leaf, physical, i)
    }
  }

  #addNumbers(
    into: Uint8Array | Int32Array | Float64Array,
    physical: Physical,
    { at, count }: { readonly at: number; readonly count: number },
  ): void {
    const { meaning, element } = this.#leaf
    if (physical.kind === 'ranges' || physical.kind === 'texts') {
      const read = meaning === 'int96' ? int96Ms : halfIn
      for (let i = 0; i < count; i++) into[at + i] = read(bytesAt(physical, i))
      return
    }
    const { values } = physical
    if (typeof meaning === 'object' && element.type === 'INT64') {
      const { per } = meaning
      for (let i = 0; i < count; i++) {
        into[at + i] = msOfWords(values[2 * i] as number, values[2 * i + 1] as number, per)
      }
    } else into.set(values.subarray(0, count), at)
    if (typeof meaning === 'object' && meaning.clock) cutClocks(into, at, count)
  }

  #addBigints(physical: Physical, count: number): void {
    const [column, at] = [this.#column, this.#count]
    assert(column.kind === 'bigint' && physical.kind === 'numbers', 'a BIGINT is made of integers')
    const { values } = physical
    if (this.#leaf.meaning === 'uint32') {
      for (let i = 0; i < count; i++) column.values[at + i] = (values[i] as number) >>> 0
      return
    }
    this.#words?.set(values.subarray(0, 2 * count) as Int32Array, 2 * at)
    for (let i = 0; i < count; i++) {
      const value = numberOfWords(values[2 * i] as number, values[2 * i + 1] as number)
      if (!Number.isSafeInteger(value)) this.#hasUnsafe = true
      column.values[at + i] = value
    }
  }

  #addTexts(physical: Physical, count: number): void {
    const [column, at] = [this.#column, this.#count]
    assert(column.kind === 'string' && physical.kind !== 'numbers', 'a text is made of bytes')
    if (physical.kind === 'ranges' && this.#leaf.meaning === 'bytes') {
      const base = this.#texts.add(physical.bytes)
      for (let i = 0; i < count; i++) {
        column.start[at + i] = base + (physical.start[i] as number)
        column.end[at + i] = base + (physical.end[i] as number)
      }
      return
    }
    for (let i = 0; i < count; i++) {
      const bytes = bytesAt(physical, i)
      const text = this.#leaf.meaning === 'uuid' ? uuidText(bytes) : bytes
      const base = this.#texts.add(text)
      column.start[at + i] = base
      column.end[at + i] = base + text.length
    }
  }

  #addIndexed(count: number, { bytes, at }: EncodedValues): void {
    const from = this.#dictionary
    if (from === undefined) throw new Failure('corrupt', 'damaged: a page has no dictionary')
    const indexes = new Int32Array(count)
    readHybrid(bytes, { from: at + 1, to: bytes.length, width: bytes[at] ?? 0 }, indexes, count)
    for (let i = 0; i < count; i++) {
      if ((indexes[i] as number) >>> 0 >= from.#count)
        throw new Failure('corrupt', 'damaged: a value is not in the dictionary')
    }
    this.#copy(from, indexes, count)
  }

  /** Copies values of a dictionary. */
  #copy(from: LeafValues, indexes: Int32Array, count: number): void {
    const [column, source, at] = [this.#column, from.#column, this.#count]
    if (column.kind === 'string' && source.kind === 'string') {
      for (let i = 0; i < count; i++) {
        const index = indexes[i] as number
        column.start[at + i] = source.start[index] as number
        column.end[at + i] = source.end[index] as number
      }
    } else if (column.kind === 'decimal' && source.kind === 'decimal') {
      for (let i = 0; i < count; i++) column.values[at + i] = source.values[indexes[i] as number] ?? 0n
    } else if ('values' in column && 'values' in source && column.kind !== 'map' && column.kind !== 'decimal') {
      const { values } = source as typeof column
      for (let i = 0; i < count; i++) column.values[at + i] = values[indexes[i] as number] as number
    }
    if (this.#words === undefined || from.#words === undefined) return
    this.#hasUnsafe ||= from.#hasUnsafe
    for (let i = 0; i < count; i++) {
      this.#words[2 * (at + i)] = from.#words[2 * (indexes[i] as number)] as number
      this.#words[2 * (at + i) + 1] = from.#words[2 * (indexes[i] as number) + 1] as number
    }
  }
}

/** Milliseconds of a day. */
const DAY_MS = 86_400_000

/** A TIME has whole seconds. */
function cutClocks(values: Uint8Array | Int32Array | Float64Array, at: number, count: number): void {
  for (let i = at; i < at + count; i++) {
    const time = values[i] as number
    if (time < 0 || time >= DAY_MS) throw new Failure('corrupt', `damaged: ${time} ms is no time of a day`)
    values[i] = time - (time % 1_000)
  }
}

function decimalAt({ element, meaning }: Leaf, physical: Physical, i: number): bigint {
  if (physical.kind !== 'numbers') return decimalIn(bytesAt(physical, i))
  const { values } = physical
  if (element.type === 'INT32') return BigInt(values[i] as number)
  const whole = (BigInt(values[2 * i + 1] as number) << 32n) | BigInt((values[2 * i] as number) >>> 0)
  return meaning === 'uint64' ? BigInt.asUintN(64, whole) : whole
}

const bytesAt = (physical: Exclude<Physical, { kind: 'numbers' }>, i: number): Uint8Array =>
  physical.kind === 'texts'
    ? (physical.values[i] as Uint8Array)
    : physical.bytes.subarray(physical.start[i], physical.end[i])

function physicalOf({ element }: Leaf, count: number, { bytes, at, encoding }: EncodedValues): Physical {
  const { type = 'BOOLEAN', type_length: width } = element
  const rest = () => ({ view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: at })
  switch (encoding) {
    case 'PLAIN':
      return plain(type, { bytes, at, count, width: width ?? 0 })
    case 'RLE': {
      // The values of a BOOLEAN column, with their length in front.
      const values = new Uint8Array(count)
      readHybrid(bytes, { from: at + 4, to: bytes.length, width: 1 }, values, count)
      return { kind: 'numbers', values }
    }
    case 'BYTE_STREAM_SPLIT': {
      const values = byteStreamSplit(rest(), count, type, width)
      return Array.isArray(values) ? { kind: 'texts', values: values as Uint8Array[] } : numbers(values)
    }
    case 'DELTA_BINARY_PACKED': {
      const values = type === 'INT32' ? new Int32Array(count) : new BigInt64Array(count)
      deltaBinaryUnpack(rest(), count, values)
      return numbers(values)
    }
    case 'DELTA_LENGTH_BYTE_ARRAY':
    case 'DELTA_BYTE_ARRAY': {
      const values: Uint8Array[] = new Array(count)
      const read = encoding === 'DELTA_BYTE_ARRAY' ? deltaByteArray : deltaLengthByteArray
      read(rest(), count, values)
      return { kind: 'texts', values }
    }
    default:
      // A number in a damaged page has no name.
      if (encoding === undefined) throw new Failure('corrupt', 'has a damaged page: it names no encoding')
      throw new Failure('not-text', `has values in the encoding ${encoding}, which tailrace does not read`)
  }
}

/** Numbers of the library as they are taken here. */
function numbers(values: unknown): Physical {
  if (values instanceof BigInt64Array) {
    return { kind: 'numbers', values: new Int32Array(values.buffer, values.byteOffset, 2 * values.length) }
  }
  return { kind: 'numbers', values: values as Int32Array | Float32Array | Float64Array }
}

type Plain = { readonly bytes: Uint8Array; readonly at: number; readonly count: number; readonly width: number }

function plain(type: ParquetType, { bytes, at, count, width }: Plain): Physical {
  const fixed = WIDTHS[type] ?? width
  if (type === 'BOOLEAN') {
    if (at + Math.ceil(count / 8) > bytes.length) throw cutOff()
    const values = new Uint8Array(count)
    for (let i = 0; i < count; i++) values[i] = ((bytes[at + (i >> 3)] as number) >> (i & 7)) & 1
    return { kind: 'numbers', values }
  }
  if (type === 'BYTE_ARRAY') return prefixed(bytes, at, count)
  if (at + count * fixed > bytes.length || fixed === 0) throw cutOff()
  if (type === 'FIXED_LEN_BYTE_ARRAY' || type === 'INT96') {
    const start = Int32Array.from({ length: count }, (_, i) => i * fixed)
    return {
      kind: 'ranges',
      bytes: bytes.subarray(at, at + count * fixed),
      start,
      end: start.map((from) => from + fixed),
    }
  }
  // A copy, as typed arrays must begin at a multiple of their width.
  const { buffer } = Uint8Array.from(bytes.subarray(at, at + count * fixed))
  if (type === 'FLOAT') return { kind: 'numbers', values: new Float32Array(buffer) }
  if (type === 'DOUBLE') return { kind: 'numbers', values: new Float64Array(buffer) }
  return { kind: 'numbers', values: new Int32Array(buffer) }
}

/** Texts, each behind its length in 4 bytes. */
function prefixed(bytes: Uint8Array, from: number, count: number): Physical {
  const [start, end] = [new Int32Array(count), new Int32Array(count)]
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = from
  for (let i = 0; i < count; i++) {
    if (at + 4 > bytes.length) throw cutOff()
    start[i] = at + 4
    at += 4 + view.getUint32(at, true)
    if (at > bytes.length) throw cutOff()
    end[i] = at
  }
  return { kind: 'ranges', bytes, start, end }
}

const cutOff = (): Failure => new Failure('corrupt', 'damaged: the values of a page are cut off')
