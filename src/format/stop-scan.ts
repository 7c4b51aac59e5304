/**
 * Finds where bytes lie that end something: line ends, quotes, spaces. The positions of all of them are found at once, 64
 * bytes at a time (WebAssembly's vectors, see `stop-scan-module.ts`), so that who reads a record goes from stop to stop
 * and never over the bytes between: a third of the time of looking for each by words.
 *
 * All scanners of a thread share one memory: positions are valid until the next scan of any.
 */
import { assert } from '../base/assert.ts'
import type { Records } from '../record/column.ts'
import { BLOCK_BYTES, MOST_STOPS, OVERSHOOT, STOP_SCAN_MODULE } from './stop-scan-module.ts'

/** No more than this is scanned at once. */
export const SCAN_BYTES: number = 1 << 16
/** Larger than any position: stands behind the last one, as often as a reader may look ahead. */
export const NO_STOP = 0x7fffffff
const LOOK_AHEAD = 32
/** The memory: bytes to scan, with a block behind them, then positions. */
const POSITIONS_AT = SCAN_BYTES + 2 * BLOCK_BYTES

type Scan = (at: number, end: number, out: number, base: number, ...stops: number[]) => number

/** What is used of it: the types of Node have no more than its name. */
declare const WebAssembly: {
  validate(module: Uint8Array): boolean
  readonly Module: new (module: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: { memory: { buffer: ArrayBuffer }; scan: Scan } }
}

type Engine = {
  /** The positions found last, then NO_STOP. */
  readonly positions: Int32Array
  readonly scan: (bytes: Uint8Array, from: number, to: number, stops: readonly number[]) => number
}

export class StopScanner {
  readonly positions: Int32Array
  readonly #engine: Engine
  readonly #stops: readonly number[]

  /** Of ASCII bytes. */
  constructor(stops: readonly number[], engine: Engine = shared()) {
    assert(stops.length > 0 && stops.length <= MOST_STOPS, `one to ${MOST_STOPS} bytes are looked for at once`)
    this.#engine = engine
    this.positions = engine.positions
    this.#stops = Array.from({ length: MOST_STOPS }, (_, i) => stops[i] ?? (stops[0] as number))
  }

  /** Finds the stops in bytes [from, to), at most SCAN_BYTES, and returns how many there are. */
  scan(bytes: Uint8Array, from: number, to: number): number {
    const count = from < to ? this.#engine.scan(bytes, from, to, this.#stops) : 0
    this.positions.fill(NO_STOP, count, count + LOOK_AHEAD)
    return count
  }

  /**
   * Finds the stops in records from `first` on, up to `last` or where they do not lie in order or are too much for one
   * scan; returns which record is the next. Bytes between records may have stops too. A record that alone is too long
   * is told to have none.
   */
  scanRecords({ start, end, bytes }: Records, first: number, last: number): number {
    const from = start[first] as number
    let to = end[first] as number
    let next = first + 1
    if (to - from > SCAN_BYTES) to = from
    else {
      for (; next < last; next++) {
        const stop = end[next] as number
        if ((start[next] as number) < to || stop - from > SCAN_BYTES) break
        to = stop
      }
    }
    this.scan(bytes, from, to)
    return next
  }
}

let opened: Engine | undefined

function shared(): Engine {
  opened ??= openVectors() ?? openPlain()
  return opened
}

/** Undefined where the processor has no vectors, or stores numbers the other way around. */
function openVectors(): Engine | undefined {
  if (new Uint8Array(Int32Array.of(1).buffer)[0] !== 1 || !WebAssembly.validate(STOP_SCAN_MODULE)) return undefined
  const { memory, scan } = new WebAssembly.Instance(new WebAssembly.Module(STOP_SCAN_MODULE)).exports
  const room = new Uint8Array(memory.buffer)
  assert(room.length >= POSITIONS_AT + 4 * (SCAN_BYTES + OVERSHOOT + LOOK_AHEAD), 'the memory has room for all')
  return {
    positions: new Int32Array(memory.buffer, POSITIONS_AT),
    scan(bytes, from, to, stops) {
      const length = to - from
      room.set(bytes.subarray(from, to))
      // The last block is scanned whole: what is behind the bytes must be no stop.
      room.fill((stops[0] as number) ^ 0x80, length, length + BLOCK_BYTES)
      return (scan(0, length, POSITIONS_AT, from, ...stops) - POSITIONS_AT) >> 2
    },
  }
}

/** The same byte by byte: says what the vectors must find. */
export function openPlain(): Engine {
  const positions = new Int32Array(SCAN_BYTES + LOOK_AHEAD)
  return {
    positions,
    scan(bytes, from, to, stops) {
      let count = 0
      for (let at = from; at < to; at++) if (stops.includes(bytes[at] as number)) positions[count++] = at
      return count
    },
  }
}
