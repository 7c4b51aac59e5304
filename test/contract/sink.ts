/**
 * The promises of every sink, whatever it writes to: rows that were written and flushed are there; and, where a repeated
 * write leaves no second copy, a restart from the state of any flush leaves each row once, whatever came after that flush.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import { nodeDisk } from '../../src/base/node-disk.ts'
import { type Random, seededRandom } from '../../src/base/random.ts'
import {
  memoryTopic,
  named,
  passing,
  type Script,
  startLoop,
  turns,
} from '../../src/sink/delivery/delivery.test-tool.ts'
import type { DeliveryPlace } from '../../src/sink/delivery/delivery.ts'
import type { Delivery, Sink, SinkContext, SinkState, SinkType } from '../../src/sink/sink.ts'
import { SharedOutput } from '../../src/terminal/output.ts'
import { deliveryOf, FIELDS } from './made-deliveries.ts'

export type SinkTarget = {
  readonly options: unknown
  readonly folder: string
  readonly output?: SinkContext['output']
  /** The texts of the records that the store has now, in any order. */
  stored(): Promise<readonly string[]>
  [Symbol.asyncDispose](): Promise<void>
}

/** Opens a sink with the options of the target, in a context that can be changed. */
export function openSinkAt(
  type: SinkType,
  target: Pick<SinkTarget, 'options' | 'folder' | 'output'>,
  context: Partial<SinkContext> = {},
): Promise<Sink> {
  return type.open(type.options.parse(target.options), {
    name: 'out',
    from: 'topic',
    folder: target.folder,
    fields: FIELDS,
    rowKey: undefined,
    rowtime: 0,
    timezone: 'UTC',
    clock: systemClock,
    disk: nodeDisk,
    state: undefined,
    output: target.output ?? new SharedOutput(process.stdout),
    ...context,
  })
}

const DAY_MS = 86_400_000

