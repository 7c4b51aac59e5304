/**
 * A column whose values are read from text: the fields of CSV, the members of JSON. Every type reads the same texts in
 * both. The next value of a row replaces the last, so a rejected record needs no undoing: the next record takes its row.
 */
import { assert } from '../../base/assert.ts'
import { type Column, makeColumn, type Nulls } from '../../record/column.ts'
import { floatOfText } from '../../record/float.ts'
import { integerBits, isSmallInteger, type Type } from '../../record/type.ts'
import type { DeclaredColumn, EpochUnit } from '../declared-columns.ts'
import { DecodedBytes } from './base64.ts'
import { complaintOf } from './complaint.ts'
import { epochTime } from './epoch.ts'
import { isExactNumber } from './exact-number.ts'
import { fineTime } from './fine-time.ts'
import { IsoScan } from './iso.ts'
import { areDigits, exactIntegers, latin1, NumberScan, SAFE_DIGITS, smallDigits, truthIn } from './number.ts'

const BLANK = 32
const MINUS = 45

/** The values of one column in the batch that is being read. */
export class ParsedColumn {
  readonly name: string
  readonly type: Type
  /** Whether the query wants it. It is checked in any case: whether a record is a row must not depend on the query. */
  readonly isWanted: boolean
  /** What a number of a TIMESTAMP_LTZ counts; undefined if that was not declared. */
  readonly unit: EpochUnit | undefined
  /** What kind of column it becomes. */
  readonly #kind: Column['kind']
  /** Of a whole number of 32 bits at most. */
  readonly #greatest: number
  /** Whether a number is refused that the type would change. */
  readonly isStrict: boolean
  /** 1 for a row where it is NULL. */
  nulls: Uint8Array = new Uint8Array(0)
  /** Ranges of a STRING. */
  start: Int32Array = new Int32Array(0)
  end: Int32Array = this.start
  #bytes = this.nulls
  #ints = this.start
  #numbers = new Float64Array(0)
  #decimals: bigint[] = []
  /** The values of BYTES, which are decoded from base 64. */
  readonly #decoded = new DecodedBytes()
  /** Values of a BIGINT beyond 2^53, by row. */
  readonly #beyond = new Map<number, bigint>()
  readonly #scan = new NumberScan()
  readonly #iso = new IsoScan()

  constructor({ field, unit, isFound }: DeclaredColumn, isWanted: boolean) {
    this.name = field.name
    this.type = field.type
    this.isWanted = isWanted
    this.unit = unit
    this.#kind = makeColumn(field.type, 0).kind
    this.#greatest = 2 ** ((integerBits(field.type) || 32) - 1) - 1
    this.isStrict = isFound === true && /^(?:BIGINT|DECIMAL|DOUBLE)$/.test(field.type.kind)
  }

  /** Begins a batch, with room for `rows` rows. Of an unwanted column, values beyond them may be put: they are dropped. */
  begin(rows: number): void {
    this.#beyond.clear()
    this.#decoded.clear()
    if (rows <= this.nulls.length) return
    const capacity = Math.max(rows, 2 * this.nulls.length)
    this.nulls = new Uint8Array(capacity)
    switch (this.#kind) {
      case 'string':
      case 'list':
      case 'map':
        this.start = new Int32Array(capacity)
        this.end = new Int32Array(capacity)
        break
      case 'boolean':
        this.#bytes = new Uint8Array(capacity)
        break
      case 'decimal':
        this.#decimals = new Array<bigint>(capacity).fill(0n)
        break
      default:
        this.#ints = new Int32Array(capacity)
        this.#numbers = new Float64Array(capacity)
    }
  }

