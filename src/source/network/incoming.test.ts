import { expect, test } from 'vitest'
import { recordsOf } from '../../record/records.ts'
import type { SourceContext } from '../source.ts'
import { IncomingRecords } from './incoming.ts'

const MOST = 100_000

test('the queue is full by what waits in memory, also where records are short and come one by one', () => {
  let isFull = false
  const incoming = new IncomingRecords({
    context: {} as SourceContext,
    longest: 1000,
    full: () => (isFull = true),
    room: () => {},
  })
  const one = recordsOf(['x'])
  while (!isFull && incoming.count < MOST) incoming.add(one)
  expect(incoming.isFull).toBe(true)
  expect(incoming.count).toBeLessThan(MOST)
})
