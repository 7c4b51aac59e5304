/**
 * Reads records of Avro into columns, one value after the other, by the steps of a program (`step.ts`).
 *
 * Whatever the bytes are, it ends, and takes no more room than they do: lengths and counts are compared with the bytes that are
 * left, an item has one byte at least, and values are nested DEEPEST deep at most.
 */
import type { TextScratch } from '../scan/text-scratch.ts'
import { DEEPEST } from './schema.ts'
import { putDecimal, putUuid } from './special.ts'
import { Op, type ReadStep } from './step.ts'
import { dayOf, instantOf, timeOfDay } from './times.ts'
import { readVarint, varintEnd, varintExact } from './varint.ts'

/** In place of a place: the record cannot be read on. That of a number with too many bits is the same. */
const BROKEN = -1

const LONGEST_VARINT = 10
const TOO_MANY_BITS = 'is a number of more than 64 bits'
const NO_TIME = 'is no time from year 1 to 9999'

/** The reader of one decoder. */
export class AvroReader {
  /** Where a record stopped being one, a place in the bytes, and why. */
  troubleAt = 0
  trouble = ''
  readonly #scratch: TextScratch
  #bytes: Uint8Array
  #view: DataView
  #end = 0
  #defaults = 0
  #depth = 0

  constructor(scratch: TextScratch) {
    this.#scratch = scratch
    this.#bytes = scratch.bytes
    this.#view = new DataView(new ArrayBuffer(0))
  }

  /** Begins to read in these bytes, or in a copy of them with more at the end: `defaults` is where the defaults of a program lie. */
  begin(bytes: Uint8Array, defaults: number): void {
    if (this.#bytes !== bytes) {
      this.#bytes = bytes
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
    this.#defaults = defaults
  }

  /** Reads the record [from, end) into a row. False where it is none: then `trouble` says why. */
  record(steps: readonly ReadStep[], from: number, end: number, row: number): boolean {
    this.#end = end
    this.#depth = 0
    const at = this.#read(steps, from, row)
    if (at === end) return true
    if (at !== BROKEN) this.#break(at, `expected the end of the record, and ${end - at} bytes follow`)
    return false
  }

  #break(at: number, why: string): typeof BROKEN {
    this.troubleAt = at
    this.trouble = why
    return BROKEN
  }

