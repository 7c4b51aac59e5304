import fc from 'fast-check'
import { expect, test } from 'vitest'
import { curveOf, type LayoutEdge, layOut } from './layout.ts'

const size = { width: 100, height: 40, columnGap: 30, rowGap: 10 }

/** Any pipeline: edges lead from a part to a later one. */
const graphs = fc.integer({ min: 1, max: 14 }).chain((count) => {
  const ids = Array.from({ length: count }, (_, index) => `p${index}`)
  const pair = fc.tuple(fc.nat(count - 1), fc.nat(count - 1)).filter(([a, b]) => a < b)
  const edges = count < 2 ? fc.constant([]) : fc.uniqueArray(pair, { selector: (one) => one.join(), maxLength: 24 })
  return edges.map((pairs) => ({ ids, edges: pairs.map(([a, b]): LayoutEdge => ({ from: `p${a}`, to: `p${b}` })) }))
})

test('no parts overlap, all stand inside, and every edge leads to the right without passing through a part', () => {
  fc.assert(
    fc.property(graphs, ({ ids, edges }) => {
      const layout = layOut(ids, edges, size)
      const boxes = [...layout.places.values()]
      expect(boxes).toHaveLength(ids.length)
      for (const [index, { x, y }] of boxes.entries()) {
        expect(x >= 0 && y >= 0 && x + size.width <= layout.width && y + size.height <= layout.height).toBe(true)
        for (const other of boxes.slice(index + 1)) {
          expect(x !== other.x || Math.abs(y - other.y) >= size.height + size.rowGap - 1).toBe(true)
        }
      }
      expect(layout.edges).toHaveLength(edges.length)
      for (const { points } of layout.edges) {
        for (const [index, point] of points.slice(1).entries()) expect(point.x).toBeGreaterThan(points[index]?.x ?? 0)
        // Between its ends an edge passes each column on a level of its own.
        for (const { x, y } of points.slice(1, -1)) {
          const through = boxes.filter(
            (box) => (box.x === x || box.x + size.width === x) && y > box.y && y < box.y + size.height,
          )
          expect(through).toEqual([])
        }
      }
    }),
  )
})

test('a chain is a straight line, and parts of a fan stand around what feeds them', () => {
  const chain = layOut(
    ['a', 'b', 'c'],
    [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'c' },
    ],
    size,
  )
  expect([...chain.places.values()]).toEqual([
    { x: 0, y: 0 },
    { x: 130, y: 0 },
    { x: 260, y: 0 },
  ])
  const fan = layOut(
    ['a', 'b', 'c'],
    [
      { from: 'a', to: 'b' },
      { from: 'a', to: 'c' },
    ],
    size,
  )
  expect(fan.places.get('a')).toEqual({ x: 0, y: 25 })
  expect([fan.places.get('b')?.y, fan.places.get('c')?.y]).toEqual([0, 50])
})

test('what nothing feeds stands beside what it feeds', () => {
  const edges = [
    { from: 'source', to: 'topic' },
    { from: 'topic', to: 'query' },
    { from: 'table', to: 'query' },
  ]
  expect(layOut(['source', 'table', 'topic', 'query'], edges, size).places.get('table')?.x).toBe(130)
})

test('an edge is a line of an SVG', () => {
  expect(
    curveOf([
      { x: 0, y: 5 },
      { x: 10, y: 5 },
      { x: 20, y: 9 },
    ]),
  ).toBe('M0 5H10C15 5 15 9 20 9')
  expect(curveOf([])).toBe('')
})
