import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inOrderOfRotation, inOrderOfTime, isRotationOf } from './order.ts'

const files = (...paths: string[]) => paths.map((path, index) => ({ path, changed: index }))
const ordered = (...paths: string[]) => inOrderOfRotation(files(...paths)).map(({ path }) => path)

// Promise: Rotated logs that a glob matches are read oldest first, whatever rotation has made of their names.
test('numbers count back from the log, and dates forward; packed or not', () => {
  const orders = [
    ['a.log.10', 'a.log.2.gz', 'a.log.1', 'a.log'],
    ['a.log.3.zst', 'a.log.2', 'a.log'],
    ['a.log-20251031.gz', 'a.log-20251101', 'a.log-20251130', 'a.log'],
    ['app-2025-10-31.log', 'app-2025-11-01.log', 'app.log'],
    ['app-2025-11-01.9.log', 'app-2025-11-01.10.log', 'app-2025-11-02.1.log', 'app.log'],
    ['a.log-2025110109', 'a.log-2025110110'],
    ['a.log-1762000000', 'a.log-1762086400', 'a.log'],
    ['logs/2025-10-31/a.log', 'logs/2025-11-01/a.log'],
    ['a.log.2', 'a.log.1', 'a.log', 'b.log.10', 'b.log.9', 'b.log'],
    ['app-1.log.2', 'app-1.log.1', 'app-1.log'],
  ]
  for (const order of orders) {
    expect(ordered(...order)).toEqual(order)
    expect(ordered(...order.toReversed())).toEqual(order)
    expect(ordered(...order.toSorted())).toEqual(order)
  }
})

test('a log with dates and numbers alone is in the order in which its files were written to last', () => {
  const mixed = [
    { path: 'a.log', changed: 1 },
    { path: 'a.log.1', changed: 30 },
    { path: 'a.log-20251101', changed: 20 },
    { path: 'a.log.2', changed: 10 },
  ]
  expect(inOrderOfRotation(mixed).map(({ path }) => path)).toEqual(['a.log.2', 'a.log-20251101', 'a.log.1', 'a.log'])
})

test('the first event time decides where there is one; a file without one has that of its last change', () => {
  const times = new Map([
    ['new', 30],
    ['old', 10],
    ['same', 10],
  ])
  const some = [...files('new', 'old', 'same'), { path: 'none', changed: 20 }]
  expect(inOrderOfTime(some, ({ path }) => times.get(path)).map(({ path }) => path)).toEqual([
    'old',
    'same',
    'none',
    'new',
  ])
  expect(inOrderOfTime(files('a.log', 'a.log.1'), () => undefined).map(({ path }) => path)).toEqual([
    'a.log.1',
    'a.log',
  ])
})

test('the order does not depend on how files are listed', () => {
  const name = fc.constantFrom(
    'a.log',
    'a.log.1',
    'a.log.2.gz',
    'a.log-20251101',
    'a-2025-11-02.log',
    'b.log',
    'b.log.11',
  )
  const some = fc.uniqueArray(fc.record({ path: name, changed: fc.nat(5) }), { selector: ({ path }) => path })
  fc.assert(
    fc.property(some, fc.func(fc.nat(3)), (found, timeOf) => {
      const time = ({ path }: { path: string }) => (path.length % 3 === 0 ? undefined : timeOf(path))
      const one = inOrderOfTime(found, time).map(({ path }) => path)
      expect(inOrderOfTime(found.toReversed(), time).map(({ path }) => path)).toEqual(one)
      expect(one.toSorted()).toEqual(found.map(({ path }) => path).toSorted())
    }),
  )
})

test('a rotation is known by its name', () => {
  const of = (path: string) => isRotationOf(path, 'logs/a.log')
  expect(['a.log.1', 'a.log.2.gz', 'a.log-20251101', 'a-20251101.log', 'a.log-1762000000.zst'].map(of)).toEqual(
    Array.from({ length: 5 }, () => true),
  )
  expect(['a.log', 'a.log.gz', 'a.log.bak', 'a.log.1.tmp', 'b.log.1', 'aa.log.1', 'a.log.x1'].map(of)).toEqual(
    Array.from({ length: 7 }, () => false),
  )
})
