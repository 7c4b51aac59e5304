import fc from 'fast-check'
import { expect, test } from 'vitest'
import { INT } from '../../../record/type.ts'
import { bind, call, column, literal, rows } from '../run.test-tool.ts'
import { javaRandom } from './java-random.ts'

/** java.util.Random by its documentation, on one number of 48 bits. */
function naiveRandom(seed: number) {
  const mask = (1n << 48n) - 1n
  let state = (BigInt(seed) ^ 0x5deece66dn) & mask
  const next = (bits: number): bigint => {
    state = (state * 0x5deece66dn + 0xbn) & mask
    return BigInt.asIntN(32, state >> BigInt(48 - bits))
  }
  return {
    nextDouble: () => Number((next(26) << 27n) + next(27)) * 2 ** -53,
    nextInt(limit: number): number {
      const bound = BigInt(limit)
      let drawn = next(31)
      if ((bound & -bound) === bound) return Number(BigInt.asIntN(32, (bound * drawn) >> 31n))
      while (BigInt.asIntN(32, drawn - (drawn % bound) + (bound - 1n)) < 0n) drawn = next(31)
      return Number(drawn % bound)
    },
  }
}

const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const bound = fc.oneof(
  fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  fc.nat({ max: 30 }).map((power) => 2 ** power),
)

test('the numbers of a seed are those of java.util.Random', () => {
  expect(javaRandom(42).nextDouble()).toBe(0.7275636800328681)
  expect(javaRandom(42).nextInt(10)).toBe(0)
  fc.assert(
    fc.property(int, fc.array(fc.option(bound, { nil: undefined }), { maxLength: 20 }), (seed, bounds) => {
      const [ours, naive] = [javaRandom(seed), naiveRandom(seed)]
      for (const limit of bounds) {
        if (limit === undefined) expect(ours.nextDouble()).toBe(naive.nextDouble())
        else expect(ours.nextInt(limit)).toBe(naive.nextInt(limit))
      }
    }),
  )
})

test('a seed that is written out begins one sequence; a seed of a column gives each row its own number', () => {
  const sequence = javaRandom(7)
  const three = rows(INT, 100, 100, 100)
  expect(call('RAND_INTEGER', [literal(7, INT), three])).toEqual([1, 2, 3].map(() => sequence.nextInt(100)))
  const own = javaRandom(7).nextInt(100)
  expect(call('RAND_INTEGER', [rows(INT, 7, null, 7), three])).toEqual([own, null, own])
  expect(call('RAND', [rows(INT, 7)])).toEqual([javaRandom(7).nextDouble()])
})

test('a bound that is not above 0 is refused, and fails its row', () => {
  expect(() => bind('RAND_INTEGER', [literal(0, INT)])).toThrow('RAND_INTEGER wants a bound above 0')
  expect(call('RAND_INTEGER', [rows(INT, 1, 0, -1)])).toEqual([0, 'failed', 'failed'])
})

test('only what follows from columns is no chance', () => {
  expect(bind('RAND', []).isChance).toBe(true)
  expect(bind('RAND', [literal(1, INT)]).isChance).toBe(true)
  expect(bind('UUID', []).isChance).toBe(true)
  expect(bind('RAND', [column(0, INT)]).isChance).toBeUndefined()
})

test('UUIDs are of version 4', () => {
  expect(call('UUID', [])[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})
