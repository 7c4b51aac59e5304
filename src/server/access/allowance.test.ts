import { expect, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { Allowance } from './allowance.ts'

function allowanceAt(): { readonly allowance: Allowance; pass(ms: number): void } {
  let now = 0
  const clock = { ...systemClock, elapsed: () => now }
  return {
    allowance: new Allowance(clock, { burst: 3, perSecond: 0.5 }),
    pass: (ms) => {
      now += ms
    },
  }
}

test('a peer may do as much as is allowed at once, and then as time passes', () => {
  const { allowance, pass } = allowanceAt()
  expect([1, 2, 3, 4].map(() => allowance.take('192.0.2.1'))).toEqual([0, 0, 0, 2])
  expect(allowance.wait('192.0.2.1')).toBe(2)
  expect(allowance.take('192.0.2.2')).toBe(0)
  pass(1000)
  expect(allowance.take('192.0.2.1')).toBe(1)
  pass(1000)
  expect([1, 2].map(() => allowance.take('192.0.2.1'))).toEqual([0, 2])
  pass(60_000)
  expect([1, 2, 3, 4].map(() => allowance.take('192.0.2.1'))).toEqual([0, 0, 0, 2])
})

test('all addresses of one network of IPv6 are one peer; those of IPv4 written as IPv6 are not', () => {
  const { allowance } = allowanceAt()
  const takes = ['2001:db8:1:2::1', '2001:db8:1:2:9::1', '2001:db8:1:2:a:b:c:d', '2001:db8:1:2::2', '2001:db8:1:3::1']
  expect(takes.map((peer) => allowance.take(peer))).toEqual([0, 0, 0, 2, 0])
  const mapped = ['::ffff:192.0.2.1', '::ffff:192.0.2.1', '::ffff:192.0.2.1', '::ffff:192.0.2.1', '::ffff:192.0.2.2']
  expect(mapped.map((peer) => allowance.take(peer))).toEqual([0, 0, 0, 2, 0])
})

test('of more peers than are kept, the one that asked longest ago is forgotten', () => {
  const { allowance } = allowanceAt()
  for (let count = 0; count < 3; count++) allowance.take('first')
  expect(allowance.wait('first')).toBe(2)
  for (let peer = 0; peer < 10_000; peer++) allowance.take(`peer ${peer}`)
  expect(allowance.wait('first')).toBe(0)
  expect(allowance.take('peer 9999')).toBe(0)
})
