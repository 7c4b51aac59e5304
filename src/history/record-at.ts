/** The record at a place of a topic: where a dead letter has only a part of it, or only its place. */
import { isUtf8 } from 'node:buffer'
import type { Offset } from '../base/quantity.ts'
import type { TopicReader } from '../bus/bus.ts'
import type { Records } from '../record/column.ts'

/** What stands in place of a record that retention has deleted, for people. */
export const NOT_KEPT = '(the record is not kept any more)'

export type KeptRecord = { readonly value: Uint8Array; readonly key: Uint8Array }

/** The whole record; undefined where it is not kept any more, or is NULL. Rejects with the Failure of a read. */
export async function recordAt(topic: TopicReader, partition: number, offset: Offset): Promise<KeptRecord | undefined> {
  const { start, end } = topic.bounds(partition)
  if (offset < start || offset >= end) return undefined
  const { baseOffset, values, keys, nulls } = (await topic.read(partition, offset, 1)) ?? {}
  // A read at a gap gives the records behind it.
  if (values === undefined || values.count === 0 || baseOffset !== offset || nulls?.[0] === 1) return undefined
  return { value: firstOf(values), key: keys === undefined ? new Uint8Array(0) : firstOf(keys) }
}

const firstOf = ({ bytes, start, end }: Records): Uint8Array => bytes.slice(start[0], end[0])

/** The record as text; undefined where it is not kept any more. */
export async function recordTextAt(topic: TopicReader, partition: number, offset: Offset): Promise<string | undefined> {
  const found = await recordAt(topic, partition, offset)
  return found && Buffer.from(found.value).toString(isUtf8(found.value) ? 'utf8' : 'latin1')
}
