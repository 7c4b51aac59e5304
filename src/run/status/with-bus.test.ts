import { expect, test } from 'vitest'
import type { BusLook, GroupLook, PartitionLook } from '../../bus/look.ts'
import { emptyStatus, NO_PARTITION, topicOfPartitions } from './of-run.ts'
import { placeIn } from './place-in.ts'
import { withRates } from './rates.ts'
import { pipelineStatus } from './schema.ts'
import type { PipelineStatus, TopicStatus } from './status.ts'
import { withTrouble } from './trouble.ts'
import { withBus } from './with-bus.ts'

const HEAD = {
  now: 60_000,
  dataFolder: '/data',
  bus: 'kafka',
  process: { pid: 7, version: '1', since: 'then' },
} as const

const topic = (name: string, ends: readonly number[], more: Partial<TopicStatus> = {}): TopicStatus => ({
  ...topicOfPartitions(
    name,
    ends.map((end, partition) => ({ ...NO_PARTITION, partition, end })),
  ),
  kind: 'source',
  ...more,
})
const lines = topic('lines', [10, 20])
const STATUS: PipelineStatus = {
  ...emptyStatus({ ...HEAD, state: 'running' }),
  pipeline: 'nasa',
  topics: [lines],
  queries: [
    {
      name: 'methods',
      group: 'nasa.query.methods',
      reads: [placeIn({ name: 'lines', partitions: 2, bounds: () => ({ start: 0, end: 20 }) }, () => 15)],
      rows: 5,
      rate: null,
      read: 0,
      late: 0,
      partlyLate: 0,
      latency: null,
      state: { bytes: 10, limitBytes: 100, windows: 1, groups: 1 },
      job: null,
    },
  ],
}

const copy = (end: number, inSync: readonly number[] = [1, 2, 3], leader: number | undefined = 1): PartitionLook => {
  return { start: 2, end, bytes: 100, leader, replicas: [1, 2, 3], inSync }
}
const group = (name: string, committed: GroupLook['committed'], members: GroupLook['members'] = []): GroupLook => {
  return { name, state: members.length === 0 ? 'Empty' : 'Stable', members, committed }
}
const LOOK: BusLook = {
  bus: 'kafka',
  cluster: 'c1',
  brokers: [{ id: 1, address: 'b:9092', isController: true }],
  topics: [
    { name: 'lines', partitions: [copy(11), copy(25, [1])] },
    { name: 'foreign', partitions: [copy(7)] },
  ],
  groups: [
    group('nasa.query.methods', { lines: { 0: 4, 1: 20 } }),
    group('nasa.sink.old', { lines: { 0: 1 } }),
    group('indexer', { lines: { 0: 9, 1: 18 } }, [{ id: 'm', client: 'c', host: 'h', reads: { lines: [0, 1] } }]),
    group('of others', { foreign: { 0: 1 } }),
  ],
  trouble: [],
}

test('the look at a bus adds copies, sizes and groups, and leaves out what others have', () => {
  const status = withBus(STATUS, LOOK, false)
  expect(pipelineStatus.parse(status)).toEqual(status)
  expect(status.bus).toMatchObject({ cluster: 'c1', brokers: LOOK.brokers })
  expect(status.topics).toMatchObject([
    {
      name: 'lines',
      kind: 'source',
      bytes: 200,
      partitions: [
        // The bounds that the process knows fit the places of its readers.
        { end: 10, replicas: [1, 2, 3], inSync: [1, 2, 3], leader: 1, bytes: 100 },
        { end: 20, inSync: [1] },
      ],
      readers: [
        { name: 'query methods', lag: 10 },
        { name: 'group indexer', lag: 3 },
      ],
    },
  ])
  expect(status.groups).toMatchObject([
    { name: 'nasa.query.methods', part: 'query methods', isGone: false, lag: 6, state: 'Empty' },
    { name: 'nasa.sink.old', part: null, isGone: true },
    { name: 'indexer', part: null, isGone: false, lag: 3, members: [{ client: 'c' }] },
  ])
  const all = withBus(STATUS, LOOK, true)
  expect(all.topics.map(({ name }) => name)).toEqual(['lines', 'foreign'])
  expect(all.groups.map(({ name }) => name)).toContain('of others')
})

test('bounds that the bus does not tell are those that the process knows, or none', () => {
  const unknown = { ...copy(0), start: undefined, end: undefined, bytes: undefined }
  const look = { ...LOOK, topics: ['lines', 'foreign'].map((name) => ({ name, partitions: [unknown, unknown] })) }
  const { topics } = withBus(STATUS, look, true)
  expect(topics.map(({ name, partitions }) => [name, ...partitions.map(({ end }) => end)])).toEqual([
    ['lines', 10, 20],
    ['foreign', 0, 0],
  ])
})

const troubleOf = (status: PipelineStatus) => withTrouble(status).trouble.map(({ part, text }) => `${part}: ${text}`)

