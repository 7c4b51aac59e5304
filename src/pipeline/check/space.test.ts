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

const FIRST =
  'SELECT ts, host FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY host ORDER BY ts) AS n FROM t) WHERE n = 1'

const checkQuery = (sql: string, state: string) => {
  const text = `version: 1
name: p
topics: { t: { format: common, watermark: ts - INTERVAL '5' SECOND } }
queries: { q: { sql: "${sql}", state: ${state} } }`
  return checkPipeline(readPipeline('p.yaml', text, { environment: {} }), 0)
}

test('the first row of each key is kept for its ttl; without one a warning says that it is kept for ever', () => {
  const { pipeline, warnings } = checkQuery(FIRST, '{ ttl: 7d }')
  expect(warnings).toEqual([])
  const [{ query } = {}] = pipeline.queries
  expect(query).toMatchObject({ ttl: 7 * 86_400_000, rowKey: [0, 1] })
  expect(checkQuery(FIRST, '{ ttl: forever }').warnings).toEqual([])
  const without = checkQuery(FIRST, '{ limit: 64MiB }')
  expect(without.pipeline.queries[0]?.query.rowKey).toEqual([1])
  expect(without.warnings).toMatchObject([
    {
      message: expect.stringContaining('every host that was ever seen is kept'),
      hint: expect.stringContaining('ttl: 7d'),
    },
  ])
})

test('a ttl is refused where a query keeps no keys, or for no time', () => {
  expect(() => checkQuery('SELECT host FROM t', '{ ttl: 7d }')).toThrow('ttl has no use here')
  expect(() => checkQuery(FIRST, '{ ttl: 0s }')).toThrow('a ttl of nothing')
})
