/**
 * What every sink promises, whatever it writes to: what was written and flushed is there; and, where a repeated write is
 * not a second copy, a restart from the state of any flush leaves each row once, whatever came after that flush.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import { columnOf, type Records } from '../../src/record/column.ts'
import { BIGINT, type Field, STRING, TIMESTAMP_LTZ } from '../../src/record/type.ts'
import type { Delivery, Sink, SinkContext, SinkState, SinkType } from '../../src/sink/sink.ts'

/** A record of the deliveries made here: its text is `PARTITION/OFFSET`, and it has a row unless `time` is undefined. */
export type MadeRecord = { readonly text: string; readonly time: number | undefined }

export type SinkTarget = {
  readonly options: unknown
  readonly folder: string
  readonly stdout?: SinkContext['stdout']
  /** The texts of the records that the store has now, in any order. */
  stored(): Promise<readonly string[]>
  [Symbol.asyncDispose](): Promise<void>
}

export const FIELDS: readonly Field[] = [
  { name: 'ts', type: TIMESTAMP_LTZ, rowtime: true },
  { name: 'size', type: BIGINT },
  { name: 'text', type: STRING },
]

export function deliveryOf(partition: number, baseOffset: number, made: readonly MadeRecord[]): Delivery {
  const decoded = made.flatMap((record, index) => (record.time === undefined ? [] : [{ ...record, index }]))
  return {
    partition,
    baseOffset,
    records: recordsOf(made.map(({ text }) => text)),
    rows: {
      count: decoded.length,
      columns: [
        columnOf(
          TIMESTAMP_LTZ,
          decoded.map(({ time }) => time ?? null),
        ),
        columnOf(
          BIGINT,
          decoded.map(({ text }) => BigInt(text.length)),
        ),
        columnOf(
          STRING,
          decoded.map(({ text }) => text),
        ),
      ],
      partition,
      origin: decoded.length === made.length ? undefined : Int32Array.from(decoded, ({ index }) => index),
      watermark: undefined,
    },
  }
}

export function recordsOf(texts: readonly string[]): Records {
  const parts = texts.map((text) => Buffer.from(text))
  const end = new Int32Array(parts.length)
  let length = 0
  parts.forEach((part, i) => {
    length += part.length
    end[i] = length
  })
  return {
    bytes: Buffer.concat(parts),
    start: end.map((at, i) => at - (parts[i]?.length ?? 0)),
    end,
    count: parts.length,
  }
}

export function openSinkAt(
  type: SinkType,
  target: Pick<SinkTarget, 'options' | 'folder' | 'stdout'>,
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
    state: undefined,
    stdout: target.stdout ?? process.stdout,
    interactive: false,
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

/** `stores` says whether the sink writes rows, or every record, decoded or not. */
export function sinkContract(type: SinkType, stores: 'rows' | 'records', start: () => Promise<SinkTarget>): void {
  const expected = (deliveries: readonly Delivery[]): string[] =>
    deliveries.flatMap(({ records, rows }) => {
      const texts = Array.from({ length: records.count }, (_, i) =>
        Buffer.from(records.bytes.subarray(records.start[i], records.end[i])).toString(),
      )
      return stores === 'records' ? texts : texts.filter((_, i) => rows.origin?.includes(i) ?? true)
    })
  const through = (state: SinkState): SinkState => JSON.parse(JSON.stringify(state)) as SinkState

  test(`${type.name}: what was written is there once after a flush and after the end`, async () => {
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
  test(`${type.name}: crashed anywhere and started from its last state, each row is there once`, async () => {
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

/** Clocks that move on by a fixed step whenever they are asked, so that what goes by time happens now and then. */
const stepClock: fc.Arbitrary<Clock> = fc.constantFrom(0, 100, 100_000).map((step) => {
  let time = 1_000_000
  const next = () => (time += step)
  return { now: next, elapsed: next, sleep: async () => {} }
})
