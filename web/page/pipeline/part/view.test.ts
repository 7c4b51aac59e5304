import { expect, test } from 'vitest'
import type { GraphPart } from '../../../../src/server/api/pipeline.ts'
import type { PipelineStatus, TopicStatus } from '../../../../src/server/api/status.ts'
import { heldText, viewOf } from './view.ts'

const part = (kind: GraphPart['kind'], name: string, topic: string | null = null): GraphPart => ({
  id: `${kind} ${name}`,
  kind,
  name,
  topic,
  what: 'tcp',
  written: null,
  sql: null,
  columns: null,
  watermark: null,
  notifiers: null,
})

const status = (more: Partial<PipelineStatus>): PipelineStatus => ({
  form: 1,
  at: '2026-12-01T12:00:10.000Z',
  state: 'running',
  pipeline: 'shop',
  dataFolder: '.tailrace/shop',
  process: null,
  trouble: [],
  bus: { type: 'embedded', cluster: null, brokers: [], trouble: [] },
  sources: [],
  topics: [],
  queries: [],
  sinks: [],
  alerts: [],
  reports: [],
  checkpoint: null,
  groups: [],
  dropped: null,
  share: null,
  ...more,
})

const topic = (more: Partial<TopicStatus>): TopicStatus => ({
  name: 'access',
  kind: 'source',
  records: 10,
  bytes: 100,
  rate: 2,
  partitions: [],
  idleMs: null,
  heldBy: null,
  dead: null,
  readers: [],
  ...more,
})

const source = {
  name: 'web',
  reads: 'tcp 127.0.0.1:9999',
  to: 'access',
  lines: 1234,
  bytes: 1,
  rate: 0,
  lastArrival: '2026-12-01T12:00:05.000Z',
  waitsFor: null,
  waitsMs: 0,
  hasEnded: false,
  warning: null,
  unreachable: null,
}

test('a source says whether it reads, waits, or is held back', () => {
  const seen = (more: object) => viewOf(part('source', 'web'), status({ sources: [{ ...source, ...more }] }))
  expect(seen({})).toMatchObject({ tone: 'good', word: 'waiting', facts: ['last line 5 s ago', '1.2k lines'] })
  expect(seen({ rate: 3 })).toMatchObject({ tone: 'good', word: 'reading', rate: 3, facts: ['1.2k lines'] })
  expect(seen({ waitsFor: 'readers', waitsMs: 1500 })).toMatchObject({ tone: 'busy', word: 'held back' })
  expect(seen({ hasEnded: true })).toMatchObject({ tone: 'off', word: 'ended' })
  expect(viewOf(part('source', 'other'), status({ sources: [source] }))).toMatchObject({ word: 'not open' })
})

test('trouble belongs to the part that it names: a topic by its name on the bus, a query with the topic of its rows', () => {
  const trouble = [
    { part: 'sink archive', text: 'a' },
    { part: 'topic access, partition 1', text: 'b' },
    { part: 'topic shop.paths', text: 'c' },
    { part: 'alert busy, webhook', text: 'd' },
    { part: 'topic access2', text: 'e' },
  ]
  const of = (one: GraphPart) => viewOf(one, status({ trouble })).trouble
  expect(of(part('topic', 'access', 'access'))).toEqual(['b'])
  expect(of(part('query', 'paths', 'shop.paths'))).toEqual(['c'])
  expect(of(part('alert', 'busy', 'shop.alert.busy'))).toEqual(['d'])
  expect(of(part('sink', 'archive'))).toEqual(['a'])
  expect(viewOf(part('sink', 'archive'), status({ trouble })).tone).toBe('bad')
})

test('what windows wait for is said where a partition is behind by more than a moment', () => {
  const partition = { partition: 1, start: 0, end: 5, bytes: 1, firstArrival: null, lastArrival: null, leader: null }
  const held = (heldBy: TopicStatus['heldBy'], idleMs: number | null = null) =>
    heldText(
      topic({
        heldBy,
        idleMs,
        partitions: [{ ...partition, replicas: [], inSync: [], watermark: null, quietMs: 4000 }],
      }),
    )
  expect(held(null)).toBeUndefined()
  expect(held({ partition: 1, behindMs: 400, why: 'silent' })).toBeUndefined()
  expect(held({ partition: 1, behindMs: 60_000, why: 'unread' })).toBe(
    'partition 1 is still being read, 1 min behind the others',
  )
  expect(held({ partition: 1, behindMs: null, why: 'empty' })).toBe('partition 1 has no records')
  expect(held({ partition: 1, behindMs: 60_000, why: 'silent' }, 10_000)).toBe(
    'partition 1 is silent, 1 min behind the others; it counts for 6 s more',
  )
})
