import { expect, test } from 'vitest'
import { formatBrief, formatFull, isAdded, unitOf } from './unit.ts'

const whole = (name: string) => ({ name, type: 'BIGINT' })

test('a unit follows from the name of a column', () => {
  const names = ['hits', 'body_bytes', 'sent', 'latency_ms', 'avg_ms', 'took_s', 'error_pct', 'status']
  expect(names.map((name) => unitOf(whole(name)))).toEqual([
    'count',
    'bytes',
    'bytes',
    'ms',
    'ms',
    's',
    'percent',
    'count',
  ])
})

test('counts and bytes are added up, averages and the greatest are not', () => {
  expect(['hits', 'bytes', 'max_bytes', 'p99_ms', 'avg_hits'].map((name) => isAdded(whole(name)))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ])
})

test('values are written with their unit', () => {
  expect([formatBrief(1_234_567, 'count'), formatFull(1_234_567, 'count')]).toEqual(['1.2M', '1,234,567'])
  expect([
    formatBrief(2048, 'bytes'),
    formatBrief(1500, 'ms'),
    formatBrief(90, 's'),
    formatBrief(0.12345, 'number'),
  ]).toEqual(['2 KiB', '1.5 s', '1 min 30 s', '0.1235'])
})
