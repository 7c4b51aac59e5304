/** A topic of changes by key in memory, delivered to a sink that keeps what it gets. */

import { seededRandom } from '../../base/random.ts'
import { appendOf } from '../../bus/appends.test-tool.ts'
import { memoryStore, openMemoryBus } from '../../bus/memory-bus.test-tool.ts'
import { openJson } from '../../format/json/json.ts'
import { type Column, valueAt } from '../../record/column.ts'
import { INT, STRING } from '../../record/type.ts'
import { openTopicFormat } from '../../topic/topic-format.ts'
import { batchLimitsOf } from './batch-limits.ts'
import { fastClock } from './delivery.test-tool.ts'
import { openDelivery } from './loop.ts'

type Made = { readonly key: number; readonly value: number | null; readonly together: boolean }

const FIELDS = [
  { name: 'k', type: STRING },
  { name: 'v', type: INT },
]

/** What a sink gets of changes: key, value, and whether the row is deleted. `splits`: it refuses batches of several. */
export async function memoryBusTopic(
  all: readonly Made[],
  { rows, splits }: { readonly rows: number; readonly splits: boolean },
): Promise<{ readonly got: readonly (readonly unknown[])[] }> {
  const random = seededRandom(1)
  await using bus = openMemoryBus(memoryStore(), { random })
  const topic = await bus.topic('t', 1)
  for (let from = 0; from < all.length; ) {
    let to = from + 1
    while (to < all.length && all[to]?.together === true) to++
    const some = all.slice(from, to)
    const records = some.map(({ key, value }) => ({
      key: Buffer.from(JSON.stringify({ k: `k${key}` })),
      value: Buffer.from(value === null ? '' : JSON.stringify({ k: `k${key}`, v: value })),
    }))
    await topic.append(0, { ...appendOf(records), nulls: Uint8Array.from(some, ({ value }) => Number(value === null)) })
    from = to
  }
  const got: unknown[][] = []
  const ended = new AbortController()
  const format = openTopicFormat(openJson(FIELDS.map((field) => ({ field }))), [], 't')
  const never = new AbortController().signal
  const loop = await openDelivery({
    before: { offsets: {}, state: {} },
    cursor: topic.cursor({}),
    decoder: () => format.decoder([0, 1]),
    hasMetadata: false,
    changing: true,
    open: async () => ({
      async write(delivery) {
        if (splits && delivery.records.count > 1) return { kind: 'batch', reason: 'several' }
        const { count, columns, deleted } = delivery.rows
        for (let row = 0; row < count; row++) {
          got.push([...columns.map((column: Column) => valueAt(column, row)), deleted?.[row] === 1])
        }
        return undefined
      },
      flush: async () => ({}),
      async [Symbol.asyncDispose]() {},
    }),
    warn() {},
    undecodable(_, __, rejects) {
      if (rejects.length > 0) throw new Error(JSON.stringify(rejects))
    },
    refused: async () => undefined,
    limits: { ...batchLimitsOf({}, {}), rows },
    anyOrder: false,
    clock: fastClock(),
    random,
    ended: ended.signal,
    halt: never,
    giveUp: never,
  })
  ended.abort()
  await loop.run()
  return { got }
}
