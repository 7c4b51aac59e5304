import { describe, expect, test } from 'vitest'
import { fingerprintOf } from '../../../runner/fingerprint.ts'
import { readForCheck } from '../../file/load.ts'
import { loadEveryKind } from '../../file/load-kinds.ts'
import { messagesOf } from '../../file/mutated.test-tool.ts'
import { checkPipeline } from '../check.ts'

await loadEveryKind()

const HEAD = `version: 1
name: p
topics:
  ip_logs:
    format: { json: { columns: { ts: TIMESTAMP_LTZ(3), source: STRING, port: INT, sent: BIGINT } } }
    watermark: ts - INTERVAL '5' SECOND
`

const check = (text: string) => checkPipeline(readForCheck('p.yaml', HEAD + text, { environment: {} }), 0)
const problemsOf = (text: string): string => messagesOf(() => check(text).warnings)

const ENRICHED = `views:
  enriched: |
    SELECT *, CASE WHEN source LIKE '10.%' THEN 'private' ELSE 'public' END AS direction FROM ip_logs
`
const BY_DIRECTION = `
    SELECT window_start, window_end, direction, SUM(sent) AS sent
    FROM TABLE(TUMBLE(TABLE enriched, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
    GROUP BY window_start, window_end, direction
`

describe('a view', () => {
  test('is read by queries, short forms, reports and other views, and keeps the event time of its topic', () => {
    const { pipeline, warnings } = check(`${ENRICHED}  busy: SELECT * FROM enriched WHERE sent > 100
queries:
  by_direction: |${BY_DIRECTION}
  busiest:
    top: { count: 3, of: source, by: SUM(sent), every: 1m, from: busy }
reports:
  daily: SELECT direction, COUNT(*) AS hits FROM busy GROUP BY direction
`)
    expect(warnings.map(({ message }) => message)).toEqual([])
    expect(pipeline.views.map(({ name, fields, rowtime }) => [name, fields.length, rowtime])).toEqual([
      ['enriched', 5, 0],
      ['busy', 5, 0],
    ])
    expect(pipeline.queries.map(({ name, reads }) => [name, reads])).toEqual([
      ['by_direction', ['ip_logs']],
      ['busiest', ['ip_logs']],
    ])
    expect(pipeline.reports[0]).toMatchObject({ reads: ['ip_logs'], tables: [] })
    expect(pipeline.topics.find(({ name }) => name === 'by_direction')?.partitions).toBe(1)
  })

  test('may read the rows of a query, and a query those of the view, in any order of the file', () => {
    const { pipeline } = check(`views:
  last: SELECT source, sent FROM middle
  first: SELECT source, sent, ts FROM ip_logs
queries:
  third: SELECT * FROM last
  middle: SELECT * FROM first
`)
    expect(pipeline.queries.map(({ name, reads }) => [name, reads])).toEqual([
      ['middle', ['ip_logs']],
      ['third', ['middle']],
    ])
  })

  test('and the rows of a query may be read in a sub-query, in any order of the file', () => {
    const { pipeline } = check(`views:
  busy: SELECT source FROM ip_logs WHERE sent > 100
reports:
  r: SELECT COUNT(*) AS n FROM ip_logs AS a WHERE source IN (SELECT source FROM busy) AND sent > (SELECT AVG(sent) FROM middle) AND ts IN (SELECT ts FROM middle)
  s: SELECT a.source FROM ip_logs AS a JOIN middle AS b ON a.sent = b.sent AND a.source IN (SELECT source FROM middle)
queries:
  middle: SELECT source, sent, ts FROM ip_logs
`)
    expect(pipeline.reports.map(({ reads }) => [...reads].sort())).toEqual([
      ['ip_logs', 'middle'],
      ['ip_logs', 'middle'],
    ])
  })

  test('that nobody reads is checked, too', () => {
    expect(problemsOf(`views:\n  v: SELECT nothing FROM ip_logs\n`)).toContain(
      'p.yaml:8:13: there is no column nothing',
    )
  })

  test('has its mistake said once, at its own place, however many read it', () => {
    const text = `views:
  v: |
    SELECT source,
      prot FROM ip_logs
  w: SELECT source FROM v
queries:
  a: SELECT source FROM v
  b: SELECT source FROM w
reports:
  r: SELECT source FROM v
`
    const problems = problemsOf(text)
    expect(problems).toContain('p.yaml:10:7: there is no column prot')
    expect(problems.match(/p\.yaml:/g)).toHaveLength(1)
  })

  test('has its warnings said once', () => {
    const text = `views:
  v: SELECT source, COUNT(*) / 2 AS half, ts, window_start, window_end FROM TABLE(TUMBLE(TABLE ip_logs, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, source
`
    expect(problemsOf(text)).toContain('p.yaml:8:')
    const warned = `views:
  v: SELECT source, TO_TIMESTAMP('2026-13-01') AS never FROM ip_logs
queries:
  a: SELECT source FROM v
  b: SELECT source, never FROM v
`
    const problems = problemsOf(warned)
    expect(problems).toContain('p.yaml:8:')
    expect(problems.match(/p\.yaml:/g)).toHaveLength(1)
  })

  test.each([
    ['v: SELECT * FROM v', 'p.yaml:8:3: view "v" reads itself'],
    [
      'v: SELECT * FROM w\n  w: SELECT * FROM x\n  x: SELECT * FROM v',
      'p.yaml:8:3: view "v" reads itself: v reads w reads x reads v',
    ],
    [
      'v: SELECT * FROM q\nqueries:\n  q: SELECT * FROM v',
      'p.yaml:10:3: query "q" reads its own rows: q reads v reads q',
    ],
    ['v: SELECT * FROM iplogs', 'p.yaml:8:20: there is no table iplogs'],
    ['v: SELECT FROM ip_logs', 'p.yaml:8:'],
    ['v: CREATE VIEW v AS SELECT 1', 'p.yaml:8:6: CREATE is not supported'],
    ['ip_logs: SELECT 1 AS one', 'p.yaml:8:3: view "ip_logs" has the name of a topic'],
    ['q: SELECT * FROM ip_logs\nqueries:\n  q: SELECT * FROM ip_logs', 'p.yaml:8:3: view "q" has the name of a query'],
    ['r: SELECT * FROM ip_logs\nreports:\n  r: SELECT * FROM ip_logs', 'p.yaml:8:3: view "r" has the name of a report'],
    ['v: SELECT * FROM ip_logs\nsinks:\n  s: { from: v, ndjson: out }', '"v" is a view, whose rows are kept nowhere'],
    ['v: SELECT * FROM ip_logs\nalerts:\n  a: { from: v, when: sent > 1 }', '"v" is a view, and an alert watches'],
    ['v: SELECT * FROM ip_logs\nreports:\n  r: { query: v }', '"v" is a view, and this is the name of a query'],
    [
      'v: SELECT source, sent FROM ip_logs\nqueries:\n  q: { count: { every: 1m, from: v } }',
      'p.yaml:10:34: "v" has no event time to make windows of',
    ],
    [
      'v: SELECT source FROM ip_logs ORDER BY sent\nqueries:\n  q: SELECT * FROM v',
      'p.yaml:10:20: a query over a stream cannot read view v: ',
    ],
  ])('%s', (views, message) => {
    const problems = problemsOf(`views:\n  ${views}\n`)
    expect(problems).toContain(message)
    expect(problems.match(/p\.yaml:/g)).toHaveLength(1)
  })

  test('may sort where only reports read it', () => {
    const text = `views:
  v: SELECT source, sent FROM ip_logs ORDER BY sent LIMIT 10
reports:
  r: SELECT * FROM v
`
    expect(problemsOf(text)).toBe('')
  })

  test('with two columns of one name calls the second as Flink does, and says so', () => {
    const text = `views:
  v: SELECT *, UPPER(source) AS source FROM ip_logs
queries:
  q: SELECT source0 FROM v
`
    expect(problemsOf(text)).toContain(
      'p.yaml:8:3: two columns of view "v" are called source: the second is source0, as in Flink',
    )
    expect(check(text).pipeline.queries[0]?.query.plan.fields.map(({ name }) => name)).toEqual(['source0'])
  })

  test('with a rank lets its readers bound it', () => {
    const ranked = `views:
  v: SELECT *, ROW_NUMBER() OVER (PARTITION BY source ORDER BY ts) AS n FROM ip_logs
queries:
  q: { sql: "SELECT source, ts FROM v WHERE n = 1", state: { ttl: 7d } }
`
    expect(problemsOf(ranked)).toBe('')
    const other = ranked.replace('BY ts', 'BY source').replace(' WHERE n = 1', '')
    expect(problemsOf(other)).toContain('p.yaml:10:37: ROW_NUMBER() is for the first N rows')
    expect(problemsOf(ranked.replace(' WHERE n = 1', ''))).toContain('ttl has no use here: query "q" keeps no keys')
  })

  test('of too many views is refused, as it would be a plan without an end', () => {
    const doubled = Array.from(
      { length: 10 },
      (_, n) => `  v${n + 1}: SELECT * FROM v${n} UNION ALL SELECT * FROM v${n}\n`,
    )
    const text = `views:\n  v0: SELECT * FROM ip_logs\n${doubled.join('')}`
    expect(problemsOf(text)).toContain('the statement reads more than 200 views')
    const chain = Array.from({ length: 20 }, (_, n) => `  v${n + 1}: SELECT * FROM v${n}\n`).join('')
    expect(problemsOf(`views:\n  v0: SELECT * FROM ip_logs\n${chain}`)).toContain(
      'more than 16 views lie within each other',
    )
  })
})

test('a query whose view has changed is another query, and so is one that reads its rows', () => {
  const text = `${ENRICHED}  unused: SELECT * FROM ip_logs
queries:
  by_direction: |${BY_DIRECTION}
  all: SELECT source FROM ip_logs
  next: SELECT direction FROM by_direction
`
  const printsOf = (changed: string) => {
    const { pipeline } = check(changed)
    return Object.fromEntries(pipeline.queries.map((query) => [query.name, fingerprintOf(query, pipeline)]))
  }
  const before = printsOf(text)
  const after = printsOf(text.replace("'10.%'", "'192.%'"))
  expect(after.by_direction).not.toBe(before.by_direction)
  expect(after.next).not.toBe(before.next)
  expect(after.all).toBe(before.all)
  expect(printsOf(text.replace('unused: SELECT *', 'unused: SELECT source'))).toEqual(before)
})
