/**
 * Rows as records for the partitions of a topic: values by a format, keys, and for each partition those that it has not got yet.
 *
 * The records of one partition of the source go into each partition of the target in the order of their offsets. So the offset up to which
 * a partition has them says which are missing, after any end.
 */
import type { Offset } from '../../base/quantity.ts'
import type { RecordEncoder } from '../../format/format.ts'
import { type Batch, type Column, type Records, valueAt } from '../../record/column.ts'
import type { Delivery } from '../sink.ts'
import { partitionOf } from './murmur2.ts'

/** Records that go into one partition together, either all with a key or none, in the order of their source. */
export type ToSend = {
  readonly partition: number
  readonly values: Records
  readonly keys: Records | undefined
  /** 1 where the value is NULL: the row with this key is deleted. */
  readonly nulls: Uint8Array | undefined
  /** The offset of each in the source. */
  readonly offsets: readonly Offset[]
}

export type SendForm = {
  readonly encoder: RecordEncoder
  /** The column of the key; undefined: the key of the record in the source. */
  readonly keyColumn: number | undefined
  readonly partitions: number
  /** The most bytes of a record. */
  readonly mostBytes: number
}

type Refused = { readonly row: number; readonly reason: string }

/** What a delivery has for a topic. `has`: the offset up to which each partition has the records of this source. */
export function toSend(
  { baseOffset, rows, kept }: Delivery,
  { encoder, keyColumn, partitions, mostBytes }: SendForm,
  has: readonly Offset[],
): { readonly runs: readonly ToSend[]; readonly refused: readonly Refused[] } {
  const refused: Refused[] = []
  const { deleted } = rows
  const left = new Set<number>()
  const values = encoder.write(rows, 0, rows.count, (row, reason) => {
    left.add(row)
    // Of a deleted row only the key goes out, whatever the format says of its values.
    if (deleted?.[row] !== 1) refused.push({ row, reason })
  })
  const keys =
    keyColumn === undefined ? keptKeys(rows, kept?.keys) : columnKeys(rows, rows.columns[keyColumn] as Column)
  const runs = new Map<number, { run: Run; all: Run[] }>()
  let value = -1
  for (let row = 0; row < rows.count; row++) {
    const isDeleted = deleted?.[row] === 1
    if (!left.has(row)) value++
    else if (!isDeleted) continue
    const offset = baseOffset + (rows.origin?.[row] ?? row)
    const key = keys(row)
    const partition = key === undefined ? offset % partitions : partitionOf(key, 0, key.length, partitions)
    const valueLength = isDeleted ? 0 : (values.end[value] as number) - (values.start[value] as number)
    const length = valueLength + (key?.length ?? 0)
    if (length > mostBytes) {
      refused.push({ row, reason: `the record has ${length} bytes, and the topic takes ${mostBytes}` })
      continue
    }
    // Not before: that a later record is there does not mean that the letter of a refused one is.
    if (offset <= (has[partition] ?? -1)) continue
    const open = runs.get(partition)
    if (open !== undefined && open.run.isKeyed === (key !== undefined))
      addTo(open.run, isDeleted ? DELETED : value, offset, key)
    else {
      const run: Run = { partition, isKeyed: key !== undefined, values: [], keys: [], offsets: [] }
      addTo(run, isDeleted ? DELETED : value, offset, key)
      runs.set(partition, { run, all: [...(open?.all ?? []), run] })
    }
  }
  return { runs: [...runs.values()].flatMap(({ all }) => all.map((run) => recordsOf(run, values))), refused }
}

const DELETED = -1

type Run = {
  readonly partition: number
  readonly isKeyed: boolean
  readonly values: number[]
  readonly keys: Uint8Array[]
  readonly offsets: Offset[]
}

function addTo(run: Run, value: number, offset: Offset, key: Uint8Array | undefined): void {
  run.values.push(value)
  run.offsets.push(offset)
  if (key !== undefined) run.keys.push(key)
}

function recordsOf({ partition, isKeyed, values, keys, offsets }: Run, { bytes, start, end }: Records): ToSend {
  const picked: Records = {
    bytes,
    start: Int32Array.from(values, (value) => start[value] ?? 0),
    end: Int32Array.from(values, (value) => end[value] ?? 0),
    count: values.length,
  }
  const nulls = values.includes(DELETED) ? Uint8Array.from(values, (value) => Number(value === DELETED)) : undefined
  return { partition, values: picked, keys: isKeyed ? joined(keys) : undefined, nulls, offsets }
}

function joined(texts: readonly Uint8Array[]): Records {
  const [start, end] = [new Int32Array(texts.length), new Int32Array(texts.length)]
  let at = 0
  texts.forEach((text, index) => {
    start[index] = at
    at += text.length
    end[index] = at
  })
  return { bytes: Buffer.concat(texts), start, end, count: texts.length }
}

type KeyOf = (row: number) => Uint8Array | undefined

/** An empty key stands for none: the source does not tell them apart. */
function keptKeys(rows: Batch, keys: Records | undefined): KeyOf {
  if (keys === undefined) return () => undefined
  return (row) => {
    const record = rows.origin?.[row] ?? row
    const [from, to] = [keys.start[record] as number, keys.end[record] as number]
    return to > from ? keys.bytes.subarray(from, to) : undefined
  }
}

/** A NULL is no key. */
function columnKeys(_: Batch, column: Column): KeyOf {
  return (row) => {
    if (column.nulls?.[row] === 1) return undefined
    if (column.kind === 'string') return column.bytes.subarray(column.start[row], column.end[row])
    return Buffer.from(String(valueAt(column, row)))
  }
}
