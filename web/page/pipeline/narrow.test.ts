import { expect, test } from 'vitest'
import { layOutNarrow } from './narrow.ts'

test('parts stand below what feeds them, and lanes that run side by side are different ones', () => {
  const edges = [
    { from: 'a', to: 'topic' },
    { from: 'b', to: 'topic' },
    { from: 'topic', to: 'q' },
    { from: 'topic', to: 'archive' },
    { from: 'q', to: 'sink' },
  ]
  expect(layOutNarrow(['a', 'b', 'topic', 'q', 'archive', 'sink'], edges)).toEqual({
    order: ['a', 'b', 'topic', 'q', 'sink', 'archive'],
    lanes: [
      { from: 0, to: [2], lane: 0 },
      { from: 1, to: [2], lane: 1 },
      { from: 2, to: [3, 5], lane: 0 },
      { from: 3, to: [4], lane: 1 },
    ],
    laneCount: 2,
  })
  expect(layOutNarrow(['alone'], [])).toEqual({ order: ['alone'], lanes: [], laneCount: 0 })
})
