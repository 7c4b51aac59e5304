/** A refused statement brings all of its mistakes, each with its place, and none that follows from another. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { failuresIn } from '../base/failure.ts'
import { BY_METHOD, plan, WINDOW } from './example-log.test-tool.ts'
import { failureOf } from './refusal.test-tool.ts'

/** The words at fault, each in brackets, as they stand in the statement. */
function marked(sql: string): string {
  const failure = failureOf(() => plan(sql, 'batch'))
  const places = failure === undefined ? [] : failuresIn(failure).map(({ place }) => place)
  return places
    .map((place) => {
      const from = (place?.column ?? 0) - 1
      return sql.slice(from, from + (place?.length ?? 1))
    })
    .join(' | ')
}

// Promise: The refusal of a statement lists every mistake that can be seen at once, by name and place.
test.each([
  ['SELECT statsu, foo, host FROM log WHERE hst = 1', 'statsu | foo | hst'],
  ['SELECT UPPER(status) + foo, status + path FROM log', 'UPPER(status) | foo | status + path'],
  [
    "SELECT host, SUM(path), MAX(nope) FROM log WHERE ts > 'x' AND foo = 1 GROUP BY host HAVING COUNT(bar) > 1",
    "SUM(path) | nope | 'x' | foo | bar",
  ],
  // Nothing is known of groups by a column that does not exist.
  ['SELECT path, COUNT(*) FROM log GROUP BY hos', 'hos'],
  // A column of a sub-query that could not be bound is no mistake of the query around it.
  ['SELECT y + 1, UPPER(s), zz FROM (SELECT nope AS y, status AS s FROM log) WHERE y > 5', 'UPPER(s) | zz | nope'],
  ['SELECT nope FROM log UNION ALL SELECT nada FROM log', 'nope | nada'],
  [
    'WITH a AS (SELECT nope FROM log), b AS (SELECT nada FROM log) SELECT nope FROM a UNION ALL SELECT nada FROM b',
    'nope | nada',
  ],
  ['SELECT status FROM log ORDER BY bar, status', 'bar'],
  // A name is reported once, and no column of SELECT that is refused makes a mistake of ORDER BY.
  ['SELECT hots, COUNT(*) FROM log GROUP BY hots ORDER BY hots, 2', 'hots'],
  ['SELECT hots, COUNT(*) FROM log GROUP BY host ORDER BY 2', 'hots'],
  ['SELECT hots, COUNT(*) FROM log GROUP BY host ORDER BY 3', 'hots | 3'],
  ['SELECT LOWR(host) AS h FROM log ORDER BY h', 'LOWR(host)'],
  ['SELECT LOWR(host) AS h FROM log ORDER BY UPPER(h) DESC, 1', 'LOWR(host)'],
  ['SELECT statsu FROM log WHERE statsu > 1 AND hots = 1 AND statsu < 5', 'statsu | hots'],
  ['SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY status) FROM log', 'PERCENTILE_CONT'],
  ['SELECT window_start, hots FROM log GROUP BY window_start, window_end', 'window_start | hots'],
  ['SELECT ROW_NUMBER() OVER (ORDER BY foo) AS rn, bar FROM log', 'foo | bar'],
  // Without its table nothing is known of the columns.
  ['SELECT foo FROM lgo WHERE bar = 1', 'lgo'],
  // Mistakes of the grammar.
  ['SELECT host COUNT(*), path + FROM log WHERE status = = 5 GROUP BY host host', 'COUNT | FROM | = | host'],
  ['SELECT host, FROM log WHER status = 5', 'FROM | WHER'],
  ['SELECT host, (SELECT a b c FROM log) AS x, y z w FROM log', 'c | w'],
])('%s: %s', (sql, at) => {
  expect(marked(sql)).toBe(at)
})

test('any change of a statement is planned, or refused at a place in it', () => {
  const statements = [
    BY_METHOD,
    'SELECT host, SUM(status) AS n FROM log WHERE status > 5 GROUP BY host HAVING COUNT(*) > 1 ORDER BY n DESC LIMIT 3',
    'SELECT x + 1 AS y, UPPER(h) AS u FROM (SELECT status AS x, host AS h FROM log WHERE ts > DATE_FORMAT(ts, path)) WHERE x > 5',
    'WITH a AS (SELECT host, status FROM log) SELECT host FROM a UNION ALL SELECT path FROM log WHERE status IN (1, 2)',
    `SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY ${WINDOW} ORDER BY hits DESC) AS rn FROM (${BY_METHOD})) WHERE rn <= 3`,
  ]
  const word = fc.constantFrom('zzz', 'NULL', "'x'", 'SELECT', '', ',', '(', 'COUNT(*)', '5', 'host')
  const changes = fc.array(fc.tuple(fc.nat(200), word), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(fc.constantFrom(...statements), changes, (statement, edits) => {
      const words = statement.split(/(\b\w+\b)/)
      for (const [at, text] of edits) words[at % words.length] = text
      const sql = words.join('')
      const failure = failureOf(() => plan(sql, 'batch'))
      for (const { place } of failure === undefined ? [] : failuresIn(failure)) {
        expect(place?.column).toBeLessThanOrEqual(sql.length + 1)
      }
    }),
    { numRuns: 1500 },
  )
})
