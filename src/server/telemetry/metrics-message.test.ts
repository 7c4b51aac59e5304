import { expect, test } from 'vitest'
import { METRICS } from '../metrics/all.ts'
import { metricsRequest } from './metrics-message.ts'

const OF = { resource: { 'service.name': 'tailrace' }, version: '1.2', startMs: 1000, nowMs: 2500 }
const TIMES = { startTimeUnixNano: 1_000_000_000n, timeUnixNano: 2_500_000_000n }
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } })

test('counters are sums, gauges are of their moment, and counts of a histogram lie between its bounds', () => {
  const bucket = (query: string, le: string, value: number) => ({
    metricName: 'a_seconds_bucket',
    labels: { query, le },
    value,
  })
  const ofQuery = (query: string, counts: readonly [number, number, number], sum: number) => [
    bucket(query, '0.5', counts[0]),
    bucket(query, '10', counts[1]),
    bucket(query, '+Inf', counts[2]),
    { metricName: 'a_seconds_sum', labels: { query }, value: sum },
    { metricName: 'a_seconds_count', labels: { query }, value: counts[2] },
  ]
  const request = metricsRequest(
    [
      { name: 'r_bytes_total', help: 'Bytes.', type: 'counter', values: [{ labels: { topic: 'a' }, value: 7 }] },
      {
        name: 'windows',
        help: 'Open.',
        type: 'gauge',
        values: [
          { labels: {}, value: 0 },
          { labels: { q: 1 }, value: Number.NaN },
        ],
      },
      {
        name: 'a_seconds',
        help: 'Time.',
        type: 'histogram',
        values: [...ofQuery('x', [1, 4, 4], 9.5), ...ofQuery('y', [0, 0, 2], 60)],
      },
      { name: 'none', help: 'None.', type: 'gauge', values: [] },
    ],
    OF,
  )
  const [of] = request.resourceMetrics
  expect(of?.resource).toEqual({ attributes: [text('service.name', 'tailrace')] })
  expect(of?.scopeMetrics[0]?.scope).toEqual({ name: 'tailrace', version: '1.2' })
  const explicitBounds = [0.5, 10]
  expect(of?.scopeMetrics[0]?.metrics).toEqual([
    {
      name: 'r_bytes_total',
      description: 'Bytes.',
      unit: 'By',
      sum: {
        dataPoints: [{ attributes: [text('topic', 'a')], ...TIMES, asDouble: 7 }],
        aggregationTemporality: 2,
        isMonotonic: true,
      },
    },
    {
      name: 'windows',
      description: 'Open.',
      gauge: { dataPoints: [{ attributes: [], timeUnixNano: TIMES.timeUnixNano, asDouble: 0 }] },
    },
    {
      name: 'a_seconds',
      description: 'Time.',
      unit: 's',
      histogram: {
        aggregationTemporality: 2,
        dataPoints: [
          {
            attributes: [text('query', 'x')],
            ...TIMES,
            count: 4n,
            sum: 9.5,
            bucketCounts: [1n, 3n, 0n],
            explicitBounds,
          },
          {
            attributes: [text('query', 'y')],
            ...TIMES,
            count: 2n,
            sum: 60,
            bucketCounts: [0n, 0n, 2n],
            explicitBounds,
          },
        ],
      },
    },
  ])
})

test('every name that ends with a unit has it told', () => {
  const named = METRICS.map(({ name, help, type }) => ({ name, help, type, values: [{ labels: {}, value: 1 }] }))
  const metrics = metricsRequest(named, OF).resourceMetrics[0]?.scopeMetrics[0]?.metrics ?? []
  for (const { name, unit } of metrics) {
    expect({ name, unit }).toEqual({ name, unit: /seconds/.test(name) ? 's' : /bytes/.test(name) ? 'By' : undefined })
  }
})
