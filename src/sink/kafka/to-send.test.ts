import fc from 'fast-check'
import { expect, test } from 'vitest'
import { deliveryOf, FIELDS } from '../../../test/contract/made-deliveries.ts'
import { json } from '../../format/json/json.ts'
import { writerOf } from '../../format/open.ts'
import type { Records } from '../../record/column.ts'
import { recordsOf, recordText } from '../../record/records.ts'
import { partitionOf } from './murmur2.ts'
import { type SendForm, toSend } from './to-send.ts'

const encoder = writerOf({ format: json, options: {} }, FIELDS)
const sending = (change: Partial<SendForm> = {}): SendForm => ({
  encoder,
  keyColumn: undefined,
  partitions: 3,
  mostBytes: 1000,
  ...change,
})
const NONE = [-1, -1, -1]

test('however deliveries are cut and repeated, each record goes once into its partition, in order', () => {
  const times = fc.array(fc.option(fc.nat(1000), { freq: 5 }), { minLength: 1, maxLength: 30 })
  const cuts = fc.array(fc.tuple(fc.nat(29), fc.integer({ min: 1, max: 10 }), fc.nat(2)), { maxLength: 12 })
  fc.assert(
    fc.property(times, cuts, fc.boolean(), (made, tries, isKeyed) => {
      const records = made.map((time, i) => ({ text: `r${i}`, time: time ?? undefined }))
      const has = [...NONE]
      const stored: string[][] = [[], [], []]
      /** `lost`: how many of the runs get there. */
      const deliver = (from: number, count: number, lost: number) => {
        const delivery = deliveryOf(0, from, records.slice(from, from + count))
        const { runs } = toSend(delivery, sending(isKeyed ? { keyColumn: 2 } : {}), has)
        for (const { partition, values, offsets } of runs.slice(lost)) {
          for (let row = 0; row < values.count; row++) stored[partition]?.push(JSON.parse(recordText(values, row)).text)
          has[partition] = offsets.at(-1) as number
        }
      }
      let next = 0
      for (const [back, count, lost] of tries) {
        const from = Math.max(0, next - back)
        if (from >= records.length) continue
        deliver(from, count, lost)
        // What was not acknowledged whole comes again.
        if (lost === 0) next = Math.max(next, Math.min(records.length, from + count))
      }
      deliver(next, records.length, 0)
      const rows = records.flatMap(({ text, time }, offset) => (time === undefined ? [] : [{ text, offset }]))
      const wanted = [0, 1, 2].map((partition) =>
        rows
          .filter(
            ({ text, offset }) =>
              (isKeyed ? partitionOf(Buffer.from(text), 0, text.length, 3) : offset % 3) === partition,
          )
          .map(({ text }) => text),
      )
      expect(stored).toEqual(wanted)
    }),
    { numRuns: 500 },
  )
})

test('the key is that of the record in its topic, or a column; NULL and empty are none', () => {
  const delivery = deliveryOf(0, 10, [
    { text: 'a', time: 1 },
    { text: 'b', time: undefined },
    { text: 'c', time: 2 },
  ])
  const keys = recordsOf(['ka', 'kb', ''])
  const kept = { baseOffset: 10, values: delivery.records, keys, timestamps: new Float64Array(3) }
  const shown = (found: ReturnType<typeof toSend>) =>
    found.runs.map(({ partition, keys: own, offsets }) => [
      partition,
      own === undefined ? [] : Array.from({ length: own.count }, (_, i) => recordText(own, i)),
      offsets,
    ])
  expect(shown(toSend({ ...delivery, kept }, sending(), NONE))).toEqual([
    [partitionOf(Buffer.from('ka'), 0, 2, 3), ['ka'], [10]],
    [0, [], [12]],
  ])
  expect(shown(toSend(delivery, sending({ keyColumn: 1, partitions: 1 }), [-1]))).toEqual([[0, ['1', '1'], [10, 12]]])
})

test('a record that is too long, and a row that the format refuses, are refused by themselves', () => {
  const delivery = deliveryOf(
    0,
    0,
    ['a', 'x'.repeat(2000), 'b'].map((text) => ({ text, time: 1 })),
  )
  const refusing: SendForm = {
    ...sending({ partitions: 1 }),
    encoder: {
      write(batch, _, __, refuse) {
        refuse?.(0, 'no')
        return encoder.write(batch, 1, batch.count)
      },
    },
  }
  const { runs, refused } = toSend(delivery, refusing, [-1])
  expect(refused).toEqual([
    { row: 0, reason: 'no' },
    { row: 1, reason: expect.stringMatching(/^the record has 20\d\d bytes, and the topic takes 1000$/) },
  ])
  expect(runs.map(({ offsets }) => offsets)).toEqual([[2]])
  // Also where the partition has later records: a crash may have come before the dead letters.
  expect(toSend(delivery, refusing, [2])).toMatchObject({ runs: [], refused: [{ row: 0 }, { row: 1 }] })
})

// Holds changes.
test('a deleted row is a NULL value of its key', () => {
  const delivery = deliveryOf(
    0,
    0,
    ['a', 'b', 'c'].map((text) => ({ text, time: 1 })),
  )
  delivery.rows.deleted = Uint8Array.of(0, 1, 0)
  const { runs } = toSend(delivery, sending({ keyColumn: 2, partitions: 1 }), NONE)
  const [run] = runs
  const sent = Array.from({ length: run?.values.count ?? 0 }, (_, i) => {
    const value = run?.nulls?.[i] === 1 ? null : JSON.parse(recordText(run?.values as Records, i)).text
    return [run?.offsets[i], value]
  })
  expect(sent).toEqual([
    [0, 'a'],
    [1, null],
    [2, 'c'],
  ])
})
