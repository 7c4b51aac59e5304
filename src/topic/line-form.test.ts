import { expect, test } from 'vitest'
import { checkedText } from '../../test/run/in-process.ts'
import { testClock } from '../../test/sim/running.ts'
import { recordsOf } from '../record/records.ts'
import type { FoundFile } from '../source/file/find.ts'
import { inOrderOfTime } from '../source/file/order.ts'
import { lineFormOf } from './line-form.ts'

const formOf = (type: string) => {
  const { topics, timezone } = checkedText(
    `version: 1
name: p
timezone: America/New_York
topics:
  t: { format: { json: { columns: { seen: ${type} } } }, watermark: seen }
`,
    '/',
  )
  const [topic] = topics
  if (topic === undefined) throw new Error('the topic is declared')
  return lineFormOf(topic.format, topic.rowtime, timezone, testClock(Date.parse('2025-01-11T00:00:00Z')))
}

test('a time without a zone is compared with the last change of a file by the clock of the pipeline', () => {
  // 10:00 in New York is 15:00 UTC.
  const changed = Date.parse('2025-01-10T14:30:00Z')
  const files = [
    { path: 'timed.log', changed: 0 },
    { path: 'untimed.log', changed },
  ] as unknown as readonly FoundFile[]
  const orderBy = (type: string, time: string) => {
    const form = formOf(type)
    const first = form.firstTime(recordsOf([`{"seen":"${time}"}`]))
    expect(first).toBeDefined()
    const ordered = inOrderOfTime(files, ({ path }) => (path === 'timed.log' ? first : undefined), form.timeAt)
    return ordered.map(({ path }) => path)
  }
  const later = ['untimed.log', 'timed.log']
  expect(orderBy('TIMESTAMP(3)', '2025-01-10 10:00:00')).toEqual(later)
  expect(orderBy('TIMESTAMP(3)', '2025-01-10 09:00:00')).toEqual(later.toReversed())
  expect(orderBy('TIMESTAMP_LTZ(3)', '2025-01-10T15:00:00Z')).toEqual(later)
  expect(orderBy('TIMESTAMP_LTZ(3)', '2025-01-10T14:00:00Z')).toEqual(later.toReversed())
})

// Promise: New files that a glob matches begin by the first event time that their topic takes: one that is far ahead of now is none.
test('the first time of lines is the first that is no record from the future', () => {
  const form = formOf('TIMESTAMP_LTZ(3)')
  const lines = ['{"seen":"2035-01-01T00:00:00Z"}', 'no time', '{"seen":"2025-01-10T15:00:00Z"}']
  expect(form.firstTime(recordsOf(lines))).toBe(Date.parse('2025-01-10T15:00:00Z'))
  expect(form.firstTime(recordsOf(lines.slice(0, 2)))).toBeUndefined()
})
