import { expect, test } from 'vitest'
import { readPipeline } from '../file/load.ts'
import { loadEveryKind } from '../file/load-kinds.ts'
import { messagesOf } from '../file/mutated.test-tool.ts'
import { checkPipeline } from './check.ts'

await loadEveryKind()

const text = (format: string, sql = 'SELECT status FROM t') => `version: 1
name: p
sources: { s: { file: x.log, to: t } }
topics:
  t:
    format: ${format}
queries: { q: ${sql} }
sinks: { o: { from: q, ndjson: out } }
`
const check = (...parts: Parameters<typeof text>) =>
  checkPipeline(readPipeline('p.yaml', text(...parts), { environment: {} }), 0)
const problems = (...parts: Parameters<typeof text>) => messagesOf(() => check(...parts).warnings)

test('the columns of both formats are columns of the topic, and its event time is that of the format inside', () => {
  const [topic] = check('{ json: { columns: { log_type: STRING }, inside: { message: combined } } }').pipeline.topics
  const names = topic?.fields.map(({ name }) => name) ?? []
  expect(names.slice(0, 3)).toEqual(['log_type', 'message', 'host'])
  expect(names[topic?.rowtime ?? -1]).toBe('ts')
  expect(topic?.fingerprint).toContain('"inside":{"message":{"combined":{}}}')
})

test.each([
  ['{ json: { inside: { message: combind } } }', '6:42: there is no format "combind"'],
  ['{ json: { insde: { message: combined } } }', '6:23: unknown key "insde"'],
  ['{ json: { inside: { message: combined, other: lines } } }', '6:23: topics.t.format.json.inside needs one column'],
  ['{ json: { inside: combined } }', '6:31: topics.t.format.json.inside must be a group of keys'],
  ['{ json: { inside: { message: { csv: { delimitr: x } } } } }', '6:51: unknown key "delimitr"'],
  ['{ json: { inside: { message: { json: { columns: { a: STRNG } } } } } }', '6:66: column a: type STRNG'],
  [
    '{ json: { inside: { message: { csv: { columns: { a: INT }, delimiter: xx } } } } }',
    '6:83: format csv: the delimiter',
  ],
  ['{ json: { columns: { status: INT }, inside: { message: combined } } }', '6:68: json and the format inside it both'],
  ['{ combined: { inside: { agnt: lines } } }', '6:43: format combined has no column agnt'],
])('a mistake in %s is told at its place', (format, message) => {
  expect(problems(format)).toContain(`p.yaml:${message}`)
})

test('a column of the format inside whose name is reserved is warned of', () => {
  const format = '{ json: { inside: { message: { json: { columns: { status: INT, method: STRING } } } } } }'
  expect(problems(format)).toContain('p.yaml:6:76: method is a reserved word')
})
