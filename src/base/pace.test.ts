import { expect, test } from 'vitest'
import { jumpingClock } from './jumping-clock.test-tool.ts'
import { openPace } from './pace.ts'

const never = new AbortController().signal

test('ten a second: one at once, then one every 100 ms', async () => {
  const clock = jumpingClock()
  const pace = openPace(10, clock)
  const times: number[] = []
  for (let event = 0; event < 5; event++) {
    await pace.wait(never)
    times.push(clock.at)
    pace.take(1)
  }
  expect(times).toEqual([0, 100, 200, 300, 400])
})

test('a flow that was held up catches up, and goes no further', async () => {
  const clock = jumpingClock()
  const pace = openPace(3, clock)
  pace.take(pace.due())
  clock.at = 10_000
  expect(pace.due()).toBe(30)
  pace.take(30)
  expect(pace.due()).toBe(0)
})

test('a fast flow goes in steps of 5 ms, and keeps its rate', async () => {
  const clock = jumpingClock()
  const pace = openPace(100_000, clock)
  const steps: number[] = []
  while (clock.at < 20) {
    await pace.wait(never)
    steps.push(pace.due())
    pace.take(pace.due())
  }
  expect(steps).toEqual([501, 500, 500, 500])
})

test('max: everything is due at once', () => {
  expect(openPace(Number.POSITIVE_INFINITY, jumpingClock()).due()).toBe(Number.POSITIVE_INFINITY)
})
