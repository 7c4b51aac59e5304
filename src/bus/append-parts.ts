/**
 * Cuts records into appends that a topic takes: `Topic.maxAppendBytes`. Each part is durable by itself, so its position must
 * say how far it goes.
 */
import type { Offset } from '../base/quantity.ts'
import { sliceRecords } from '../record/records.ts'
import { lengthAt, PLAIN_RECORD_BYTES } from './batch/record-writer.ts'
import type { Append, Topic } from './bus.ts'

export type AppendPart = Pick<Append, 'values' | 'keys' | 'nulls'> & {
  /** How many of all records are in this part and those before it. */
  readonly upTo: number
}

/** An append of records that may be more than the topic takes at once. */
export type WholeAppend = Omit<Append, 'position'> & {
  /** The position of the writer behind the first `upTo` records; absent: it has none. */
  readonly positionAt?: (upTo: number) => Append['position']
}

/**
 * Appends the records, as parts one behind the other where the topic takes less at once. Resolves to the offset behind the
 * last record once all are durable; rejects with the Failure of an append, and then the first parts may be there.
 */
export async function appendWhole(
  topic: Pick<Topic, 'append' | 'maxAppendBytes'>,
  partition: number,
  { values, keys, nulls, timestamp, positionAt }: WholeAppend,
): Promise<Offset> {
  const parts = appendParts({ values, keys, nulls }, topic.maxAppendBytes)
  const offsets = await Promise.all(
    parts.map(({ upTo, ...part }) => topic.append(partition, { ...part, timestamp, position: positionAt?.(upTo) })),
  )
  return (offsets.at(-1) as Offset) + (parts.at(-1) as AppendPart).values.count
}

/**
 * The records in parts of at most `maxBytes`; a record that is longer is a part by itself, which the bus refuses. Each part
 * holds the lease of the values once, and releases it as any append does.
 */
export function appendParts(
  { values, keys, nulls }: Pick<Append, 'values' | 'keys' | 'nulls'>,
  maxBytes: number,
): readonly AppendPart[] {
  const { count } = values
  if (maxBytes === Number.POSITIVE_INFINITY || count === 0) return [{ values, keys, nulls, upTo: count }]
  const ends: number[] = []
  let bytes = 0
  for (let row = 0; row < count; row++) {
    const size = PLAIN_RECORD_BYTES + lengthAt(values, row) + (keys === undefined ? 0 : lengthAt(keys, row))
    if (bytes > 0 && bytes + size > maxBytes) {
      ends.push(row)
      bytes = 0
    }
    bytes += size
  }
  if (ends.length === 0) return [{ values, keys, nulls, upTo: count }]
  ends.push(count)
  const { lease } = values
  return ends.map((end, part) => {
    const start = ends[part - 1] ?? 0
    if (part > 0) lease?.hold()
    const slice = sliceRecords(values, start, end)
    return {
      values: { ...slice, ...(lease && { lease }) },
      keys: keys && sliceRecords(keys, start, end),
      nulls: nulls?.subarray(start, end),
      upTo: end,
    }
  })
}
