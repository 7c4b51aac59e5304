import { expect, test } from 'vitest'
import type { Clock } from '../../base/clock.ts'
import { halfPace } from './half-pace.ts'

test('the rest is as long as the work before it; time that the taker of the rows needs is no work', async () => {
  let elapsed = 0
  const rests: number[] = []
  const clock: Clock = {
    now: () => elapsed,
    elapsed: () => elapsed,
    async sleep(time) {
      rests.push(time)
      elapsed += time
    },
  }
  const told: number[] = []
  const { pause } = halfPace(clock, (records) => {
    told.push(records)
    elapsed += 500
  })
  for (const work of [40, 1, 7]) {
    elapsed += work
    await pause(work * 10)
  }
  expect(told).toEqual([400, 10, 70])
  expect(rests).toEqual([40, 7])
})
