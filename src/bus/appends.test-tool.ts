/** Appends of texts and bytes, and reads as plain values, for tests. */
import { assert } from '../base/assert.ts'
import type { Records } from '../record/column.ts'
import type { Append, Fetched, Topic, TopicReader } from './bus.ts'

export type MadeRecord = { readonly key?: Uint8Array; readonly value: Uint8Array }

/** Records in reverse order with other bytes between them, as the lines of one partition are among those of others. */
function scattered(parts: readonly Uint8Array[]): Records {
  const gap = Buffer.from('\n\0|')
  const bytes = Buffer.concat([gap, ...parts.toReversed().flatMap((part) => [part, gap])])
  const start = new Int32Array(parts.length)
  const end = new Int32Array(parts.length)
  let at = gap.length
  for (let row = parts.length - 1; row >= 0; row--) {
    start[row] = at
    end[row] = at + (parts[row] as Uint8Array).length
    at = (end[row] as number) + gap.length
  }
  return { bytes, start, end, count: parts.length }
}

/** An append; `mark` is the position of writer `w`. */
export function appendOf(records: readonly MadeRecord[], timestamp = 0, mark?: string): Append {
  const keyed = records.some(({ key }) => key !== undefined)
  return {
    values: scattered(records.map(({ value }) => value)),
    keys: keyed ? scattered(records.map(({ key }) => key ?? new Uint8Array(0))) : undefined,
    timestamp,
    position: mark === undefined ? undefined : { writer: 'w', at: { mark } },
  }
}

/** The mark of the last append of a partition that had one: see `appendOf`. */
export async function markOf(topic: Topic, partition: number): Promise<unknown> {
  return (await topic.position('w'))[partition]?.mark
}

export const linesOf = (...lines: string[]): readonly MadeRecord[] =>
  lines.map((line) => ({ value: Buffer.from(line) }))

export function textsOf({ bytes, start, end, count }: Records): readonly string[] {
  return Array.from({ length: count }, (_, row) => Buffer.from(bytes.subarray(start[row], end[row])).toString('latin1'))
}

/** All records of a partition, read in steps of about `maxBytes`, each with its offset. */
export async function readAll(
  topic: TopicReader,
  partition: number,
  maxBytes: number = 1 << 20,
): Promise<readonly Read[]> {
  const all: Read[] = []
  await topic.refresh()
  let offset = topic.bounds(partition).start
  for (;;) {
    const fetched = await topic.read(partition, offset, maxBytes)
    if (fetched === undefined) return all
    assert(fetched.baseOffset >= offset && fetched.next > offset, 'a read goes on from the offset that was asked for')
    assert(fetched.next >= fetched.baseOffset + fetched.values.count, 'reading goes on behind the records')
    all.push(...readOf(fetched))
    offset = fetched.next
  }
}

type PlainFetched = Pick<Fetched, 'baseOffset' | 'values' | 'keys' | 'timestamps'>

export type Read = {
  readonly offset: number
  readonly key: string | undefined
  readonly value: string
  readonly time: number
}

export function readOf({ baseOffset, values, keys, timestamps }: PlainFetched): readonly Read[] {
  const keyTexts = keys === undefined ? undefined : textsOf(keys)
  return textsOf(values).map((value, row) => {
    return { offset: baseOffset + row, key: keyTexts?.[row], value, time: timestamps[row] ?? Number.NaN }
  })
}

/** The bytes with the bits of `mask` flipped in one of them. */
export function flipped(bytes: Uint8Array, at: number, mask: number = 1 << (at % 8)): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] as number) ^ mask
  return copy
}
