/**
 * The checkpoint: one file with the place and state of every part, which is the truth however the process ends. It is
 * written beside the old one, synced and renamed, so that there is always exactly one, and whole.
 *
 *   {"tailrace":"checkpoint","version":3,"head":N}\n   so that `head -n 1` shows what it is
 *   head      N bytes of JSON; see below
 *   padding   spaces, to a multiple of 8
 *   arrays    the typed arrays of the state, little-endian, each padded with zeros to a multiple of 8
 *   crc32c    4 bytes, little-endian: of everything before
 *
 * In the head a typed array is {"$": "Int32Array", "at": …, "bytes": …}, `at` from the start of the arrays. Bigints, and
 * numbers that JSON does not have, are {"$": "bigint", "value": "…"} and {"$": "number", "value": "Infinity"}; undefined in
 * an array, which JSON would make null, is {"$": "undefined"}. The file comes in slices, and the arrays are not copied, so
 * that readers go on while tens of megabytes are written.
 *
 * In version 2 a query's states were keyed by the order in which its operators were built. They are converted when the query
 * is opened (`runner/layout-version-2.ts`); until then they stay as they are, also in a file of version 3.
 */
import { crc32c } from '../base/digest.ts'
import { Failure } from '../base/failure.ts'
import type { EventTime } from '../base/quantity.ts'
import type { Offsets } from '../bus/bus.ts'
import type { KnownLetters } from './known-letters.ts'

/** Changes with the form of the file. Versions that are not known are refused in words. */
const VERSION = 3
const READ_VERSIONS: readonly unknown[] = [2, VERSION]
/** Bytes written at a time: less than a millisecond's work. */
const SLICE_BYTES = 512 << 10
const CRC_BYTES = 4

/** What an operator's state looks like and means. A state is read only where version, form and one of the digests are the same. */
export type OperatorLayout = {
  /** The version of the operator's snapshots. */
  readonly version: number
  /** What the arrays of the state hold, for people. */
  readonly form: string
  /** A digest of what the state is made of, and of everything that its topics say of their records. */
  readonly meaning: string
  /** The same, of the columns alone that it reads: their order and other columns are not in it. Absent until 0.2. */
  readonly columns?: string
}

/** The layout of each operator that keeps state, by its path in the plan. */
export type StateLayout = { readonly [path: string]: OperatorLayout }

export type QueryCheckpoint = {
  /** A digest of the query's text and of what it reads. A query with another one goes on from the state only if asked to. */
  readonly fingerprint: string
  /** The layout of `state`, by the same paths. Text: the query has not been opened since version 2. */
  readonly layout: StateLayout | string
  /** By partition of the result topic, the offset of the first row of this query; before it are rows of what it was. */
  readonly began: Offsets
  /** By topic and partition, the offset of the next record to read. */
  readonly offsets: { readonly [topic: string]: Offsets }
  /** By partition of the result topic, the number of rows put out so far. */
  readonly emitted: Offsets
  /**
   * Whether the input ends here: the rows of the windows that the end closes then follow before anything else is read.
   * This is durable before those rows are, so that they stay the same if there is more input at the next run.
   */
  readonly ending: boolean
  readonly state: unknown
  /** Which rows it has put out before: see `runner/repeats.ts`. By partition of the topic that it reads. Absent: it repeats none. */
  readonly repeats?: RepeatsState
}

/** What was put out before, by partition. */
export type RepeatsState = {
  /** The greatest time of a row so far. */
  readonly reached: readonly EventTime[]
  /** Rows up to this time are repeated. */
  readonly floor: readonly EventTime[]
  /** How many marks have been passed. */
  readonly passed: readonly number[]
}

export type SinkCheckpoint = {
  /** The topic that it delivers, as the pipeline calls it. */
  readonly from: string
  readonly offsets: Offsets
  /** By partition, offsets at or after the place of rows that the sink has refused and that have durable dead letters. */
  readonly refused?: { readonly [partition: string]: readonly number[] }
  readonly state: { readonly [key: string]: unknown }
}

export type DeadCheckpoint = {
  /** Ends of the partitions of the dead letters' topic: letters after them may be reported a second time. */
  readonly ends: Offsets
  /** By partition of the topic itself, the offset up to which a query or sink had decoded it. */
  readonly decodedTo: Offsets
  /** Letters before the ends that will be met again after an earlier restart. */
  readonly known?: KnownLetters
  /** The same as versions up to 0.1 wrote it: each letter, and how often. */
  readonly unmet?: { readonly [letter: string]: number }
}

/** The shared bus whose offsets a checkpoint has: its cluster, and the id of each topic by its name on the bus. */
export type BusCheckpoint = { readonly cluster: string; readonly topics: { readonly [topic: string]: string } }

export type Checkpoint = {
  /** Absent where the topics are in the data folder itself. */
  readonly bus?: BusCheckpoint
  /** What the bus calls each topic of the pipeline. */
  readonly topics: { readonly [name: string]: string }
  readonly queries: { readonly [name: string]: QueryCheckpoint }
  readonly sinks: { readonly [name: string]: SinkCheckpoint }
  readonly dead: { readonly [topic: string]: DeadCheckpoint }
}

