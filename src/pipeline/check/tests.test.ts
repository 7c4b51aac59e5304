import { expect, test } from 'vitest'
import { Failure, failuresIn } from '../../base/failure.ts'
import { readForCheck } from '../file/load.ts'
import { loadEveryKind } from '../file/load-kinds.ts'
import { checkPipeline } from './check.ts'

await loadEveryKind()

const PIPELINE = `version: 1
name: x
params: { N: 3 }
topics: { t: { format: { json: { columns: { a: INT, b: STRING } } } } }
sources: { s: { tcp: 9999, to: t } }
tables: { kept: { sqlite: { path: k.db, table: K }, columns: { ts: TIMESTAMP_LTZ(3), c: STRING }, time: ts } }
queries: { q: "SELECT a + \${params.N} AS a, b FROM t", late: "SELECT b FROM t" }
tests:
  one:
`

/** The mistakes in a test, each with its line, counted from the first of the test, and its column. */
function mistakesIn(...lines: readonly string[]): readonly string[] {
  const text = `${PIPELINE}${lines.map((line) => `    ${line}\n`).join('')}`
  try {
    checkPipeline(readForCheck('p.yaml', text, { environment: {} }), 0)
    return []
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return failuresIn(error).map(({ message, place }) => `${(place?.line ?? 0) - 9}:${place?.column}: ${message}`)
  }
}

test('a test names what there is', () => {
  const lines = [
    'set: { N: 3 }',
    'env: { ANY: x }',
    'now: 2026-01-01',
    'steps:',
    '  - { at: 2026-01-01 10:00, wait: 5m, send: { t: [{ a: 1 }], kept: [{ ts: 2026-01-01, c: x }] } }',
    'expect: { q: [{ a: 1 }], x.late: [], t: "a\\n1", late: { late: 1 }, dead: { t: [{ reason: x }], q: 0 } }',
  ]
  expect(mistakesIn(...lines)).toEqual([])
})

test('each mistake is found, with its place', () => {
  const lines = [
    'now: yesterday',
    'set: { M: 3 }',
    'steps:',
    '  - send: { u: x, t: { lines: a, partition: 3 }, s: x }',
    '  - send: { t: { partition: 0 }, kept: { file: x }, kept2: x }',
    '  - report: r',
    '  - send: { kept: [{ d: 1 }] }',
    '  - {}',
    'expect:',
    '  q: |',
    '    a, b',
    '    1, 2, 3',
    '  t: |',
    '    a, c',
    '  z: []',
    '  late: { y: 2 }',
    '  dead: { w: 2, t: [ { foo: 1 } ] }',
    '  alerts: { al: [] }',
  ]
  expect(mistakesIn(...lines)).toEqual([
    '1:10: "yesterday" is not a time',
    '2:12: there is no parameter "M"',
    '4:17: there is no topic "u"',
    '5:17: needs one of lines, record, file',
    '6:17: there is no report "r"',
    '7:17: "kept" has no column "d"',
    '8:9: tests.one.steps.4 needs one of at, wait, send, report',
    '12:9: this row has 3 values, and the header has 2',
    '13:7: "t" has no column "c"',
    '15:7: there is no query, report, alert or topic "z"',
    '16:15: there is no query "y"',
    '17:15: there is no topic or query "w"',
    '17:21: a dead letter has no "foo"',
    '18:17: there is no alert "al"',
  ])
})
