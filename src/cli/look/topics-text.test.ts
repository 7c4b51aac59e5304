import { expect, test } from 'vitest'
import { emptyStatus } from '../../run/status/of-run.ts'
import type { PartitionStatus, PipelineStatus, TopicStatus } from '../../run/status/status.ts'
import { coloursIf } from '../../terminal/colour.ts'
import { textWidth } from '../../terminal/text.ts'
import { topicsSheet } from './topics-text.ts'

const AT = Date.parse('2026-11-29T22:34:28.000Z')

const partition = (end: number): PartitionStatus => ({
  partition: 0,
  start: 0,
  end,
  bytes: end * 100,
  firstArrival: end === 0 ? null : '2026-11-29T20:00:00.000Z',
  lastArrival: end === 0 ? null : '2026-11-29T22:34:16.000Z',
  leader: null,
  replicas: [],
  inSync: [],
  watermark: end === 0 ? null : '1995-07-01T11:36:23.000Z',
  quietMs: null,
})

const topic = (name: string, records: number, more: Partial<TopicStatus> = {}): TopicStatus => ({
  name,
  kind: 'query',
  records,
  bytes: records * 100,
  rate: null,
  partitions: [partition(records)],
  idleMs: null,
  heldBy: null,
  dead: null,
  readers: [],
  ...more,
})

const READERS = ['methods', 'top_paths', 'errors', 'sessions'].map((name, i) => ({
  name: `query ${name}`,
  lag: i * 2000,
}))

const STATUS: PipelineStatus = {
  ...emptyStatus({ state: 'running', now: AT, dataFolder: '/d', bus: 'embedded', process: null }),
  topics: [
    topic('apache_logs', 12_345_678, { kind: 'source', readers: [...READERS, { name: 'sink archive', lag: 0 }] }),
    topic('apache_logs.dead', 0, { kind: 'dead' }),
    topic('apache_logs.ticks', 0, { kind: 'ticks' }),
    topic('nasa.errors.dead', 7, { kind: 'dead' }),
    topic('nasa.methods', 1234, { readers: [{ name: 'sink files', lag: 0 }] }),
  ],
}

const linesOf = (options: { readonly all?: boolean }) =>
  topicsSheet(STATUS, { with: [], set: [], ...options })(coloursIf(false), Number.POSITIVE_INFINITY)

test('topics fit into 100 columns: the last arrival in terms of now, the watermark, and the reader that is furthest behind', () => {
  const lines = linesOf({})
  expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(100)
  expect(lines[0]).toMatch(/^topic +parts +records +size +arrived +watermark +behind$/)
  expect(lines[1]).toMatch(/^apache_logs .* 12 s ago +1995-07-01T11:36:23Z +sessions 6,000 \+2$/)
  expect(lines[3]).toMatch(/^nasa\.methods .* 0$/)
})

test('empty topics of dead letters and ticks are shown with --all only', () => {
  expect(linesOf({}).map((line) => line.split(' ')[0])).toEqual([
    'topic',
    'apache_logs',
    'nasa.errors.dead',
    'nasa.methods',
  ])
  expect(linesOf({ all: true })).toHaveLength(6)
})
