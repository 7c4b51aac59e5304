import { beforeEach, expect, test, vi } from 'vitest'
import type { ResultRow } from '../../../src/server/api/rows.ts'
import { createLiveRows } from './live-rows.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

const rowOf = (offset: number, key: string, hits: number | null): ResultRow => ({
  partition: 0,
  offset,
  at: '2026-12-01T00:00:00.000Z',
  key: { key },
  row: hits === null ? null : { key, hits },
})

const shown = (live: ReturnType<typeof createLiveRows>) => {
  vi.runAllTimers()
  return live.view.get().rows.map(({ row }) => row)
}

test('of each key the newest row is shown; a deleted one is gone', () => {
  const live = createLiveRows(['key'])
  live.begin({ rows: [rowOf(1, 'b', 1), rowOf(0, 'a', 1)], older: null, newer: '0:2', hasNewer: false })
  live.came({ rows: [rowOf(2, 'a', 2), rowOf(3, 'c', 1)], skipped: 0 })
  expect(shown(live)).toEqual([
    { key: 'b', hits: 1 },
    { key: 'a', hits: 2 },
    { key: 'c', hits: 1 },
  ])
  live.came({ rows: [rowOf(4, 'a', null)], skipped: 7 })
  expect(shown(live)).toEqual([
    { key: 'b', hits: 1 },
    { key: 'c', hits: 1 },
  ])
  expect(live.view.get().skipped).toBe(7)
})

test('while it is paused nothing changes, and what came is counted', () => {
  const live = createLiveRows(['key'])
  live.begin({ rows: [rowOf(0, 'a', 1)], older: null, newer: '0:1', hasNewer: false })
  live.pause(true)
  live.came({ rows: [rowOf(1, 'a', 2), rowOf(2, 'b', 1)], skipped: 0 })
  expect(shown(live)).toEqual([{ key: 'a', hits: 1 }])
  expect(live.view.get().unseen).toBe(2)
  live.pause(false)
  expect(shown(live)).toEqual([
    { key: 'a', hits: 2 },
    { key: 'b', hits: 1 },
  ])
})

test('memory stays bounded however many rows come', () => {
  const live = createLiveRows(['key'])
  for (let offset = 0; offset < 10_000; offset++) live.came({ rows: [rowOf(offset, `${offset}`, 1)], skipped: 0 })
  expect(shown(live)).toHaveLength(2000)
  expect(live.view.get().rows.at(-1)?.offset).toBe(9999)
})

test('a row that is final is not open any more', () => {
  const live = createLiveRows(['key'])
  live.opened({
    rows: [
      { key: 'a', hits: 1 },
      { key: 'b', hits: 1 },
    ],
    more: 0,
    hidden: null,
  })
  live.came({ rows: [rowOf(0, 'a', 3)], skipped: 0 })
  shown(live)
  expect(live.view.get().open.rows).toEqual([{ key: 'b', hits: 1 }])
})