/** Deliveries of two partitions over three days of event time, in the order of their offsets, some records undecoded. */
const made = fc
  .array(
    fc.record({
      partition: fc.nat(1),
      times: fc.array(fc.option(fc.integer({ min: 0, max: 3 * DAY_MS - 1 }), { freq: 6 }), {
        minLength: 1,
        maxLength: 4,
      }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => {
    const next = [0, 0]
    return parts.map(({ partition, times }): Delivery => {
      const base = next[partition] as number
      next[partition] = base + times.length
      const records = times.map((time, i) => ({ text: `${partition}/${base + i}`, time: time ?? undefined }))
      return deliveryOf(partition, base, records)
    })
  })

/** Tests of a sink alone. `stores`: whether it writes rows, or every record, decoded or not. */
export function sinkContract(type: SinkType, stores: 'rows' | 'records', start: () => Promise<SinkTarget>): void {
  const expected = (deliveries: readonly Delivery[]): string[] =>
    deliveries.flatMap(({ records, rows }) => {
      const texts = Array.from({ length: records.count }, (_, i) =>
        Buffer.from(records.bytes.subarray(records.start[i], records.end[i])).toString(),
      )
      return stores === 'records' ? texts : texts.filter((_, i) => rows.origin?.includes(i) ?? true)
    })
  const through = (state: SinkState): SinkState => JSON.parse(JSON.stringify(state)) as SinkState

  test(`${type.name}: rows that were written are there once, after a flush and after the end`, async () => {
    await fc.assert(
      fc.asyncProperty(made, async (deliveries) => {
        await using target = await start()
        {
          await using sink = await openSinkAt(type, target)
          for (const delivery of deliveries) await sink.write(delivery)
          await sink.flush()
          expect([...(await target.stored())].sort()).toEqual(expected(deliveries).sort())
        }
        expect([...(await target.stored())].sort()).toEqual(expected(deliveries).sort())
      }),
      { numRuns: 10 },
    )
  })

  if (type.writes === 'append') return
  test(`${type.name}: after a crash anywhere and a start from the last state, each row is there once`, async () => {
    const cuts = fc.record({ kept: fc.nat(8), crashed: fc.nat(8), flushes: fc.boolean(), ends: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(
        made,
        fc.array(cuts, { minLength: 1, maxLength: 3 }),
        stepClock,
        async (deliveries, crashes, clock) => {
          await using target = await start()
          let state = await openSinkAt(type, target, { clock }).then(async (sink) => through(await sink.flush()))
          let next = 0
          for (const { kept, crashed, flushes, ends } of crashes) {
            const sink = await openSinkAt(type, target, { clock, state })
            for (const delivery of deliveries.slice(next, next + kept)) await sink.write(delivery)
            next = Math.min(deliveries.length, next + kept)
            state = through(await sink.flush())
            for (const delivery of deliveries.slice(next, next + crashed)) await sink.write(delivery)
            if (flushes) await sink.flush()
            if (ends) await sink[Symbol.asyncDispose]()
          }
          await using last = await openSinkAt(type, target, { clock, state })
          for (const delivery of deliveries.slice(next)) await last.write(delivery)
          await last.flush()
          expect([...(await target.stored())].sort()).toEqual(expected(deliveries).sort())
        },
      ),
      { numRuns: 40 },
    )
  })
}

/** Clocks that move on by a fixed step whenever they are read, so that timed work happens in some runs. */
const stepClock: fc.Arbitrary<Clock> = fc.constantFrom(0, 100, 100_000).map((step) => {
  let time = 1_000_000
  const next = () => (time += step)
  return { now: next, elapsed: next, sleep: async () => {} }
})

/** Tests of a sink in the delivery loop, which fails at any step and is killed at any moment. */
export function deliveredSinkContract(type: SinkType, start: () => Promise<SinkTarget>): void {
  test(`${type.name}: through the delivery loop, failing at any step and killed at any moment, no row is missing or there twice`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(life, { minLength: 1, maxLength: 3 }),
        stepClock,
        fc.integer(),
        async (lives, clock, seed) => {
          await using target = await start()
          const topic = memoryTopic(2)
          const random = seededRandom(seed)
          let place: DeliveryPlace = { offsets: {}, state: {} }
          for (const [i, { adds, some, checkpoints }] of [...lives, LAST].entries()) {
            let isAlive = true
            const script = troubledSink(type, target, { random, clock, isAlive: () => isAlive })
            const { loop, ended, halt, giveUp } = await startLoop({ topic, script, before: place, seed })
            const keep = async () => {
              place = JSON.parse(JSON.stringify(await loop.checkpoint())) as DeliveryPlace
            }
            await keep()
            const running = loop.run()
            for (const [partition, count] of adds) topic.add(partition, count)
            for (let n = 0; n < checkpoints; n++) await turns(some).then(keep)
            if (i < lives.length) {
              isAlive = false
              halt.abort()
              giveUp.abort()
              await script.underWay()
              continue
            }
            ended.abort()
            let isDone = false
            await Promise.all([
              running.finally(() => {
                isDone = true
              }),
              (async () => {
                while (!isDone) await turns(1).then(keep)
              })(),
            ])
            await keep()
            await loop[Symbol.asyncDispose]()
          }
          const all = [0, 1].flatMap((partition) => named(partition, topic.bounds(partition).end))
          const found = [...(await target.stored())]
          expect((type.writes === 'append' ? [...new Set(found)] : found).sort()).toEqual(all.sort())
        },
      ),
      { numRuns: 25 },
    )
  })
}

const life = fc.record({
  adds: fc.array(fc.tuple(fc.nat(1), fc.integer({ min: 1, max: 9 })), { maxLength: 5 }),
  some: fc.nat(20),
  checkpoints: fc.nat(3),
})
const LAST = { adds: [], some: 0, checkpoints: 0 }

type Troubles = { readonly random: Random; readonly clock: Clock; isAlive(): boolean }

/** The sink, called by a process that fails by chance and, once it is dead, calls nothing more. */
function troubledSink(
  type: SinkType,
  target: SinkTarget,
  { random, clock, isAlive }: Troubles,
): Script & { underWay(): Promise<unknown> } {
  let sink: Sink | undefined
  /** A kill comes before or after a call, never within it: the disk of a test finishes what it has begun. */
  let underWay: Promise<unknown> = Promise.resolve()
  const call = <T>(work: Promise<T>): Promise<T> => {
    underWay = Promise.allSettled([underWay, work])
    return work
  }
  const step = async (chance: number) => {
    if (!isAlive()) await new Promise(() => {})
    if (random.next() < chance) throw passing('by chance')
  }
  return {
    async open(state) {
      await step(0.2)
      const known = state !== undefined && Object.keys(state).length > 0 ? state : undefined
      sink = await call(openSinkAt(type, target, { clock, state: known }))
    },
    async write(delivery, giveUp) {
      await turns(random.below(3))
      await step(0.2)
      const refusal = await call(sink?.write(delivery, giveUp) ?? Promise.resolve(undefined))
      // An answer that is lost: the same rows come again, which only sinks that go by offset or key may be given.
      if (type.writes !== 'transactional') await step(0.2)
      return refusal
    },
    async flush() {
      await step(0.2)
      return call(sink?.flush() ?? Promise.resolve({}))
    },
    async close() {
      await sink?.[Symbol.asyncDispose]()
    },
    underWay: () => underWay,
  }
}
