import { expect, test } from 'vitest'
import { LeftOutFiles } from './left-out.ts'

test('of thousands of files that are left out, each is said once, however often they are looked at', () => {
  const warnings: string[] = []
  const leftOut = new LeftOutFiles({ name: 'a', untilEnd: false, warn: (message) => void warnings.push(message) })
  for (let look = 0; look < 3; look++) {
    for (let file = 0; file < 5000; file++) leftOut.add(`in/${file}`, 'is a pipe, not a file')
  }
  expect(warnings).toHaveLength(5000)
  expect(warnings[0]).toBe('in/0 is a pipe, not a file; it is left out until it can be read')
})
