import { expect, test } from 'vitest'
import { holding, watermarkText } from './clock-status.ts'

const at = (watermark: number, unread = 0, quietMs?: number) => ({ watermark, unread, quietMs })

test('the partition with the lowest watermark holds windows open, unless it is quiet', () => {
  expect(holding([at(10_000), at(4000), at(7000)], undefined)).toEqual({ partition: 1, behindMs: 6000, why: 'silent' })
  expect(holding([at(10_000), at(4000, 3)], 1000)).toEqual({ partition: 1, behindMs: 6000, why: 'unread' })
  expect(holding([at(10_000), at(4000, 0, 1500), at(7000)], 1000)).toMatchObject({ partition: 2 })
  expect(holding([at(10_000), at(4000, 1, 1500)], 1000)).toMatchObject({ partition: 1 })
  expect(holding([at(-Infinity), at(4000)], undefined)).toEqual({ partition: 0, behindMs: null, why: 'empty' })
})

test('nothing holds windows open where no watermark is behind another, or none is known', () => {
  expect(holding([at(5), at(5)], undefined)).toBeNull()
  expect(holding([at(-Infinity), at(-Infinity)], undefined)).toBeNull()
  expect(holding([], undefined)).toBeNull()
  expect(holding([at(9), at(5, 0, 2000)], 1000)).toBeNull()
})

test('a watermark is written as its column is, and not at all where no calendar goes', () => {
  const of = (kind: 'TIMESTAMP' | 'TIMESTAMP_LTZ') => ({
    fields: [{ name: 'ts', type: { kind, precision: 3 } as const, nullable: true }],
    rowtime: 0,
  })
  expect(watermarkText(0, of('TIMESTAMP'))).toBe('1970-01-01T00:00:00.000')
  expect(watermarkText(0, of('TIMESTAMP_LTZ'))).toBe('1970-01-01T00:00:00.000Z')
  for (const none of [undefined, -Infinity, Infinity, Number.NaN, 1e17]) {
    expect(watermarkText(none, of('TIMESTAMP'))).toBeNull()
  }
})
