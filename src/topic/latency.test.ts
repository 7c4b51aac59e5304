import { expect, test } from 'vitest'
import { openLatencyMeter } from './latency.ts'

test('quantiles are those of the times noted, to a twentieth', () => {
  const meter = openLatencyMeter()
  expect(meter.summary()).toEqual({ count: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 })
  for (let time = 1; time <= 1000; time++) meter.note(time)
  const { count, p50Ms, p99Ms, maxMs } = meter.summary()
  expect({ count, maxMs }).toEqual({ count: 1000, maxMs: 1000 })
  expect(Math.abs(p50Ms - 500)).toBeLessThan(30)
  expect(Math.abs(p99Ms - 990)).toBeLessThan(55)
})

test('a clock that was put back is no time', () => {
  const meter = openLatencyMeter()
  meter.note(-5)
  expect(meter.summary()).toEqual({ count: 1, p50Ms: 0, p99Ms: 0, maxMs: 0 })
})
