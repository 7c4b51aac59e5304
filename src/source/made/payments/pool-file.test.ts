import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Failure, failuresIn } from '../../../base/failure.ts'
import { madeEvents } from '../expected/events.ts'
import { generator } from '../generator.ts'
import { generatorOptions } from '../options.ts'
import { poolsOfText } from './pool-file.ts'
import { BUILT_IN_POOLS } from './pools.ts'

const GIVEN = `
customers: [Ada Lovelace, "Zoë"]
countries:
  - { code: NL, currency: EUR, weight: 3 }
  - { code: CH, currency: CHF }
methods:
  - { name: card, fails: 0%, card: true }
`

/** What is wrong with a text, with its places. */
function mistakes(text: string): readonly string[] {
  try {
    poolsOfText('pools.yaml', text)
    return []
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return failuresIn(error).map(({ place, message }) => `${place?.file}:${place?.line}:${place?.column} ${message}`)
  }
}

test('payments are made of what the file says, and of what is built in where it says nothing', () => {
  const pools = poolsOfText('pools.yaml', GIVEN)
  expect(pools.merchants).toBe(BUILT_IN_POOLS.merchants)
  const events = [...madeEvents(generatorOptions.parse({ like: 'payments', count: 4000 }), { pools })]
  const different = (name: string) => [...new Set(events.map(({ values }) => values[name]))].sort()
  expect(different('customer')).toEqual(['Ada Lovelace', 'Zoë'])
  expect(different('country')).toEqual(['CH', 'NL'])
  expect(different('payment_method')).toEqual(['card'])
  const dutch = events.filter(({ values }) => values.country === 'NL').length / events.length
  expect(Math.abs(dutch - 0.75)).toBeLessThan(0.03)
})

test('JSON is read as well, and an empty file changes nothing', () => {
  expect(poolsOfText('p.json', '{"customers": ["Ada"]}').customers).toEqual(['Ada'])
  expect(poolsOfText('p.yaml', '')).toEqual(BUILT_IN_POOLS)
})

test('each mistake is named with its file, line and column', () => {
  expect(mistakes('customers: []\ncustomer: [Ada]\n')).toEqual([
    'pools.yaml:1:12 customers: Too small: expected array to have >=1 items',
    'pools.yaml:2:1 there is no key customer here',
  ])
  expect(mistakes('methods:\n  - { name: card, fails: lots }\n')).toEqual([
    'pools.yaml:2:26 methods.0.fails: expected a percentage, as in 2%',
  ])
  expect(mistakes('countries:\n  - { code: NL }\n')).toEqual([
    'pools.yaml:2:5 countries.0.currency: Invalid input: expected string, received undefined',
  ])
  expect(mistakes('customers: [Ada\n')[0]).toMatch(/^pools\.yaml:\d+:\d+ /)
})

test('check finds a file that is missing or has mistakes, before a run', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tailrace-pools-'))
  const obstacles = (data: string) => generator.lookAhead?.(generatorOptions.parse({ like: 'payments', data }), folder)
  writeFileSync(join(folder, 'fine.yaml'), GIVEN)
  writeFileSync(join(folder, 'bad.yaml'), 'customers: []\nmethods:\n  - { name: card, fails: lots }\n')
  expect(await obstacles('fine.yaml')).toEqual([])
  expect(await obstacles('bad.yaml')).toEqual([
    { message: 'bad.yaml:1:12: customers: Too small: expected array to have >=1 items' },
    { message: 'bad.yaml:3:26: methods.0.fails: expected a percentage, as in 2%' },
  ])
  expect(await obstacles('gone.yaml')).toMatchObject([
    { message: 'generator: the file of its data, gone.yaml, cannot be read' },
  ])
})