  /** Reads the values of the steps from `at` on into a row; the place behind them, or BROKEN. */
  #read(steps: readonly ReadStep[], from: number, row: number): number {
    const bytes = this.#bytes
    const end = this.#end
    let at = from
    for (let i = 0; i < steps.length; i++) {
      let step = steps[i] as ReadStep
      if (step.op === Op.UNION) {
        // Of 64 branches each has one byte.
        const byte = bytes[at] as number
        const index = byte < 0x80 ? (byte >>> 1) ^ -(byte & 1) : readVarint(bytes, at)
        const after = byte < 0x80 ? at + 1 : varintEnd
        const branch = step.branches[index]
        if (branch === undefined || after > end) return this.#noBranch(at, step, index)
        at = after
        step = branch
      }
      const { target } = step
      const began = at
      switch (step.op) {
        case Op.TEXT: {
          const byte = bytes[at] as number
          const length = byte < 0x80 ? (byte >>> 1) ^ -(byte & 1) : readVarint(bytes, at)
          const start = byte < 0x80 ? at + 1 : varintEnd
          at = start + length
          if (!(length >= 0 && at <= end)) return this.#tooLong(began, step, length, start)
          if (step.isPut) {
            target.start[row] = start
            target.end[row] = at
          }
          break
        }
        case Op.NULL:
          if (step.isPut) target.putNull(row)
          break
        case Op.INT: {
          const value = readVarint(bytes, at)
          at = varintEnd
          if (value !== (value | 0)) return this.#wrong(began, step, 'is beyond 32 bits')
          if (step.isPut) target.ints[row] = value
          break
        }
        case Op.LONG: {
          const value = readVarint(bytes, at)
          at = varintEnd
          if (at === BROKEN) return this.#wrong(began, step, TOO_MANY_BITS)
          if (step.isPut) {
            target.doubles[row] = value
            if (!Number.isSafeInteger(value)) target.beyond.set(row, varintExact)
          }
          break
        }
        case Op.TIMESTAMP: {
          const time = instantOf(readVarint(bytes, at), step.size)
          at = varintEnd
          if (Number.isNaN(time)) return this.#wrong(began, step, NO_TIME)
          if (step.isPut) target.doubles[row] = time
          break
        }
        case Op.DOUBLE:
          at += 8
          if (at <= end && step.isPut) target.doubles[row] = this.#view.getFloat64(began, true)
          break
        default:
          at = this.#readOther(step, at, row)
          if (at === BROKEN) return BROKEN
      }
      if (at > end) return this.#break(Math.min(began, end), `the record ends within ${step.what}`)
    }
    return at
  }

  /** Numbers that are rarer, and values of a fixed length. */
  #readOther(step: ReadStep, from: number, row: number): number {
    const { target, isPut, size, what } = step
    switch (step.op) {
      case Op.BOOLEAN: {
        const byte = this.#bytes[from] as number
        if (byte > 1 && from < this.#end) return this.#break(from, `${what} is ${byte}, and a boolean is 0 or 1`)
        if (isPut) target.bytes[row] = byte
        return from + 1
      }
      case Op.ENUM: {
        const symbol = readVarint(this.#bytes, from)
        const mapped = step.symbols[symbol]
        if (mapped === undefined) return this.#wrong(from, step, `is symbol ${symbol}, and there is none`)
        if (mapped < 0) return this.#wrong(from, step, 'is a symbol that the topic does not have')
        if (isPut) {
          target.start[row] = step.places[mapped] as number
          target.end[row] = step.places[mapped + 1] as number
        }
        return varintEnd
      }
      case Op.WHOLE: {
        const value = readVarint(this.#bytes, from)
        if (varintEnd === BROKEN) return this.#wrong(from, step, TOO_MANY_BITS)
        if (isPut) target.doubles[row] = value
        return varintEnd
      }
      case Op.FLOAT:
        if (from + 4 <= this.#end && isPut) target.doubles[row] = this.#view.getFloat32(from, true)
        return from + 4
      case Op.FIXED:
        if (isPut) {
          target.start[row] = from
          target.end[row] = from + size
        }
        return from + size
      case Op.DATE: {
        const day = dayOf(readVarint(this.#bytes, from))
        if (Number.isNaN(day)) return this.#wrong(from, step, 'is no day from year 1 to 9999')
        if (isPut) target.ints[row] = day
        return varintEnd
      }
      case Op.TIME: {
        const time = timeOfDay(readVarint(this.#bytes, from), size)
        if (Number.isNaN(time)) return this.#wrong(from, step, 'is no time of a day')
        if (isPut) target.ints[row] = time
        return varintEnd
      }
      default:
        return this.#readSpecial(step, from, row)
    }
  }

  /** Values whose bytes become others, and those that have parts. */
  #readSpecial(step: ReadStep, from: number, row: number): number {
    const { target, isPut, size, what } = step
    switch (step.op) {
      case Op.REFUSE:
        return this.#break(from, what)
      case Op.DECIMAL: {
        const length = readVarint(this.#bytes, from)
        const start = varintEnd
        if (!(length >= 0 && start + length <= this.#end)) return this.#tooLong(from, step, length, start)
        return this.#decimal(step, start, start + length, row)
      }
      case Op.FIXED_DECIMAL:
        return from + size > this.#end ? from + size : this.#decimal(step, from, from + size, row)
      case Op.UUID:
        if (isPut && from + size <= this.#end) putUuid(this.#bytes, from, { target, row, scratch: this.#scratch })
        return from + size
      default:
        return this.#nested(step, from, row)
    }
  }

  #decimal(step: ReadStep, from: number, end: number, row: number): number {
    const { target, isPut, what } = step
    if (putDecimal(this.#bytes, from, end, { target, row, isPut })) return end
    return this.#break(from, `${what} has more digits than the topic's decimal`)
  }

  #nested(step: ReadStep, from: number, row: number): number {
    if (this.#depth === DEEPEST) return this.#break(from, `${step.what} is nested deeper than ${DEEPEST} values`)
    this.#depth++
    const at =
      step.op === Op.RECORD
        ? this.#read(step.steps, from, row)
        : step.op === Op.DEFAULT
          ? this.#default(step, from, row)
          : this.#blocks(step, from, row)
    this.#depth--
    return at
  }

  /** Reads the default where it lies, and goes on where the record was. */
  #default({ steps, size }: ReadStep, from: number, row: number): number {
    const end = this.#end
    this.#end = this.#bytes.length
    const at = this.#read(steps, this.#defaults + size, row)
    this.#end = end
    return at === BROKEN ? this.#break(from, this.trouble) : from
  }

  /** Items, or keys and values: blocks with their count before them, a negative one with its bytes too, and an empty one at the end. */
  #blocks(step: ReadStep, from: number, row: number): number {
    const { target, isPut, steps, what } = step
    const [items, values] = target.inner
    const first = isPut && items !== undefined ? items.length : 0
    let at = from
    for (;;) {
      const began = at
      let count = readVarint(this.#bytes, at)
      at = varintEnd
      if (at === BROKEN || at > this.#end) return this.#break(began, `the record ends within ${what}`)
      if (count === 0) break
      if (count < 0) {
        count = -count
        readVarint(this.#bytes, at)
        at = varintEnd
      }
      if (at === BROKEN || count > this.#end - at) {
        return this.#break(began, `${what} has ${count} parts, and ${Math.max(0, this.#end - at)} bytes are left`)
      }
      const least = at + count
      for (let i = 0; i < count; i++) {
        let inner = 0
        if (isPut && items !== undefined) {
          inner = items.take()
          values?.take()
        }
        at = this.#read(steps, at, inner)
        if (at === BROKEN) return BROKEN
      }
      // Blocks of items that take no bytes could go on for ever.
      if (at < least) return this.#break(began, `${what} has parts of no bytes, which are not read`)
    }
    if (isPut && items !== undefined) {
      target.start[row] = first
      target.end[row] = items.length
    }
    return at
  }

  #noBranch(at: number, step: ReadStep, index: number): typeof BROKEN {
    return this.#wrong(at, step, `is branch ${index} of its union, and there is none`)
  }

  #tooLong(at: number, step: ReadStep, length: number, start: number): typeof BROKEN {
    const says = Number.isNaN(length) ? 'has a length of more than 64 bits' : `has ${length} bytes`
    return this.#wrong(at, step, `${says}, and ${Math.max(0, this.#end - start)} are left`)
  }

  /** A number is wrong, or was read beyond the end of the record, where any bytes may be. */
  #wrong(at: number, { what }: ReadStep, why: string): typeof BROKEN {
    const bytes = this.#bytes
    const end = this.#end
    let last = at
    while (last < end && (bytes[last] as number) >= 0x80) last++
    if (last < end || end - at >= LONGEST_VARINT) return this.#break(at, `${what} ${why}`)
    return this.#break(Math.min(at, end), `the record ends within ${what}`)
  }
}
