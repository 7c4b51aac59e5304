/** Letters that are reported and not yet durable. */
import type { Clock } from '../base/clock.ts'
import { type Gate, openGate } from '../base/gate.ts'
import type { Offset } from '../base/quantity.ts'
import { appendWhole } from '../bus/append-parts.ts'
import type { Topic } from '../bus/bus.ts'
import { recordsOf } from '../record/records.ts'

const IN_FLIGHT_BYTES = 16 << 20

export type PendingLetters = {
  /** Resolve to the offsets behind the letters flushed, by partition. */
  readonly ends: readonly Promise<Offset>[]
  readonly gate: Gate
  /** `offset`: that of the record in its topic. */
  push(partition: number, offset: Offset, letter: string): void
  /** Appends the letters of a partition; resolves when they are durable. */
  flushOne(partition: number): Promise<unknown>
  flush(): void
}

/** Letters on their way to their topic; `ends` resolve to the offsets behind the letters flushed, at first those in `found`. */
export function openPending(topic: Topic, found: readonly Offset[], clock: Clock): PendingLetters {
  const waiting: { readonly offset: Offset; readonly text: string }[][] = Array.from(found, () => [])
  const ends: Promise<Offset>[] = found.map(async (end) => end)
  const gate = openGate(IN_FLIGHT_BYTES)
  const flushOne = (partition: number): Promise<unknown> => {
    const letters = waiting[partition] ?? []
    if (letters.length === 0) return Promise.resolve()
    // Operators report a batch one after the other; how far the letters of a series go must say which are there.
    const inOrder = letters.toSorted((a, b) => a.offset - b.offset)
    letters.length = 0
    const values = recordsOf(inOrder.map(({ text }) => text))
    const end = appendWhole(topic, partition, { values, keys: undefined, timestamp: clock.now() })
    ends[partition] = end
    gate.add(values.bytes.length, end)
    return end
  }
  return {
    ends,
    gate,
    push: (partition, offset, text) => void waiting[partition]?.push({ offset, text }),
    flushOne,
    flush() {
      for (let partition = 0; partition < waiting.length; partition++) void flushOne(partition)
    },
  }
}
