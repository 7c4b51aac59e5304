import { expect, test } from 'vitest'
import { pathsOf } from './sparkline.tsx'

const box = { points: 3, width: 20, height: 12 }

test('a line begins at the right while there are few values, and its highest value is at the top', () => {
  expect(pathsOf([0, 4], box).line).toBe('M10.0 11.0L20.0 1.0')
  expect(pathsOf([0, 4], box).area).toBe('M10.0 12L10.0 11.0L20.0 1.0L20.0 12Z')
})

test('what is not known is a hole, and nothing is a flat line', () => {
  expect(pathsOf([1, Number.NaN, 1], box).line).toBe('M0.0 1.0M20.0 1.0')
  expect(pathsOf([0, 0, 0], box).line).toBe('M0.0 11.0L10.0 11.0L20.0 11.0')
  expect(pathsOf([], box)).toEqual({ line: '', area: '' })
})
