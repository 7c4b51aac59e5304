import { expect, test } from 'vitest'
import { deliveryOf, FIELDS } from '../../../test/contract/made-deliveries.ts'
import { Failure } from '../../base/failure.ts'
import type { Append, Topic } from '../../bus/bus.ts'
import { json } from '../../format/json/json.ts'
import { writerOf } from '../../format/open.ts'
import { writeTo } from './write-to.ts'

test('a failure is not told before the other partitions have their records, so that a repeat leaves them out', async () => {
  const stored = [0, 0]
  const slow = Promise.withResolvers<void>()
  let isBroken = true
  const at: (Append['position'] | undefined)[] = [undefined, undefined]
  const topic: Pick<Topic, 'append' | 'maxAppendBytes' | 'position'> = {
    maxAppendBytes: 1000,
    position: async () => at.map((position) => position?.at),
    async append(partition, { values, position }) {
      if (partition === 0 && isBroken) throw new Failure('io', 'partition 0 is away', { retryable: true })
      if (partition === 1) await slow.promise
      stored[partition] = (stored[partition] ?? 0) + values.count
      at[partition] = position
      return 0
    },
  }
  const encoder = writerOf({ format: json, options: {} }, FIELDS)
  const sending = { encoder, keyColumn: undefined, partitions: 2, mostBytes: 1000 }
  const writer = { topic, sending, source: 'p.s', now: () => 0 }
  const delivery = deliveryOf(
    0,
    0,
    ['a', 'b', 'c', 'd'].map((text) => ({ text, time: 1 })),
  )
  let failed = false
  const first = writeTo(writer, delivery).catch((error: Error) => {
    failed = true
    return error.message
  })
  await new Promise(setImmediate)
  expect(failed).toBe(false)
  slow.resolve()
  expect(await first).toBe('partition 0 is away')
  isBroken = false
  expect(await writeTo(writer, delivery)).toBeUndefined()
  expect(stored).toEqual([2, 2])
})