/** The places of a checkpoint, without the states, which may be large. */
export type Places = {
  readonly queries: { readonly [name: string]: Pick<QueryCheckpoint, 'offsets'> }
  readonly sinks: { readonly [name: string]: Pick<SinkCheckpoint, 'from' | 'offsets'> }
}

export const NO_CHECKPOINT: Checkpoint = { topics: {}, queries: {}, sinks: {}, dead: {} }

/** Advice where a checkpoint is damaged or gone. */
export const WITHOUT_CHECKPOINT: string = `Put back a copy that was made while tailrace was stopped, with the rest of the folder and the files of the sinks.
Without one, begin anew: move the data folder and the files of its sinks away. Or keep the topics: move the checkpoint and
those files away, and name each query with --reset QUERY=earliest. What is kept is then counted again, behind the old rows.`

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

/** The bytes of the file, in slices. The checkpoint must not change until the last one is made. */
export function* encodeCheckpoint(checkpoint: Checkpoint): Generator<Uint8Array, void> {
  const arrays: Uint8Array[] = []
  let length = 0
  const keep = (array: ArrayBufferView): object => {
    const kind = array.constructor.name === 'Buffer' ? 'Uint8Array' : array.constructor.name
    const kept = { $: kind, at: length, bytes: array.byteLength }
    arrays.push(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
    const padding = paddingOf(array.byteLength)
    if (padding > 0) arrays.push(new Uint8Array(padding))
    length += array.byteLength + padding
    return kept
  }
  const text = JSON.stringify(checkpoint, function (this: unknown, _, value: unknown) {
    return value === undefined && Array.isArray(this) ? { $: 'undefined' } : replaceSpecial(value, keep)
  })
  const head = Buffer.from(text)
  const line = Buffer.from(`${JSON.stringify({ tailrace: 'checkpoint', version: VERSION, head: head.length })}\n`)
  const padding = Buffer.alloc(paddingOf(line.length + head.length), ' ')
  let sum = 0
  for (const part of [line, head, padding, ...arrays]) {
    for (let at = 0; at < part.length; at += SLICE_BYTES) {
      const slice = part.subarray(at, at + SLICE_BYTES)
      sum = crc32c(slice, sum)
      yield slice
    }
  }
  const crc = Buffer.alloc(CRC_BYTES)
  crc.writeUInt32LE(sum)
  yield crc
}

/** Reads a checkpoint. Throws a Failure 'corrupt' where `bytes` are damaged, or of a version that is not known. */
export function decodeCheckpoint(bytes: Uint8Array, file: string): Checkpoint {
  const lineEnd = bytes.indexOf(10) + 1
  const first = parse(bytes.subarray(0, lineEnd === 0 ? bytes.length : lineEnd), file, (special) => special)
  if (!READ_VERSIONS.includes(first.version)) {
    throw new Failure('corrupt', `${file} was written by another version of tailrace (form ${String(first.version)})`, {
      hint: `This version reads forms ${READ_VERSIONS.join(' and ')}.`,
    })
  }
  const end = bytes.length - CRC_BYTES
  const isWhole = end > lineEnd && Buffer.from(bytes.buffer, bytes.byteOffset + end, CRC_BYTES).readUInt32LE()
  const headEnd = lineEnd + Number(first.head)
  if (isWhole !== crc32c(bytes.subarray(0, Math.max(0, end)))) throw damaged(file)
  const start = headEnd + paddingOf(headEnd)
  return parse(bytes.subarray(lineEnd, headEnd), file, (special) =>
    revive(special, (at, length) => new Uint8Array(bytes.subarray(start + at, start + at + length)).buffer),
  ) as unknown as Checkpoint
}

const paddingOf = (length: number): number => -length & 7

type Special = { $: string; value?: unknown; at?: number; bytes?: number }

function parse(bytes: Uint8Array, file: string, special: (found: Special) => unknown): { [key: string]: unknown } {
  try {
    const read = JSON.parse(Buffer.from(bytes).toString(), (_, value: unknown) =>
      typeof value === 'object' && value !== null && '$' in value ? special(value as Special) : value,
    ) as { [key: string]: unknown } | null
    if (typeof read === 'object' && read !== null) return read
  } catch (cause) {
    throw damaged(file, cause)
  }
  throw damaged(file)
}

function damaged(file: string, cause?: unknown): Failure {
  return new Failure('corrupt', `${file} is not a checkpoint: it is damaged`, {
    hint: WITHOUT_CHECKPOINT,
    cause,
  })
}

function replaceSpecial(value: unknown, keep: (array: ArrayBufferView) => object): unknown {
  if (typeof value === 'bigint') return { $: 'bigint', value: String(value) }
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
    return { $: 'number', value: Object.is(value, -0) ? '-0' : String(value) }
  }
  if (value instanceof Map) return { $: 'Map', value: [...value] }
  return ArrayBuffer.isView(value) ? keep(value) : value
}

function revive(special: Special, bytesAt: (at: number, length: number) => ArrayBuffer): unknown {
  if (special.$ === 'bigint') return BigInt(special.value as string)
  if (special.$ === 'number') return Number(special.value)
  if (special.$ === 'undefined') return undefined
  if (special.$ === 'Map') return new Map(special.value as [unknown, unknown][])
  return new ARRAYS[special.$ as keyof typeof ARRAYS](bytesAt(special.at ?? 0, special.bytes ?? 0))
}
