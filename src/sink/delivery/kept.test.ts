/** What a topic keeps of records besides their values, on its way to a sink. */
import { expect, test } from 'vitest'
import type { Delivery } from '../sink.ts'
import { named, startLoop, textsOf } from './delivery.test-tool.ts'

test('a sink that asks for it gets each record with its key and arrival, also in the halves of a batch; another gets nothing', async () => {
  const arrivals = async (givesKept: boolean) => {
    const seen = new Map<string, number | undefined>()
    const write = async (delivery: Delivery) => {
      const texts = textsOf(delivery)
      if (texts.includes('0/7') && texts.length > 1) return { kind: 'batch', reason: 'odd' } as const
      texts.forEach((text, i) => {
        seen.set(text, delivery.kept?.timestamps[i])
      })
      expect(delivery.kept?.baseOffset).toBe(givesKept ? delivery.baseOffset : undefined)
      return undefined
    }
    const { loop, ended } = await startLoop({ records: 20, script: { write }, givesKept, limits: { rows: 12 } })
    ended.abort()
    await loop.run()
    return [...seen]
  }
  expect(await arrivals(true)).toEqual(named(0, 20).map((text, i) => [text, i]))
  expect(await arrivals(false)).toEqual(named(0, 20).map((text) => [text, undefined]))
})
