import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cellsOf, MAX_ACROSS, MAX_DOWN } from './cells.ts'

const wanted = { x: 'status', y: 'hits', series: ['method'], isTime: false, adds: true, timeText: String }

test('two names are a grid, numbers in their order and others by their total', () => {
  const rows = [
    { method: 'GET', status: 404, hits: 2 },
    { method: 'POST', status: 200, hits: 1 },
    { method: 'GET', status: 200, hits: 5 },
  ]
  const { across, down, values, most } = cellsOf(rows, wanted)
  expect({ across, down, values: [...values], most }).toEqual({
    across: ['200', '404'],
    down: ['GET', 'POST'],
    values: [5, 2, 1, Number.NaN],
    most: 5,
  })
})

test('however long the time is, a cell can be seen, and nothing of the names that are shown is lost', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(5000), fc.nat(60)), { minLength: 1, maxLength: 300 }), (points) => {
      const rows = points.map(([at, name]) => ({ at: new Date(at * 60_000).toISOString(), name: `n${name}`, hits: 1 }))
      const cells = cellsOf(rows, { ...wanted, x: 'at', series: ['name'], isTime: true })
      expect(cells.across.length).toBeLessThanOrEqual(MAX_ACROSS)
      expect(cells.down.length).toBeLessThanOrEqual(MAX_DOWN)
      const shown = new Set(cells.down)
      const sum = [...cells.values].reduce((all, one) => all + (Number.isNaN(one) ? 0 : one), 0)
      expect(sum).toBe(rows.filter(({ name }) => shown.has(name)).length)
    }),
  )
})
