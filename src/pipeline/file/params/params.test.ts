import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tokenize } from '../../../sql/syntax/token.ts'
import { checkPipeline } from '../../check/check.ts'
import { definePipeline } from '../../definition.ts'
import { readForCheck, readPipeline } from '../load.ts'
import { loadEveryKind } from '../load-kinds.ts'
import { messagesOf } from '../mutated.test-tool.ts'
import { putIntoSql } from './in-sql.ts'
import { type ParamRule, type ParamValue, readParam, typeOfValue } from './param.ts'

await loadEveryKind()

const PIPELINE = `version: 1
name: shop
params: { N: 3, P: 5m, word: "it's", ratio: 0.5, all: true, room: 64MiB, odd: { type: number, default: 1, min: 0, max: 9 } }
sources: { in: { file: "\${params.word}.log", to: log } }
topics:
  log: { partitions: "\${params.N}", format: combined, watermark: "ts - \${params.P}" }
queries:
  top: { top: { count: "\${params.N}", of: path, by: COUNT(*), every: "\${params.P}", from: log }, state: { limit: "\${params.room}" } }
  sql: |
    SELECT window_start, window_end, COUNT(*) AS hits, \${params.word} AS word, \${params.all} AS a, \${params.odd} AS o
    FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL \${params.P}))
    WHERE path LIKE '%\${params.word}%' -- \${params.none}
    GROUP BY window_start, window_end
    HAVING COUNT(*) > \${params.ratio}
sinks:
  out: { from: top, csv: { path: "out/\${params.N}-$\${params.N}.csv", header: "\${params.all}" } }
`

type Given = { readonly set?: readonly string[]; readonly over?: readonly string[]; readonly text?: string }

const read = ({ set = [], over = [], text = PIPELINE }: Given) =>
  readForCheck(
    'p.yaml',
    text,
    { environment: { TOP: '7', WORD: '${params.N}' }, overrides: set },
    over.map((one, i) => [`o${i + 1}.yaml`, one]),
  )
const check = (given: Given) => checkPipeline(read(given), 0)
const problemsOf = (given: Given): string => messagesOf(() => check(given).warnings)

test('options get the typed value, SQL a literal', () => {
  const { definition } = readPipeline('p.yaml', PIPELINE, { environment: {} })
  expect(definition.topics.log).toMatchObject({ partitions: 3, watermark: "ts - INTERVAL '5' MINUTE" })
  expect(definition.sources.in?.file).toMatchObject({ path: "it's.log" })
  expect(definition.queries.top).toMatchObject({ top: { count: 3, every: 300_000 }, state: { limit: 64 << 20 } })
  expect(definition.sinks.out?.csv).toEqual({ path: 'out/3-${params.N}.csv', header: true })
  expect(
    definition.queries.sql?.sql,
  ).toBe(`SELECT window_start, window_end, COUNT(*) AS hits, 'it''s' AS word, TRUE AS a, 1 AS o
FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '5' MINUTE))
WHERE path LIKE '%it''s%' -- \${params.none}
GROUP BY window_start, window_end
HAVING COUNT(*) > 0.5
`)
  expect(check({}).warnings).toEqual([])
})

test('--set and overlays change a value; the file that has it first says its type', () => {
  const countOf = (given: Given) => read(given).definition.queries.top?.top?.count
  expect(countOf({ set: ['N=10'] })).toBe(10)
  expect(countOf({ set: ['params.N=11'] })).toBe(11)
  expect(countOf({ over: ['params: { N: 12 }'] })).toBe(12)
  expect(countOf({ over: ['params: { N: 12 }'], set: ['N=13'] })).toBe(13)
  expect(countOf({ text: PIPELINE.replace('N: 3', 'N: "${TOP:-3}"') })).toBe(7)
  expect(read({ set: ['odd=2.5'] }).definition.queries.sql?.sql).toContain('2.5 AS o')
  expect(read({ set: ['word=10'] }).definition.queries.sql?.sql).toContain("'10' AS word")
  const [n, p] = read({ set: ['N=10', 'P=90s'] }).params
  expect(n).toMatchObject({ name: 'N', type: 'int', value: 10, isUsed: true })
  expect(p).toMatchObject({ type: 'duration', value: '90s', sql: "INTERVAL '90' SECOND" })
  const { text } = read({ over: ['\nparams: { N: 4 }'], set: ['P=1m'] })
  expect(['N', 'P', 'all'].map((name) => text.origin(['params', name, 'default']))).toEqual([
    'o1.yaml:2',
    '--set P',
    'p.yaml:3',
  ])
})

test('a value from outside has no parameters in it', () => {
  const { definition } = read({ text: PIPELINE.replace('out/${params.N}-', '${WORD}-') })
  expect(definition.sinks.out?.csv).toMatchObject({ path: '${params.N}-${params.N}.csv' })
})

