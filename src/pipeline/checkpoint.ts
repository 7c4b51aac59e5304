/**
 * The checkpoint: one file that says where everything stands, and is the truth after any end. It is written beside,
 * synced, and renamed, so that there is always exactly one, whole.
 *
 * Plain JSON, but for typed arrays, which are written as {"$": "Int32Array", "base64": "…"}, and for bigints and numbers
 * that JSON does not have: {"$": "bigint", "value": "…"}, {"$": "number", "value": "Infinity"}.
 */
import { Failure } from '../base/failure.ts'

/** Changes when the form of the file changes; an older one is upgraded here, a newer one refused in words. */
const VERSION = 1

export type Offsets = { readonly [partition: string]: number }

export type QueryCheckpoint = {
  /** What the state was made by; a different query cannot go on from it. */
  readonly fingerprint: string
  /** Topic to partition to the next record to read. */
  readonly offsets: { readonly [topic: string]: Offsets }
  /** Rows put out so far, by partition of the result topic. */
  readonly emitted: Offsets
  /**
   * Whether the input ends here: then the rows of the windows that the end closes follow, before anything else is read.
   * It is written down before they are, so that they stay the same should there be more input at the next run.
   */
  readonly ending: boolean
  readonly state: unknown
}

export type SinkCheckpoint = {
  /** The topic that it delivers, as the pipeline calls it. */
  readonly from: string
  readonly offsets: Offsets
  readonly state: { readonly [key: string]: unknown }
}

export type DeadCheckpoint = {
  /** Ends of the partitions of the dead letters' topic: what lies beyond may be reported a second time. */
  readonly ends: Offsets
  /** Up to where anyone had decoded the partitions of the topic itself. */
  readonly decodedTo: Offsets
  /** Letters before the ends that are still to be met again after an earlier restart, and how often. */
  readonly unmet?: { readonly [letter: string]: number }
}

export type Checkpoint = {
  readonly queries: { readonly [name: string]: QueryCheckpoint }
  readonly sinks: { readonly [name: string]: SinkCheckpoint }
  readonly dead: { readonly [topic: string]: DeadCheckpoint }
}

export const NO_CHECKPOINT: Checkpoint = { queries: {}, sinks: {}, dead: {} }

const ARRAYS = {
  Uint8Array,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
} as const

export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  return Buffer.from(JSON.stringify({ version: VERSION, ...checkpoint }, replaceSpecial))
}

/** Throws a Failure 'corrupt' where the bytes are not a checkpoint, and 'limit' where its version is not known. */
export function decodeCheckpoint(bytes: Uint8Array, file: string): Checkpoint {
  let read: Checkpoint & { version?: unknown }
  try {
    read = JSON.parse(Buffer.from(bytes).toString(), reviveSpecial)
  } catch (cause) {
    throw new Failure('corrupt', `${file} is not a checkpoint: it is damaged`, {
      hint: 'Move it away to read all topics from their start, or put a copy back.',
      cause,
    })
  }
  if (read.version !== VERSION) {
    throw new Failure('corrupt', `${file} was written by another version of tailrace (form ${String(read.version)})`, {
      hint: `This version reads form ${VERSION}.`,
    })
  }
  return read
}

function replaceSpecial(this: unknown, _key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return { $: 'bigint', value: String(value) }
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
    return { $: 'number', value: Object.is(value, -0) ? '-0' : String(value) }
  }
  if (value instanceof Map) return { $: 'Map', value: [...value] }
  if (ArrayBuffer.isView(value)) {
    const kind = value.constructor.name === 'Buffer' ? 'Uint8Array' : value.constructor.name
    return { $: kind, base64: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') }
  }
  return value
}

function reviveSpecial(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('$' in value)) return value
  const special = value as { $: string; value?: unknown; base64?: string }
  if (special.$ === 'bigint') return BigInt(special.value as string)
  if (special.$ === 'number') return Number(special.value)
  if (special.$ === 'Map') return new Map(special.value as [unknown, unknown][])
  const bytes = Buffer.from(special.base64 ?? '', 'base64')
  const copy = new ArrayBuffer(bytes.length)
  new Uint8Array(copy).set(bytes)
  return new ARRAYS[special.$ as keyof typeof ARRAYS](copy)
}
