import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnOf, type Value, valueAt } from '../../../record/column.ts'
import { BIGINT, INT, type Type } from '../../../record/type.ts'
import type { Compute } from '../../expression/expression.ts'
import { bigintArithmetic, intArithmetic, type Sign } from './arithmetic-loops.ts'

const sign = fc.constantFrom<Sign>('+', '-', '*', '/', '%')
const edges = [0n, 1n, -1n, 2n ** 31n - 1n, 2n ** 53n - 1n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)]
const long = fc.oneof(
  fc.constantFrom(...edges),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -100n, max: 100n }),
)
const int = fc.oneof(fc.constantFrom(0, 1, -1, 2 ** 31 - 1, -(2 ** 31)), fc.integer())

function wanted(by: Sign, a: bigint, b: bigint, bits: number): bigint | 'failed' {
  if (b === 0n && (by === '/' || by === '%')) return 'failed'
  const exact = by === '+' ? a + b : by === '-' ? a - b : by === '*' ? a * b : by === '/' ? a / b : a % b
  return BigInt.asIntN(bits, exact)
}

function run(loop: Compute, type: Type, pairs: readonly (readonly [Value, Value])[]): (Value | 'failed')[] {
  const columns = [
    columnOf(
      type,
      pairs.map(([a]) => a),
    ),
    columnOf(
      type,
      pairs.map(([, b]) => b),
    ),
  ]
  const result = loop(columns, pairs.length)
  return pairs.map((_, row) => (result.failures?.has(row) ? 'failed' : valueAt(result, row)))
}

test('BIGINT is 64 bits that wrap round, whether or not the batch fits doubles', () => {
  fc.assert(
    fc.property(sign, fc.array(fc.tuple(long, long), { minLength: 1, maxLength: 5 }), (by, pairs) => {
      expect(run(bigintArithmetic(by), BIGINT, pairs)).toEqual(pairs.map(([a, b]) => wanted(by, a, b, 64)))
    }),
    { numRuns: 1000 },
  )
})

test('INT is 32 bits that wrap round', () => {
  fc.assert(
    fc.property(sign, int, int, (by, a, b) => {
      const result = wanted(by, BigInt(a), BigInt(b), 32)
      expect(run(intArithmetic(by), INT, [[a, b]])).toEqual([typeof result === 'bigint' ? Number(result) : result])
    }),
    { numRuns: 1000 },
  )
})

test('integer results are never -0', () => {
  expect(Object.is(run(bigintArithmetic('*'), BIGINT, [[0n, -5n]])[0], 0n)).toBe(true)
  const raw = bigintArithmetic('%')([columnOf(BIGINT, [-7n]), columnOf(BIGINT, [7n])], 1)
  expect(raw.kind === 'bigint' && Object.is(raw.values[0], 0)).toBe(true)
})
