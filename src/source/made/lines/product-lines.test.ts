import fc from 'fast-check'
import { expect, test } from 'vitest'
import { productLines } from './product-lines.ts'
import { PRODUCT_MIX, productRequests } from './product-requests.ts'

/** The log from a line on, in pieces of these lengths. */
function log(seed: number, from: number, ...pieces: readonly number[]): string {
  const made = productLines(seed, from, 1)
  const into = new Uint8Array(1 << 16)
  return pieces
    .map((count) => {
      const { lines, end } = made.write(into, count, new Int32Array(count))
      expect(lines).toBe(count)
      return Buffer.from(into.subarray(0, end)).toString('latin1')
    })
    .join('')
}

const pagesIn = (text: string) => [...text.matchAll(/"GET (\S+) HTTP\/1\.1"/g)].map(([, page = '']) => page)

const countsOf = (pages: Iterable<string>) => {
  const counts: Record<string, number> = {}
  for (const page of pages) counts[page] = (counts[page] ?? 0) + 1
  return counts
}

test('of each hundred requests, 50, 25, 15, 8 and 2 are for the five pages, in another order each time', () => {
  const pages = [...productRequests(7, 10_000)]
  const blocks = Array.from({ length: 100 }, (_, block) => pages.slice(100 * block, 100 * (block + 1)))
  for (const block of blocks) expect(countsOf(block)).toEqual(PRODUCT_MIX)
  expect(new Set(blocks.map((block) => block.join())).size).toBe(100)
  expect([...productRequests(8, 100)]).not.toEqual(blocks[0])
})

test('the lines are in the form of the balancer, and a minute has the exact mix', () => {
  const lines = log(7, 0, 100, 100).trimEnd().split('\n')
  for (const line of lines) {
    expect(line).toMatch(
      /^198\.51\.100\.\d+ - - \[01\/Mar\/2025:00:00:0\d \+0000\] "GET \/product[1-5] HTTP\/1\.1" (200|502) \d+ "-" "[^"]+" 0\.\d{3} 127\.0\.0\.1:808[12]$/,
    )
  }
  const minute = log(7, 0, ...Array<number>(16).fill(100)).match(/^.*2025:00:00:.*$/gm) ?? []
  expect(countsOf(pagesIn(minute.join('\n')))).toEqual({
    '/product1': 750,
    '/product2': 375,
    '/product3': 225,
    '/product4': 120,
    '/product5': 30,
  })
})

test('stopped anywhere and continued from its place, the log is the same', () => {
  const whole = log(3, 0, 130, 130).split('\n')
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 59 }), (from, count) => {
      expect(log(3, from, count).trimEnd().split('\n')).toEqual(whole.slice(from, from + count))
    }),
  )
})

test('a line that may not fit is not begun', () => {
  const made = productLines(1, 0, 1)
  expect(made.write(new Uint8Array(1000), 10, new Int32Array(10)).lines).toBeLessThan(10)
  expect(made.write(new Uint8Array(319), 10, new Int32Array(10))).toEqual({ lines: 0, end: 0 })
})
