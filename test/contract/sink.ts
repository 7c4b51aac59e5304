/**
 * The promises of every sink, whatever it writes to: rows that were written and flushed are there; and, where a repeated
 * write leaves no second copy, a restart from the state of any flush leaves each row once, whatever came after that flush.
 */
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import { nodeDisk } from '../../src/base/disk/node-disk.ts'
import { batchLimitsOf } from '../../src/sink/delivery/batch-limits.ts'
import { livesOf, liveThrough, memoryTopic, named, textsOf } from '../../src/sink/delivery/delivery.test-tool.ts'
import {
  type Delivery,
  type Sink,
  type SinkContext,
  type SinkState,
  type SinkType,
  writesOf,
} from '../../src/sink/sink.ts'
import { SharedOutput } from '../../src/terminal/output.ts'
import { deliveryOf, FIELDS } from './made-deliveries.ts'

export type SinkTarget = {
  readonly options: unknown
  readonly folder: string
  readonly output?: SinkContext['output']
  /** The texts of the records that the store has now, in any order. */
  stored(): Promise<readonly string[]>
  /** These, and the texts that a flush has made durable elsewhere: the store gets them later. */
  kept?(): Promise<readonly string[]>
  /** Called before a sink is opened: the one before it, if it was not closed, is dead, with all that it had under way. */
  begin?(): void
}

/** Opens a sink with the options of the target, in a context that can be changed. */
export function openSinkAt(
  type: SinkType,
  target: Pick<SinkTarget, 'options' | 'folder' | 'output' | 'begin'>,
  context: Partial<SinkContext> = {},
): Promise<Sink> {
  target.begin?.()
  return type.open(type.options.parse(target.options), {
    name: 'out',
    pipeline: 'p',
    from: 'topic',
    topic: 'topic',
    partitions: 2,
    folder: target.folder,
    data: { path: join(target.folder, '.data'), id: 'mine', host: 'here' },
    scratch: join(target.folder, '.scratch'),
    fields: FIELDS,
    rowKey: undefined,
    rowKeyParts: undefined,
    rowtime: 0,
    timezone: 'UTC',
    clock: systemClock,
    disk: nodeDisk,
    state: undefined,
    remember: async () => {},
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

/** Random inputs of the longest test, unless a store is too slow for them. */
const RUNS = 40

/** Tests of a sink alone. `stores`: whether it writes rows, or every record, decoded or not. */
export function sinkContract(
  type: SinkType,
  stores: 'rows' | 'records',
  start: () => Promise<SinkTarget>,
  runs: number = RUNS,
): void {
  const expected = (deliveries: readonly Delivery[]): string[] =>
    deliveries.flatMap((delivery) =>
      textsOf(delivery).filter((_, i) => stores === 'records' || (delivery.rows.origin?.includes(i) ?? true)),
    )
  const through = (state: SinkState): SinkState => JSON.parse(JSON.stringify(state)) as SinkState

  test(`${type.name}: rows that were written are there once, after a flush and after the end`, async () => {
    await fc.assert(
      fc.asyncProperty(made, async (deliveries) => {
        const target = await start()
        {
          await using sink = await openSinkAt(type, target)
          for (const delivery of deliveries) await sink.write(delivery)
          await sink.flush()
          expect([...(await (target.kept ?? target.stored)())].sort()).toEqual(expected(deliveries).sort())
          await sink.finish?.()
        }
        expect([...(await target.stored())].sort()).toEqual(expected(deliveries).sort())
      }),
      { numRuns: Math.ceil(runs / 4) },
    )
  })

  if (type.writes === 'append') return
  // Promise append-once: `csv` and `ndjson` have each row once after any crash.
  test(`${type.name}: after a crash anywhere and a start from the last state, each row is there once`, async () => {
    const cuts = fc.record({
      kept: fc.nat(8),
      crashed: fc.nat(8),
      flushes: fc.boolean(),
      finishes: fc.boolean(),
      ends: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(
        made,
        fc.array(cuts, { minLength: 1, maxLength: 3 }),
        stepClock,
        async (deliveries, crashes, clock) => {
          const target = await start()
          let state = await openSinkAt(type, target, { clock }).then(async (sink) => through(await sink.flush()))
          let next = 0
          for (const { kept, crashed, flushes, finishes, ends } of crashes) {
            const sink = await openSinkAt(type, target, { clock, state })
            for (const delivery of deliveries.slice(next, next + kept)) await sink.write(delivery)
            next = Math.min(deliveries.length, next + kept)
            state = through(await sink.flush())
            for (const delivery of deliveries.slice(next, next + crashed)) await sink.write(delivery)
            if (flushes) await sink.flush()
            if (finishes) await sink.finish?.()
            if (ends) await sink[Symbol.asyncDispose]()
          }
          await using last = await openSinkAt(type, target, { clock, state })
          for (const delivery of deliveries.slice(next)) await last.write(delivery)
          await last.flush()
          await last.finish?.()
          expect([...(await target.stored())].sort()).toEqual(expected(deliveries).sort())
        },
      ),
      { numRuns: runs },
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
export function deliveredSinkContract(type: SinkType, start: () => Promise<SinkTarget>, runs: number = RUNS): void {
  const { name } = type
  // Promise files-once: `files`, `hdfs` and `parquet` have each record once after any crash; only the boundary between two files may move.
  test(`${name}: through the delivery loop, failing at any step and killed at any moment, no row is missing or there twice`, async () => {
    await fc.assert(
      fc.asyncProperty(livesOf(2, 3), stepClock, fc.integer(), async (lives, clock, seed) => {
        const target = await start()
        const topic = memoryTopic(2)
        const writes = writesOf(type, type.options.parse(target.options))
        const open = (state: SinkState | undefined) => openSinkAt(type, target, { clock, state })
        await liveThrough(lives, { topic, seed, writes, open, limits: batchLimitsOf(type) })
        const all = [0, 1].flatMap((partition) => named(partition, topic.bounds(partition).end))
        const found = [...(await target.stored())]
        expect((writes === 'append' ? [...new Set(found)] : found).sort()).toEqual(all.sort())
      }),
      { numRuns: Math.ceil((runs * 5) / 8) },
    )
  })
}
