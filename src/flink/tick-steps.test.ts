import { expect, test } from 'vitest'
import { checkedFile } from './checked.test-tool.ts'
import { tickSteps } from './tick-steps.ts'

const MINUTE = 60_000

const stepsOf = (from: string, timezone = 'UTC') => {
  const pipeline = checkedFile(`version: 1
name: p
timezone: ${timezone}
bus: kafka://a:9092
engine: flink://f
topics: { log: { format: common, watermark: ts } }
queries: { q: "SELECT * FROM ${from}" }
`)
  return [...tickSteps(pipeline)]
}
const windows = (call: string) => `TABLE(${call.replace('(', '(TABLE log, DESCRIPTOR(ts), ')})`

test.each([
  ["TUMBLE(INTERVAL '10' MINUTE)", 10, 10],
  ["HOP(INTERVAL '5' MINUTE, INTERVAL '1' HOUR)", 5, 60],
  ["CUMULATE(INTERVAL '5' MINUTE, INTERVAL '1' HOUR)", 5, 60],
  // Its end is no multiple of its size.
  ["TUMBLE(INTERVAL '10' MINUTE, INTERVAL '4' MINUTE)", 2, 10],
])('%s: its windows close at multiples of %d minutes, at most %d behind the last row', (call, step, reach) => {
  expect(stepsOf(windows(call))).toEqual([['log', [{ step: step * MINUTE, reach: reach * MINUTE }]]])
})

test('days of a time zone end at quarters of an hour', () => {
  const day = windows("TUMBLE(INTERVAL '1' DAY)")
  expect(stepsOf(day)).toEqual([['log', [{ step: 1440 * MINUTE, reach: 1440 * MINUTE }]]])
  expect(stepsOf(day, 'Asia/Kathmandu')).toEqual([['log', [{ step: 15 * MINUTE, reach: 1440 * MINUTE }]]])
})

test('rows that no window waits for need no tick', () => {
  expect(stepsOf('log')).toEqual([])
})