test.each<[Given, string]>([
  [{ set: ['N=x'] }, '--set N=x: parameter N: it is a whole number, and "x" is none'],
  [{ set: ['N=3.5'] }, 'parameter N: it is a whole number, and 3.5 is none'],
  [{ set: ['P=5'] }, "parameter P: it is a duration: '5' is not a duration: it needs a unit, one of ms, s, m, h, d"],
  [{ set: ['all=yes'] }, 'parameter all: it is true or false, and "yes" is none'],
  [{ set: ['odd=10'] }, 'parameter odd: it must be at most 9, not 10'],
  [
    { text: PIPELINE.replace('"it\'s"', '{ default: its, min: 3 }') },
    'parameter word: it is a text, and only numbers, durations and sizes have min and max',
  ],
  [{ set: ['n=4'] }, 'Did you mean "N"? There are: N, P, word, ratio, all, room, odd.'],
  [{ set: ['timezon=UTC'] }, 'Did you mean "timezone"?'],
  [{ over: ['\nparams: { P: soon }'] }, "o1.yaml:2:14: parameter P: it is a duration: 'soon' is not a duration"],
  [{ text: PIPELINE.replace('"${params.N}", of', '"${params.NN}", of') }, 'p.yaml:8:24: there is no parameter "NN"'],
  [{ text: PIPELINE.replace('"${params.N}", of', '"${params.NN}", of') }, 'Did you mean "N"?'],
  [{ text: PIPELINE.replace('"${params.N}", of', '"${params.other}", of') }, 'there is no parameter "other"\n'],
  [{ text: PIPELINE.replace('"${params.N}", of', '"${params.N", of') }, '${params.N has no } at its end'],
  [{ text: PIPELINE.replace('odd:', 'more: 1, odd:') }, 'p.yaml:3:74: nothing uses parameter "more"'],
  [{ text: PIPELINE.replace('N: 3', 'N: "${params.P}"') }, 'parameter N: a parameter cannot be made of others'],
  [{ text: PIPELINE.replace('odd:', 'limits: 1, odd:') }, 'a parameter cannot be called limits'],
  [{ text: PIPELINE.replace('N: 3', 'N: { type: int }') }, 'params.N needs "default"'],
  [{ text: PIPELINE.replace('odd:', 'a-b: 1, odd:') }, 'a parameter has 1 to 100 letters, digits and underscores'],
  [
    { set: ['sinks.out.csv=null', 'sources.in={ingest: {listen: "8081", token: "${params.word}"}, to: log}'] },
    'a secret cannot come from a parameter',
  ],
])('%j is refused, or a warning', (given, message) => {
  expect(problemsOf(given)).toContain(message)
})

test('a wrong value hides no other mistake', () => {
  const text = PIPELINE.replace('of: path', 'of: pat')
  const problems = problemsOf({ text, set: ['N=x'] })
  expect(problems).toContain('it is a whole number')
  const also = (() => {
    try {
      return check({ text, set: ['N=x'] }).warnings
    } catch (error) {
      return (error as { also: readonly Error[] }).also
    }
  })()
  expect(also.map(({ message }) => message)).toEqual([expect.stringContaining('pat')])
})

const sqlOf = (sql: string, value: ParamValue, type: ParamRule['type'] = typeOfValue(value, false)) =>
  putIntoSql(sql, (name) => readParam(name, value, { type }))

test('spelled in SQL', () => {
  expect(sqlOf('a - ${params.x}', -5)).toBe('a - (-5)')
  expect(sqlOf('${params.x} interval ${params.x}', '250ms')).toBe("INTERVAL '0.250' SECOND interval '0.250' SECOND")
  expect(sqlOf('`a${params.x}`', 'b`c', 'text')).toBe('`ab``c`')
  expect(sqlOf("'it''s ${params.x}' /* ${params.x} */ ${params.x}", "'", 'text')).toBe(
    "'it''s ''' /* ${params.x} */ ''''",
  )
  expect(sqlOf("'${params.x} MB', ${params.x}", '2KB')).toBe("'2KB MB', 2000")
})

// Promise: A parameter in SQL is a value, whatever it is: it ends no text, no name and no comment, and begins none.
test('a text stays one value, whatever it is', () => {
  const sql = "SELECT ${params.x} AS a, 'b${params.x}c' AS d, 1 - ${params.x} AS e -- ${params.x}\nFROM log // it's `"
  const values = fc.string({ unit: fc.constantFrom("'", '`', '-', '/', '*', '\n', '$', '{', '}', ';', '\\', 'é', 'x') })
  const tokensOf = (text: string) => tokenize(text).map(({ kind, text }) => `${kind} ${text}`)
  fc.assert(
    fc.property(values, (value) => {
      const marked = tokensOf(sqlOf(sql, 'MARK', 'text'))
      expect(tokensOf(sqlOf(sql, value, 'text'))).toEqual(marked.map((token) => token.replace('MARK', () => value)))
      const name = value.replaceAll('\n', '')
      expect(tokensOf(sqlOf('a.`b${params.x}` + 1', name, 'text'))[2]).toBe(`quoted b${name}`)
    }),
  )
})

test('in TypeScript, a use stands where a number is wanted', () => {
  const pipeline = definePipeline({
    version: 1,
    name: 'p',
    params: { N: 3, P: '5m', ratio: { type: 'number', default: 1, min: 0 } },
    topics: { log: { partitions: '${params.N}', format: 'combined', watermark: "ts - INTERVAL '5' SECOND" } },
    queries: {
      top: { top: { count: '${params.N}', of: 'path', by: 'COUNT(*)', every: '${params.P}', from: 'log' } },
      rate: 'SELECT path FROM log WHERE status > ${params.ratio}',
    },
  })
  const { definition } = readForCheck('p.yaml', JSON.stringify(pipeline), { environment: {} })
  expect(definition).toMatchObject({ topics: { log: { partitions: 3 } }, queries: { top: { top: { count: 3 } } } })
})
