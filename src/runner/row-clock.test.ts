import { expect, test } from 'vitest'
import type { Batch } from '../record/column.ts'
import type { RowEncoder } from '../topic/row-records.ts'
import { openRowClock } from './row-clock.ts'

const FIELDS = [
  { name: 'host', type: { kind: 'STRING' } },
  { name: 'ts', type: { kind: 'TIMESTAMP_LTZ', precision: 3 } },
] as const

/** A clock over two partitions, whose rows lie in windows of 10 s and whose watermark trails by 1 s; times in seconds. */
function clock(together: readonly (readonly string[])[] = []) {
  const watermarks = [-Infinity, -Infinity]
  const written: string[] = []
  const opened = openRowClock({
    ticks: { time: 1, delayMs: 1000, column: '_tick', steps: [{ step: 10_000, reach: 10_000 }], together },
    fields: FIELDS,
    partitions: 2,
    watermark: (partition) => watermarks[partition] ?? 0,
    result: {
      emit(rows: Batch, as?: RowEncoder) {
        const { values } = as?.(rows, 0) ?? { values: undefined }
        const text = Buffer.from(values?.bytes.subarray(values.start[0], values.end[0]) ?? []).toString()
        written.push(`${rows.partition} ${text}`)
      },
    },
  })
  const advance = (partition: number, watermark: number, isTick: boolean) => {
    watermarks[partition] = watermark * 1000
    opened.ticking(isTick)
    opened.advance(partition, watermark * 1000)
    opened.ticking(false)
  }
  return {
    written,
    due: () => opened.due() / 1000,
    rows: (partition: number, watermark: number) => advance(partition, watermark, false),
    tick: (partition: number, watermark: number) => advance(partition, watermark, true),
  }
}

test('a tick is a row with the time that makes its watermark', () => {
  const { rows, tick, written } = clock()
  rows(0, 4)
  tick(1, 4)
  tick(1, 10.5)
  expect(written).toEqual([
    '1 {"ts":"1970-01-01T00:00:05.000Z","_tick":true}',
    '1 {"ts":"1970-01-01T00:00:11.500Z","_tick":true}',
  ])
})

test('ticks are due at the ends of windows, until none can be open', () => {
  const { rows, tick, due } = clock()
  expect(due()).toBe(Infinity)
  rows(0, 4)
  // Partition 1 has no rows, and holds up all windows.
  expect(due()).toBe(4)
  tick(1, 4)
  expect(due()).toBe(10)
  tick(0, 10)
  expect(due()).toBe(10)
  tick(1, 10)
  // The last row may be of second 5: its window is closed.
  expect(due()).toBe(Infinity)
  rows(0, 18)
  expect(due()).toBe(20)
  rows(0, 41)
  // The other partition follows rows that go on.
  expect(due()).toBe(20)
  tick(1, 41)
  expect(due()).toBe(50)
})

test('a topic that is read with another one goes on with it, with rows or without', () => {
  const { rows, tick, due } = clock([['events', 'users']])
  expect(due()).toBeLessThan(0)
  rows(0, 4)
  tick(1, 4)
  tick(0, 60)
  tick(1, 60)
  expect(due()).toBe(70)
})