test('a partition without all its copies, or without a leader, is trouble', () => {
  expect(troubleOf(withBus(STATUS, LOOK, false))).toEqual([
    'bus: partitions that are under-replicated, as not all of their copies are in sync: lines (1)',
  ])
  const look = { ...LOOK, topics: [{ name: 'lines', partitions: [{ ...copy(1, []), leader: undefined }] }] }
  expect(troubleOf(withBus({ ...STATUS, topics: [] }, look, true))).toEqual([
    'bus: partitions without a leader, which nobody can write to or read: lines (0)',
  ])
})

const source = {
  name: 's',
  reads: 'tcp',
  to: 'lines',
  lines: 200,
  bytes: 2000,
  rate: null,
  lastArrival: null,
  hasEnded: false,
}
const waits = (waitsFor: 'bus' | 'readers' | 'room', waitsMs: number) => {
  return { ...STATUS, sources: [{ ...source, warning: null, unreachable: null, waitsFor, waitsMs }] } as const
}

test.each<[string, PipelineStatus, readonly string[]]>([
  ['nothing', STATUS, []],
  ['a source that waits for a moment', waits('readers', 400), []],
  [
    'a source that waits for long',
    waits('room', 65_000),
    ['source s: it has waited 1 min for room in topic lines, which is at a limit'],
  ],
  [
    'a source that cannot be read',
    {
      ...STATUS,
      sources: [{ ...waits('bus', 0).sources[0], unreachable: { text: 'it is down', since: 'then', attempts: 3 } }],
    },
    ['source s: it cannot be read since then, tried 3 times: it is down'],
  ],
  [
    'a bus that cannot write',
    { ...STATUS, bus: { ...STATUS.bus, trouble: ['broker 1 does not answer'] } },
    ['bus: broker 1 does not answer'],
  ],
  [
    'a checkpoint that is late',
    { ...STATUS, checkpoint: { at: 'then', ageMs: 31_000, tookMs: 1, intervalMs: 10_000 } },
    ['checkpoint: the last one is of then, and one is due every 10 s'],
  ],
  ['a checkpoint in time', { ...STATUS, checkpoint: { at: 'then', ageMs: 9000, tookMs: 1, intervalMs: 10_000 } }, []],
  [
    'a silent partition without idle',
    { ...STATUS, topics: [{ ...lines, heldBy: { partition: 1, behindMs: 120_000, why: 'silent' } }] },
    [
      "topic lines, partition 1: its watermark is 2 min behind the others, and windows stay open for it: give the topic an 'idle'",
    ],
  ],
  [
    'a silent partition with idle',
    { ...STATUS, topics: [{ ...lines, idleMs: 10_000, heldBy: { partition: 1, behindMs: 120_000, why: 'silent' } }] },
    [],
  ],
  [
    'lines that the format cannot read',
    { ...waits('bus', 0), topics: [{ ...lines, dead: { kept: 50, run: { format: 50 }, rules: {} } }] },
    ['topic lines: 50 of 200 lines of this run could not be read: does its format fit? See tailrace dead lines'],
  ],
  [
    'records of others that the format cannot read',
    { ...STATUS, topics: [{ ...lines, records: 12, dead: { kept: 6, run: { format: 6 }, rules: {} } }] },
    [
      'topic lines: 6 of its records could not be read in this run (the topic keeps 12): does its format fit? See tailrace dead lines',
    ],
  ],
  [
    'lines that do not meet the rules',
    {
      ...waits('bus', 0),
      topics: [{ ...lines, dead: { kept: 50, run: { rule: 50 }, rules: { 'port in range': 40, 'has a source': 10 } } }],
    },
    [
      'topic lines: 50 of 200 lines of this run do not meet the rules (port in range 40, has a source 10). See tailrace dead lines --kind rule',
    ],
  ],
  [
    'one record of others that the format cannot read',
    { ...STATUS, topics: [{ ...lines, records: 12, dead: { kept: 1, run: { format: 1 }, rules: {} } }] },
    [],
  ],
  [
    'a few lines that the format cannot read',
    { ...waits('bus', 0), topics: [{ ...lines, dead: { kept: 5, run: { format: 5 }, rules: {} } }] },
    [],
  ],
])('%s', (_, status, expected) => {
  expect(troubleOf(status)).toEqual(expected)
})

test('rates are the differences of two looks, and none where another process runs or a counter is smaller', () => {
  const later = (rows: number, pid = 7): PipelineStatus => ({
    ...STATUS,
    at: new Date(62_000).toISOString(),
    process: { ...HEAD.process, pid },
    topics: [topic('lines', [30, 24])],
    queries: STATUS.queries.map((query) => ({ ...query, rows })),
  })
  const rates = (status: PipelineStatus) => [status.topics[0]?.rate, status.queries[0]?.rate]
  expect(rates(withRates(STATUS, later(8)))).toEqual([12, 1.5])
  expect(rates(withRates(STATUS, later(8, 9)))).toEqual([12, null])
  expect(rates(withRates(STATUS, later(2)))).toEqual([12, null])
  expect(rates(withRates(STATUS, STATUS))).toEqual([null, null])
})
