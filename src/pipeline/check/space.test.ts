import { expect, test } from 'vitest'
import { readPipeline } from '../file/load.ts'
import { loadEveryKind } from '../file/load-kinds.ts'
import { checkPipeline } from './check.ts'

await loadEveryKind()

const check = (retention: string, rest = '') => {
  const text = `version: 1
name: p
topics: { t: { partitions: 2, format: common, retention: ${retention} } }
queries: { q: SELECT host FROM t }
${rest}`
  return checkPipeline(readPipeline('p.yaml', text, { environment: {} }), 0).pipeline
}

test('retention and limits, by default and as declared', () => {
  expect(check('{}').topics.map(({ retention }) => retention)).toEqual([
    { timeMs: 7 * 86_400_000, bytes: undefined, limit: undefined, whenFull: 'block' },
    { timeMs: 30 * 86_400_000, bytes: undefined, limit: undefined, whenFull: 'block' },
  ])
  const declared = check(
    '{ time: forever, size: 16MiB, limit: 1GiB }',
    'limits: { disk: 2GiB, when_full: drop_oldest }',
  )
  expect(declared.topics[0]?.retention).toEqual({
    timeMs: undefined,
    bytes: 2 ** 24,
    limit: 2 ** 30,
    whenFull: 'drop_oldest',
  })
  expect(declared.limits).toMatchObject({ disk: 2 ** 31, whenFull: 'drop_oldest' })
})

test('sizes that are too small for anything are refused', () => {
  expect(() => check('{ size: 1MiB }')).toThrow('size is less than 16MiB')
  expect(() => check('{ limit: 15MiB }')).toThrow('limit is less than 16MiB')
  expect(() => check('{ size: 64MiB, limit: 32MiB }')).toThrow('limit is less than size')
})
