import { expect, test } from 'vitest'
import { isLoopback } from './tcp-listen.ts'

test.each([
  ['127.0.0.1', true],
  ['127.255.0.3', true],
  ['::1', true],
  ['0:0:0:0:0:0:0:1', true],
  ['::ffff:127.0.0.1', true],
  ['localhost', true],
  ['127.evil.com', false],
  ['127.0.0.1.evil.com', false],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.1', false],
])('only this machine reaches %s: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected)
})
