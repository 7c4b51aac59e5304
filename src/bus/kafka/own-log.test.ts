import { expect, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import { seededRandom } from '../../base/random.ts'
import type { Patience } from '../../client/patience.ts'
import { hastyDisk, temporaryFolder } from '../../data/data-folder.test-tool.ts'
import { appendOf, linesOf, textsOf } from '../appends.test-tool.ts'
import { makeChunkPool } from '../batch/chunk.ts'
import { openCompressor } from '../batch/compression/compressor.ts'
import { makeFetchPool } from '../batch/fetch-room.ts'
import { RecordSetReader } from '../batch/fetched-batches.ts'
import { type ProducedBatch, produceBatch } from '../batch/produced-batch.ts'
import { encodePositions, type Positions } from '../positions.ts'
import { type LeaderTroubles, type TestLeader, testLeader } from './leader.test-tool.ts'
import { type Appender, openOwnFile, type RememberedEnd } from './own-file.ts'
import { OwnLog } from './own-log.ts'

const compressor = await openCompressor()
const chunks = makeChunkPool()
const patient: Patience = { pause: async () => true, over() {}, end() {}, lasts: () => 0 }
const CALM = { lost: 0, unanswered: 0, refused: 0, forgets: 0 }

const batchOf = (lines: readonly string[], positions: Positions): ProducedBatch =>
  produceBatch([appendOf(linesOf(...lines), 1)], encodePositions(positions), { pool: chunks, compressor, codec: 'lz4' })

async function openRun(
  folder: string,
  leader: TestLeader,
  { warnings = [], patience = patient }: { readonly warnings?: string[]; readonly patience?: Patience } = {},
): Promise<OwnLog> {
  const opening = { disk: hastyDisk, folder, clock: systemClock, cluster: 'c', newProducer: async () => 7n }
  const file = await openOwnFile(opening)
  return new OwnLog({
    topic: 't',
    topicId: 'id',
    partition: 0,
    log: leader,
    appender: file,
    compressor,
    patience,
    maxBatchBytes: 1 << 20,
    send: leader.send,
    refresh: async () => {},
    isThere: async () => {},
    warn: (message) => warnings.push(message),
  })
}

async function linesIn(leader: TestLeader): Promise<readonly string[]> {
  const { records: bytes } = await leader.fetch(0)
  const set = new RecordSetReader({ bytes, from: 0, aborted: [], where: 't' }, compressor, makeFetchPool())
  const lines: string[] = []
  for (let piece = set.take(); piece !== undefined; piece = set.take()) lines.push(...textsOf(piece.values))
  return lines
}

/** Appends numbered lines in batches until there are `count`, beginning at the position that the log has. */
async function appendNumbers(log: OwnLog, count: number, below: (limit: number) => number): Promise<void> {
  let next = Number((await log.positions()).get('w') ?? 0)
  while (next < count) {
    const lines = Array.from({ length: 1 + below(4) }, (_, i) => `${next + i}`)
    next += lines.length
    const positions = new Map([['w', String(next)]])
    const batch = batchOf(lines, positions)
    await log.append(batch, positions)
    batch.release()
  }
}

const TROUBLES: Readonly<Record<string, Omit<LeaderTroubles, 'random'>>> = {
  'requests that are lost': { ...CALM, lost: 0.4 },
  'answers that are lost': { ...CALM, unanswered: 0.4 },
  'brokers that refuse for now': { ...CALM, refused: 0.4 },
  'a leader that forgets its producers': { ...CALM, unanswered: 0.4, forgets: 0.5 },
  'all of these': { lost: 0.2, unanswered: 0.2, refused: 0.2, forgets: 0.3 },
}

test.each(Object.entries(TROUBLES))(
  'with %s, in several runs, each line is in the log once, in order',
  async (_, troubles) => {
    for (let seed = 1; seed <= 20; seed++) {
      using folder = temporaryFolder()
      const random = seededRandom(seed)
      const leader = testLeader({ random, ...troubles })
      let count = 0
      for (let run = 1; run <= 4; run++) {
        await appendNumbers(await openRun(folder.path, leader), 20 * run, random.below)
        count = leader.kept.reduce((sum, one) => sum + one.count, 0)
        expect(count, `seed ${seed}`).toBeGreaterThanOrEqual(20 * run)
      }
      expect(await linesIn(leader), `seed ${seed}`).toEqual(Array.from({ length: count }, (_, i) => `${i}`))
    }
  },
)

test('a batch of an earlier run that arrives late is found out, however many records it has, and the next run goes on', async () => {
  for (const late of [1, 2, 3]) {
    using folder = temporaryFolder()
    const leader = testLeader({ random: seededRandom(late), ...CALM })
    const earlier = await openRun(folder.path, leader)
    await appendNumbers(earlier, 2, () => 1)
    const next = await openRun(folder.path, leader)
    expect((await next.positions()).get('w')).toBe('2')
    const lines = Array.from({ length: late }, (_, i) => `${2 + i}`)
    const positions = new Map([['w', String(2 + late)]])
    await earlier.append(batchOf(lines, positions), positions)
    await expect(next.append(batchOf(['2', 'x'], positions), positions)).rejects.toThrow('have arrived only now')
    await appendNumbers(await openRun(folder.path, leader), 10, () => 0)
    expect(await linesIn(leader)).toEqual(Array.from({ length: 10 }, (_, i) => `${i}`))
  }
})

test('records that Kafka had acknowledged and lost are counted, and the next ones are appended', async () => {
  using folder = temporaryFolder()
  const warnings: string[] = []
  const leader = testLeader({ random: seededRandom(1), ...CALM })
  const log = await openRun(folder.path, leader, { warnings })
  await appendNumbers(log, 8, () => 1)
  leader.cut(1)
  const positions = new Map([['w', '10']])
  expect(await log.append(batchOf(['8', '9'], positions), positions)).toBe(2)
  expect(await log.append(batchOf(['10'], positions), positions)).toBe(4)
  expect(await linesIn(leader)).toEqual(['0', '1', '8', '9', '10'])
  expect(warnings).toEqual([expect.stringContaining('6 records that Kafka had acknowledged are lost')])
})

test('after a failure that is final nothing is waited for any more', async () => {
  using folder = temporaryFolder()
  const leader = testLeader({ random: seededRandom(1), ...CALM, lost: 1 })
  let isWaiting = false
  const patience: Patience = {
    async pause() {
      isWaiting = true
      return false
    },
    over() {},
    end() {
      isWaiting = false
    },
    lasts: () => 0,
  }
  const log = await openRun(folder.path, leader, { patience })
  const positions = new Map([['w', '1']])
  await expect(log.append(batchOf(['0'], positions), positions)).rejects.toThrow('the connection is broken')
  expect(isWaiting).toBe(false)
})

const PRODUCER = 7n
const fenced = new Failure('fenced', 'another process has taken over')

/** A process that claims a part whose ends are in `kept`; its requests are held while it is stopped. */
function claimant(leader: TestLeader, kept: Map<string, RememberedEnd>, epoch: number) {
  leader.fence(PRODUCER, epoch)
  let stopped: Promise<void> | undefined
  const appender: Appender = {
    producerId: PRODUCER,
    get: (topic) => kept.get(topic),
    set(topic, _, __, end) {
      if (stopped === undefined) kept.set(topic, { ...end, producerId: PRODUCER })
    },
    async save() {},
    epochs: {
      current: () => epoch,
      told() {},
      check: () => undefined,
      async after() {
        throw fenced
      },
      fenced: () => fenced,
    },
  }
  const log = new OwnLog({
    topic: 't',
    topicId: 'id',
    partition: 0,
    log: leader,
    appender,
    compressor,
    patience: patient,
    maxBatchBytes: 1 << 20,
    async send(parts) {
      await stopped
      const answer = await leader.send(parts)
      await stopped
      return answer
    },
    refresh: async () => {},
    isThere: async () => {},
    warn: () => {},
  })
  return {
    log,
    stop() {
      const { promise, resolve } = Promise.withResolvers<void>()
      stopped = promise
      return resolve
    },
  }
}

test.each(Object.entries({ 'calm brokers': CALM, ...TROUBLES }))(
  'with %s, a part is claimed again and again while the process before is stopped anywhere: each line is there once',
  async (_, troubles) => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seededRandom(seed)
      // A leader that has a fence in its log does not forget it within a day.
      const leader = testLeader({ random, ...troubles, forgets: 0 })
      const kept = new Map<string, RememberedEnd>()
      const ended: Promise<unknown>[] = []
      const goOn: (() => void)[] = []
      for (let epoch = 0; epoch < 6; epoch++) {
        const process = claimant(leader, kept, epoch)
        const appending = appendNumbers(process.log, 1000, random.below).catch((failure: unknown) => failure)
        for (let turns = random.below(60); turns > 0; turns--) await Promise.resolve()
        goOn.push(process.stop())
        ended.push(appending)
        if (random.below(2) === 0) goOn.shift()?.()
      }
      const last = claimant(leader, kept, 6)
      const from = Number((await last.log.positions()).get('w') ?? 0)
      for (const resume of goOn) resume()
      await appendNumbers(last.log, from + 20, random.below)
      expect(await Promise.all(ended), `seed ${seed}`).toEqual(ended.map(() => fenced))
      const lines = await linesIn(leader)
      expect(lines, `seed ${seed}`).toEqual(lines.map((_, i) => `${i}`))
      expect(lines.length).toBeGreaterThanOrEqual(from + 20)
    }
  },
)
