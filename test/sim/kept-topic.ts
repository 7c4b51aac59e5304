/** A topic whose appends wait until they are kept, so that a test decides how much of each partition outlives a crash. */
import type { Append, Topic } from '../../src/bus/bus.ts'
import type { Records } from '../../src/record/column.ts'

type Kept = { readonly lines: readonly string[]; readonly mark: Uint8Array | undefined }

export type KeptTopic = Topic & {
  /** Lines that are durable, by partition. */
  lines(partition: number): readonly string[]
  /** Makes all that waits durable. */
  keep(): void
  /** Loses what waits, but for a beginning of each partition: `share` of its appends. */
  crash(share: (partition: number) => number): void
}

const textsOf = ({ bytes, start, end, count }: Records): string[] =>
  Array.from({ length: count }, (_, i) => Buffer.from(bytes.subarray(start[i], end[i])).toString())

const notAsked = (): never => {
  throw new Error('a source does not ask for this')
}

export function keptTopic(partitions: number): KeptTopic {
  const durable: Kept[][] = Array.from({ length: partitions }, () => [])
  const waiting: Kept[][] = Array.from({ length: partitions }, () => [])
  const keepFirst = (partition: number, count: number) => {
    durable[partition]?.push(...(waiting[partition]?.splice(0, count) ?? []))
    waiting[partition]?.splice(0)
  }
  return {
    name: 't',
    partitions,
    append: async (partition, { values, mark }: Append) => {
      waiting[partition]?.push({ lines: textsOf(values), mark: mark?.slice() })
      return 0
    },
    read: notAsked,
    bounds: notAsked,
    stretches: notAsked,
    trim: notAsked,
    roll: notAsked,
    lastMark: async (partition) => durable[partition]?.at(-1)?.mark,
    onAppend: notAsked,
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
