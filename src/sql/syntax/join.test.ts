import { expect, test } from 'vitest'
import type { TableSyntax } from './ast.ts'
import { parseQuery } from './parse.ts'

/** FROM with parentheses around each join. */
function joined(sql: string): string {
  const { body } = parseQuery(`SELECT 1 FROM ${sql}`)
  if (body.kind !== 'select' || body.from === undefined) throw new Error('a query has FROM')
  return written(body.from, sql)
}

function written(table: TableSyntax, sql: string): string {
  if (table.kind !== 'join') return sql.slice(table.range.start - 14, table.range.end - 14)
  const { type, left, right, on, using } = table
  const named = using === undefined || using === 'NATURAL' ? using : `USING ${using.map(({ name }) => name).join()}`
  const how = [on === undefined ? undefined : 'ON', named].filter((each) => each !== undefined).join(' ')
  return `(${written(left, sql)} ${type}${how === '' ? '' : ` ${how}`} ${written(right, sql)})`
}

test.each([
  ['a, b', '(a CROSS b)'],
  ['a JOIN b ON x = y', '(a INNER ON b)'],
  ['a INNER JOIN b ON TRUE LEFT JOIN c ON TRUE', '((a INNER ON b) LEFT ON c)'],
  ['a LEFT OUTER JOIN b USING (x, y)', '(a LEFT USING x,y b)'],
  ['a NATURAL FULL OUTER JOIN b', '(a FULL NATURAL b)'],
  ['a NATURAL JOIN b NATURAL JOIN c', '((a INNER NATURAL b) INNER NATURAL c)'],
  ['a CROSS JOIN b', '(a CROSS b)'],
  ['a AS x RIGHT JOIN b y ON x.i = y.i', '(a AS x RIGHT ON b y)'],
  // A comma binds less than JOIN.
  ['a, b JOIN c ON TRUE, d', '((a CROSS (b INNER ON c)) CROSS d)'],
  ['a, UNNEST(x) AS u JOIN b ON TRUE', '((a CROSS UNNEST(x) AS u) INNER ON b)'],
  ['a JOIN (b JOIN c ON TRUE) ON TRUE', '(a INNER ON (b INNER ON c))'],
  ['(a JOIN b ON TRUE) LEFT JOIN c ON TRUE', '((a INNER ON b) LEFT ON c)'],
  ['((SELECT 1) AS p JOIN b ON TRUE) JOIN c ON TRUE', '(((SELECT 1) AS p INNER ON b) INNER ON c)'],
  ['((a CROSS JOIN b) CROSS JOIN c)', '((a CROSS b) CROSS c)'],
  ['((SELECT 1)) AS p', '((SELECT 1)) AS p'],
  ['((SELECT 1) UNION ALL (SELECT 2)) AS p', '((SELECT 1) UNION ALL (SELECT 2)) AS p'],
  [
    "(TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' DAY)) AS w CROSS JOIN b)",
    "(TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' DAY)) AS w CROSS b)",
  ],
])('FROM %s', (sql, expected) => {
  expect(joined(sql)).toBe(expected)
})
