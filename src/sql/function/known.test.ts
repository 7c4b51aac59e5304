import { expect, test } from 'vitest'
import { scalarFunctions } from './all.ts'
import { FLINK_ONLY } from './known.ts'

test('no function of the language is listed as one that Flink alone has', () => {
  expect([...FLINK_ONLY].filter((name) => scalarFunctions.has(name))).toEqual([])
})
