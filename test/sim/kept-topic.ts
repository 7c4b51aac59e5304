/** A topic whose appends wait until a test keeps them: so it decides how much of each partition survives a crash. */
import type { Append, Position } from '../../src/bus/bus.ts'
import { recordText } from '../../src/record/records.ts'
import type { FilledTopic } from '../../src/run/topic-writer.ts'

type Kept = { readonly lines: readonly string[]; readonly position: Position | undefined }
type Waiting = Kept & { durable(offset: number): void }

export type KeptTopic = FilledTopic & {
  /** Lines that are durable, by partition. */
  lines(partition: number): readonly string[]
  /** Makes all waiting appends durable. */
  keep(): void
  /** Loses the waiting appends, except for the first `share` of each partition. */
  crash(share: (partition: number) => number): void
}

/**
 * `acknowledged`: when an append resolves. A writer that waits for what is durable needs `kept`; one that brings more than may be
 * under way (`topic-writer.ts`) between two calls of `keep` would then wait for ever.
 */
export function keptTopic(
  partitions: number,
  maxAppendBytes: number = Number.POSITIVE_INFINITY,
  acknowledged: 'at-once' | 'kept' = 'at-once',
): KeptTopic {
  const durable: Kept[][] = Array.from({ length: partitions }, () => [])
  const waiting: Waiting[][] = Array.from({ length: partitions }, () => [])
  const keepFirst = (partition: number, count: number) => {
    for (const { durable: resolve, ...kept } of waiting[partition]?.splice(0, count) ?? []) {
      durable[partition]?.push(kept)
      resolve(0)
    }
    waiting[partition]?.splice(0)
  }
  return {
    partitions,
    maxAppendBytes,
    append(partition, { values, position }: Append) {
      const lines = Array.from({ length: values.count }, (_, i) => recordText(values, i))
      const { promise, resolve } = Promise.withResolvers<number>()
      waiting[partition]?.push({ lines, position: structuredClone(position?.at), durable: resolve })
      if (acknowledged === 'at-once') resolve(0)
      return promise
    },
    position: async () => durable.map((kept) => kept.at(-1)?.position),
    lines: (partition) => durable[partition]?.flatMap(({ lines }) => lines) ?? [],
    keep() {
      for (const [partition, appends] of waiting.entries()) keepFirst(partition, appends.length)
    },
    crash(share) {
      for (const [partition, { length }] of waiting.entries())
        keepFirst(partition, Math.round(length * share(partition)))
    },
  }
}
