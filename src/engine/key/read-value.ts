/** Reads values out of written keys, one after the other: see `key.ts`. */
import { Buffer } from 'node:buffer'
import { viewOf } from '../../record/bytes.ts'
import type { Value } from '../../record/column.ts'
import type { Type } from '../../record/type.ts'
import { double, doubleWords } from './key.ts'
import { SIGN } from './write-columns.ts'

/** The double that is written at `at`. */
export function readDouble(view: DataView, at: number): number {
  const high = view.getInt32(at)
  const low = view.getInt32(at + 4)
  doubleWords[1] = high < 0 ? high ^ SIGN : ~high
  doubleWords[0] = high < 0 ? low : ~low
  return double[0] as number
}

/** A place in the bytes of keys. Texts have their end written: they are inside of other values. */
export class ValueReader {
  at = 0
  readonly #bytes: Uint8Array
  readonly #view: DataView

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = viewOf(bytes)
  }

  /** The value of the type at `at`, which moves behind it. */
  read(type: Type): Value {
    if (this.#bytes[this.at++] === 0) return null
    switch (type.kind) {
      case 'BOOLEAN':
        return this.#bytes[this.at++] === 1
      case 'BIGINT':
        return this.#view.getBigUint64(this.#step(8)) - (1n << 63n)
      case 'FLOAT':
      case 'DOUBLE':
      case 'TIMESTAMP':
      case 'TIMESTAMP_LTZ':
      case 'INTERVAL_DAY':
        return readDouble(this.#view, this.#step(8))
      case 'DECIMAL':
      case 'FINE_TIMESTAMP': {
        const high = this.#view.getBigUint64(this.#step(8))
        return ((high << 64n) | this.#view.getBigUint64(this.#step(8))) - (1n << 127n)
      }
      case 'STRING':
        return this.#bytesThere().toString()
      case 'BYTES':
        return this.#bytesThere().toString('latin1')
      case 'ARRAY':
        return this.#items(() => this.read(type.element))
      case 'MAP':
        return this.#items(() => [this.read(type.key), this.read(type.value)])
      case 'ROW':
        return type.fields.map((field) => this.read(field.type))
      default:
        return this.#view.getInt32(this.#step(4)) ^ SIGN
    }
  }

  /** Moves on by `bytes`; returns the place before. */
  #step(bytes: number): number {
    this.at += bytes
    return this.at - bytes
  }

  #items(read: () => Value): Value[] {
    const items: Value[] = []
    while (this.#bytes[this.at++] === 1) items.push(read())
    return items
  }

  #bytesThere(): Buffer {
    const text: number[] = []
    for (; this.#bytes[this.at] !== 0 || this.#bytes[this.at + 1] !== 0; this.at++) {
      text.push(this.#bytes[this.at] as number)
      if (this.#bytes[this.at] === 0) this.at++
    }
    this.at += 2
    return Buffer.from(text)
  }
}