  /**
   * Puts the arrays into a kernel's memory, from `at` on, where the kernel puts values too: 8 bytes a row (the number, or all
   * starts and then all ends), and then the nulls. The first `kept` rows stay, which were laid before; the others are NULL.
   */
  lay(memory: ArrayBuffer, at: number, capacity: number, kept: number): void {
    const [nulls, start, end, numbers] = [this.nulls, this.start, this.end, this.#numbers]
    const isRange = this.#kind === 'string' || this.#kind === 'list' || this.#kind === 'map'
    this.nulls = new Uint8Array(memory, at + 8 * capacity, capacity).fill(1, kept)
    this.start = this.#ints = new Int32Array(memory, at, capacity)
    this.end = new Int32Array(memory, at + 4 * capacity, capacity)
    this.#bytes = new Uint8Array(memory, at, capacity)
    this.#numbers = new Float64Array(memory, at, capacity)
    if (this.#kind === 'decimal') {
      this.#decimals = [...this.#decimals.slice(0, kept), ...new Array<bigint>(capacity - kept).fill(0n)]
    }
    if (kept === 0) return
    this.nulls.set(nulls.subarray(0, kept))
    // Numbers of any size lie in the memory of doubles.
    if (!isRange) this.#numbers.set(numbers.subarray(0, kept))
    else {
      this.start.set(start.subarray(0, kept))
      this.end.set(end.subarray(0, kept))
    }
  }

  /** Makes the rows [from, to) NULL. */
  clear(from: number, to: number): void {
    this.nulls.fill(1, from, to)
    if (this.#beyond.size > 0) for (let row = from; row < to; row++) this.#beyond.delete(row)
  }

  /** Makes the row NULL. */
  putNull(row: number): void {
    if (this.#beyond.size > 0) this.#beyond.delete(row)
    this.nulls[row] = 1
  }

  /** Puts the value whose text is [from, end) of `bytes`; false if it is not of the type. */
  put(bytes: Uint8Array, from: number, end: number, row: number): boolean {
    this.nulls[row] = 0
    if (this.type.kind === 'STRING') {
      this.start[row] = from
      this.end[row] = end
      return true
    }
    let first = from
    let last = end
    while (first < last && bytes[first] === BLANK) first++
    while (last > first && bytes[last - 1] === BLANK) last--
    if (this.isStrict && !isExactNumber(latin1(bytes, first, last), this.type.kind === 'DOUBLE')) return false
    return this.#parse(bytes, first, last, row)
  }

  /** Makes the row of a ROW one that is there. */
  putThere(row: number): void {
    this.nulls[row] = 0
  }

  /** Puts a text of a STRING, or the inner rows of an ARRAY or a MAP. */
  putRange(from: number, end: number, row: number): void {
    this.nulls[row] = 0
    this.start[row] = from
    this.end[row] = end
  }

  /** Puts the value of a whole number of 32 bits at most, or a time as ms since 1970. */
  putValue(value: number, row: number): void {
    this.nulls[row] = 0
    if (isSmallInteger(this.type)) this.#ints[row] = value
    else this.#numbers[row] = value
  }

  /** Which of `rows` rows are NULL. */
  nullsIn(rows: number): Nulls {
    return this.nulls.subarray(0, rows).includes(1) ? this.nulls : undefined
  }

  /** The values of `rows` rows; strings are ranges into `bytes`. */
  column(rows: number, bytes: Uint8Array): Column {
    const nulls = this.nullsIn(rows)
    switch (this.#kind) {
      case 'string': {
        const from = this.type.kind === 'BYTES' ? this.#decoded.bytes : bytes
        return { kind: 'string', bytes: from, start: this.start, end: this.end, nulls }
      }
      case 'boolean':
        return { kind: 'boolean', values: this.#bytes, nulls }
      case 'decimal':
        return { kind: 'decimal', values: this.#decimals, nulls }
      case 'bigint':
        return {
          kind: 'bigint',
          values: this.#numbers,
          exact: exactIntegers(this.#beyond, this.#numbers, this.nulls, rows),
          nulls,
        }
      case 'int':
        return { kind: 'int', values: this.#ints, nulls }
      case 'double':
        return { kind: 'double', values: this.#numbers, nulls }
      default:
        assert(false, 'a column of values is not nested')
    }
  }

  /** The reason to reject a text: "column size: 'abc' is not of type BIGINT". */
  complaint(bytes: Uint8Array, from: number, end: number): string {
    return complaintOf(this, new TextDecoder().decode(bytes.subarray(from, Math.min(end, from + 40))), end - from > 40)
  }

  #parse(bytes: Uint8Array, from: number, end: number, row: number): boolean {
    switch (this.type.kind) {
      case 'BYTES':
        return this.#decoded.put(latin1(bytes, from, end), this, row)
      case 'BOOLEAN': {
        const value = truthIn(bytes, from, end)
        this.#bytes[row] = value ?? 0
        return value !== undefined
      }
      case 'TINYINT':
      case 'SMALLINT':
      case 'INT':
      case 'INTERVAL_MONTH': {
        const value = this.#whole(bytes, from, end, row)
        this.#ints[row] = value
        return value <= this.#greatest && value >= -this.#greatest - 1
      }
      case 'BIGINT':
      case 'INTERVAL_DAY':
        return this.#putNumber(this.#whole(bytes, from, end, row), row)
      case 'FLOAT':
        return this.#putFloat(bytes, from, end, row)
      case 'DOUBLE':
        return this.#putDouble(bytes, from, end, row)
      case 'DECIMAL':
        if (!this.#scan.read(bytes, from, end)) return false
        return this.#putDecimal(this.#scan.toDecimal(bytes, this.type.precision, this.type.scale), row)
      case 'DATE':
      case 'TIME': {
        const value = this.type.kind === 'DATE' ? this.#iso.date(bytes, from, end) : this.#iso.time(bytes, from, end)
        this.#ints[row] = value
        return !Number.isNaN(value)
      }
      case 'FINE_TIMESTAMP': {
        const reading = { type: this.type, unit: this.unit, iso: this.#iso, scan: this.#scan }
        return this.#putDecimal(fineTime({ bytes, from, end }, reading), row)
      }
      case 'TIMESTAMP':
      case 'TIMESTAMP_LTZ':
        return this.#putTimestamp(bytes, from, end, row)
      default:
        return false
    }
  }

  #putDecimal(value: bigint | undefined, row: number): boolean {
    if (value !== undefined && row < this.nulls.length) this.#decimals[row] = value
    return value !== undefined
  }

  #putNumber(value: number, row: number): boolean {
    this.#numbers[row] = value
    return !Number.isNaN(value)
  }

  /** A whole number, as the nearest double; NaN if the text is none or beyond 64 bits. */
  #whole(bytes: Uint8Array, from: number, end: number, row: number): number {
    if (this.#beyond.size > 0) this.#beyond.delete(row)
    const digits = bytes[from] === MINUS ? from + 1 : from
    if (end - digits <= SAFE_DIGITS && end > digits && areDigits(bytes, digits, end)) {
      const value = smallDigits(bytes, digits, end)
      return digits === from ? value : 0 - value
    }
    if (!this.#scan.read(bytes, from, end)) return Number.NaN
    const value = this.#scan.toBigint(bytes)
    if (value === undefined) return Number.NaN
    const near = Number(value)
    if (!Number.isSafeInteger(near) && row < this.nulls.length) this.#beyond.set(row, value)
    return near
  }

  #putDouble(bytes: Uint8Array, from: number, end: number, row: number): boolean {
    if (this.#scan.read(bytes, from, end)) {
      const value = this.#scan.toDouble(bytes, from, end)
      // 1e400 is beyond all doubles, and not infinite.
      return this.#putNumber(value, row) && Number.isFinite(value)
    }
    const text = end - from > 9 ? '' : latin1(bytes, from, end)
    this.#numbers[row] = Number(text)
    return text === 'NaN' || text === 'Infinity' || text === '-Infinity'
  }

  #putFloat(bytes: Uint8Array, from: number, end: number, row: number): boolean {
    if (!this.#putDouble(bytes, from, end, row)) return false
    const double = this.#numbers[row] as number
    const value = floatOfText(latin1(bytes, from, end), double)
    // 1e39 is beyond all FLOATs, and not infinite.
    this.#numbers[row] = value
    return Number.isFinite(value) === Number.isFinite(double)
  }

  /** Puts a timestamp. A number is an instant. */
  #putTimestamp(bytes: Uint8Array, from: number, end: number, row: number): boolean {
    const value = this.#iso.timestamp(bytes, from, end)
    const isInstant = this.type.kind === 'TIMESTAMP_LTZ'
    if (!Number.isNaN(value)) return this.#putNumber(value, row) && this.#iso.hasZone === isInstant
    if (!isInstant || !this.#scan.read(bytes, from, end)) return false
    return this.#putNumber(epochTime(this.#scan, bytes, this.unit), row)
  }
}
