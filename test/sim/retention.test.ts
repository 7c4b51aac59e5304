/** Retention of a topic in the data folder, over a disk whose size the test decides. */
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openFullDisk } from '../../src/base/disk/full-disk.ts'
import { SimulatedDisk } from '../../src/base/disk/simulated-disk.test-tool.ts'
import { Failure } from '../../src/base/failure.ts'
import { ownEmbedded } from '../../src/bus/embedded/embedded.test-tool.ts'
import { recordsOf } from '../../src/record/records.ts'
import { openRetention } from '../../src/run/retention.ts'
import { openTopics } from '../../src/runner/open-topics.ts'
import { NO_CHECKPOINT } from '../../src/topic/checkpoint.ts'
import { checkedText } from '../run/in-process.ts'
import { testClock } from './running.ts'

const FOLDER = '/data'
const pipelineWith = (retention: string) => `version: 1
name: demo
topics:
  log: { partitions: 1, format: lines, retention: { ${retention} } }
`

const BLOCK = 4096

/** The topic, its retention, and a disk that may be full: then there is as much room as was given back, in blocks. */
async function openKept(retention: string, { recordBytes = 1500, queries = '' } = {}) {
  const state = { isFull: false }
  const from = new SimulatedDisk()
  let blocks = 0
  from.trouble = ({ kind, path }) => {
    if (kind === 'unlink') blocks++
    if (kind !== 'write' || !state.isFull || --blocks >= 0) return undefined
    blocks = 0
    return new Failure('full', `cannot write ${path}: no space is left on the device`, { retryable: true })
  }
  const clock = testClock()
  const stop = new AbortController()
  const fullDisk = openFullDisk({ folder: FOLDER, clock, giveUp: stop.signal, tell() {} })
  const bus = await ownEmbedded(FOLDER, {
    disk: from.disk,
    clock,
    segmentBytes: Math.max(BLOCK, recordBytes),
    fullDisk,
  })
  const pipeline = checkedText(pipelineWith(retention) + queries, FOLDER)
  const topics = await openTopics(pipeline, { bus, checkpoint: NO_CHECKPOINT, clock, warn() {} })
  const topic = await bus.topic('log', 1)
  /** As on a full disk, no checkpoint ends. */
  const take = () => (state.isFull ? new Promise<void>(() => {}) : Promise.resolve())
  const checkpoints = { take, last: () => ({ queries: {}, sinks: {} }) }
  const warnings: string[] = []
  const warn = (message: string) => void warnings.push(message)
  const kept = openRetention({ bus, pipeline, topics, checkpoints, clock, fullDisk, stop: stop.signal, warn })
  let line = 0
  const append = () =>
    topic.append(0, {
      values: recordsOf([`${line++} ${'x'.repeat(recordBytes)}`]),
      keys: undefined,
      timestamp: clock.now(),
      position: { writer: 'source', at: { line } },
    })
  /** Moves time on, and lets everything happen that is due. */
  const pass = async (milliseconds: number) => {
    for (let passed = 0; passed < milliseconds; passed += 100) {
      clock.advance(100)
      for (let turn = 0; turn < 8; turn++) await setImmediate()
    }
  }
  return { state, bus, topic, kept, append, pass, warnings, stop }
}

// Promise: On a full disk, records that are beyond their retention are deleted without waiting for room.
test('what is due goes while the disk is full and an append waits, and gives it the room', async () => {
  // One more record fills the segment that is written to, or begins another one.
  for (const records of [8, 9]) {
    const { state, topic, kept, append, pass, stop, bus } = await openKept('time: 20s')
    const done = new AbortController()
    const running = kept.run(done.signal)
    for (let i = 0; i < records; i++) await append()
    state.isFull = true
    let appended: number | undefined
    void append().then((offset) => {
      appended = offset
    })
    await pass(15_000)
    expect(topic.bounds(0)).toEqual({ start: 0, end: records })
    await pass(45_000)
    expect(topic.bounds(0).start).toBeGreaterThanOrEqual(8)
    expect(appended).toBe(records)
    done.abort()
    await pass(5000)
    await running
    stop.abort()
    await bus[Symbol.asyncDispose]()
  }
})

// Promise: A topic with `when_full: drop_oldest` drops its oldest records at its limit also while the disk is full.
test('a limit that drops the oldest records does not wait for a checkpoint that has no room', async () => {
  const { state, topic, kept, append, pass, stop, bus, warnings } = await openKept(
    'limit: 8MiB, when_full: drop_oldest',
    {
      recordBytes: 1 << 20,
      queries: 'queries: { unread: SELECT line FROM log }\n',
    },
  )
  for (let i = 0; i < 12; i++) await append()
  state.isFull = true
  void append().catch(() => {})
  await pass(100)
  const room = kept.room('log')
  await pass(5000)
  await room
  expect(topic.bounds(0).start).toBeGreaterThan(0)
  expect(warnings).toEqual([expect.stringMatching(/exceeded the limit of 8MiB.*dropped unread/)])
  stop.abort()
  await bus[Symbol.asyncDispose]()
})

// Promise: Runs that are too short for a look in between give space back, too: retention looks at their start and end.
test('a start and an end each delete what is due', async () => {
  const { topic, kept, append, pass, bus } = await openKept('time: 20s')
  for (let i = 0; i < 8; i++) await append()
  await pass(25_000)
  expect(topic.bounds(0).start).toBe(0)
  await kept.tidyUp()
  // The segment that is written to is not closed at the end of a run…
  expect(topic.bounds(0)).toEqual({ start: 6, end: 8 })
  const done = new AbortController()
  const running = kept.run(done.signal)
  await pass(200)
  // …but at the start of one.
  expect(topic.bounds(0)).toEqual({ start: 8, end: 8 })
  done.abort()
  await running
  await bus[Symbol.asyncDispose]()
})
