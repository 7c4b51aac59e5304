import { expect, test } from 'vitest'
import { readPipeline } from '../file/load.ts'
import { loadEveryKind } from '../file/load-kinds.ts'
import { messagesOf } from '../file/mutated.test-tool.ts'
import { checkPipeline } from './check.ts'

await loadEveryKind()

const file = (column: string, format = 'json') => `version: 1
name: p
sources: { s: { file: x.log, to: t } }
topics:
  t:
    format:
      ${format}: { columns: { ts: ${column}, n: BIGINT } }
    columns: { n_time: 'TO_TIMESTAMP_LTZ(n, 0)' }
    watermark: n_time - INTERVAL '5' SECOND
queries: { q: SELECT n_time FROM t }
sinks: { o: { from: q, ndjson: out } }
`
const check = (text: string) => checkPipeline(readPipeline('p.yaml', text, { environment: {} }), 0)
const problems = (text: string) => messagesOf(() => check(text).warnings)

test('a column that is an instant has a unit, others do not', () => {
  for (const format of ['json', 'csv', 'tsv']) {
    expect(problems(file('{ type: TIMESTAMP_LTZ(3), unit: s }', format))).toBe('')
  }
  expect(problems(file('{ type: BIGINT, unit: s }'))).toContain(
    'p.yaml:7:52: column ts: only numbers of a TIMESTAMP_LTZ(3) have a unit',
  )
  expect(problems(file('{ type: TIMESTAMP_LTZ(3), unit: seconds }'))).toContain('unit')
})

test('another unit is another meaning of the records, so older state is useless', () => {
  const print = (column: string) => check(file(column)).pipeline.topics[0]?.fingerprint
  expect(print('{ type: TIMESTAMP_LTZ(3), unit: s }')).not.toBe(print('{ type: TIMESTAMP_LTZ(3), unit: ms }'))
})
