/** Reads topics that keep their records as texts: the rows of queries, dead letters, ticks. */
import { setImmediate } from 'node:timers/promises'
import type { Offset } from '../base/quantity.ts'
import type { Offsets, TopicReader } from '../bus/bus.ts'
import { readOffsets } from '../bus/fetched.ts'
import { recordText } from '../record/records.ts'

export type TextRecord = {
  readonly partition: number
  readonly offset: Offset
  /** Empty where the record has no key. */
  readonly key: string
  readonly text: string
  /** When it arrived, ms since 1970. */
  readonly arrived: number
}

/**
 * The records that a topic has now, one partition after the other, each from its offset in `from` or its first record still
 * kept. A NULL value is passed over: no program of ours writes one.
 */
export async function* readTexts(topic: TopicReader, from: Offsets = {}): AsyncGenerator<TextRecord> {
  for (let partition = 0; partition < topic.partitions; partition++) {
    const pieces = readOffsets(topic, partition, { from: from[partition] })
    for await (const { baseOffset, values, nulls, keys, timestamps } of pieces) {
      for (let i = 0; i < values.count; i++) {
        if (nulls?.[i] === 1) continue
        const key = keys === undefined ? '' : recordText(keys, i)
        const text = recordText(values, i)
        yield { partition, offset: baseOffset + i, key, text, arrived: timestamps[i] ?? Number.NaN }
      }
      // Reading may never wait for anything: without a turn of the event loop sockets and timers would starve.
      await setImmediate()
    }
  }
}
