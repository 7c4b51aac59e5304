import { expect, test } from 'vitest'
import { refusalText } from '../refusal.test-tool.ts'
import type { ExpressionSyntax, QueryBody, TableSyntax } from './ast.ts'
import { parseQuery } from './parse.ts'
import { printExpression, withoutRanges } from './print-syntax.test-tool.ts'

type Select = Extract<QueryBody, { kind: 'select' }>

function select(sql: string): Select {
  const { body } = parseQuery(sql)
  if (body.kind !== 'select') throw new Error(`no SELECT but ${body.kind}`)
  return body
}

/** The expression with every operator in parentheses. */
const grouped = (text: string) => printExpression(first(text), 'all')

const first = (text: string) => select(`SELECT ${text}`).items[0]?.expression as ExpressionSyntax

const from = (text: string) => withoutRanges(select(`SELECT 1 FROM ${text}`).from as TableSyntax) as unknown

const refused = (sql: string) => refusalText(() => parseQuery(sql))

const column = (...names: string[]) => ({ kind: 'column', path: names.map((name) => ({ name })) })
const table = (name: string, alias?: unknown) => ({ kind: 'table', path: [{ name }], alias })

test.each([
  ['a + b * c', '(a + (b * c))'],
  ['a - b - c', '((a - b) - c)'],
  ['a / b * c % d', '(((a / b) * c) % d)'],
  ["a || 'x' * b", "((a || 'x') * b)"],
  ['-a * b', '((- a) * b)'],
  ['- - 1', '(- (- 1))'],
  ['1 - -1', '(1 - (- 1))'],
  ['NOT a = b AND c', '((NOT (a = b)) AND c)'],
  ['a OR b AND NOT c', '(a OR (b AND (NOT c)))'],
  ['a = b IS NULL', '((a = b) IS NULL)'],
  ['NOT a IS NOT UNKNOWN', '(NOT (a IS NOT UNKNOWN))'],
  ["a = b LIKE 'c'", "(a = (b LIKE 'c'))"],
  ['a + 1 IN (1, 2) OR b', '(((a + 1) IN (1, 2)) OR b)'],
  ['a NOT BETWEEN 1 AND 2 + 3 AND b', '((a NOT BETWEEN 1 AND (2 + 3)) AND b)'],
  ['a BETWEEN SYMMETRIC 1 AND 2', '(a BETWEEN SYMMETRIC 1 AND 2)'],
  ['a IS NOT DISTINCT FROM b + 1 AND c', '((a IS NOT DISTINCT FROM (b + 1)) AND c)'],
  ["a NOT SIMILAR TO b || 'x' ESCAPE '#'", "(a NOT SIMILAR TO (b || 'x') ESCAPE '#')"],
  ['(a + b) * c', '((a + b) * c)'],
  ['a < b = TRUE', '((a < b) = TRUE)'],
  ["INTERVAL -'1 2:03' DAY(3) TO MINUTE", "INTERVAL -'1 2:03' DAY(3) TO MINUTE"],
  ['INTERVAL 5 MINUTES', "INTERVAL '5' MINUTE"],
  ["DATE'2024-01-01'", "DATE '2024-01-01'"],
  ["'a'\n'b'", "'ab'"],
  ['UNKNOWN', 'CAST(NULL AS BOOLEAN)'],
  ['CAST(a AS NUMERIC(10, 2))', 'CAST(a AS DECIMAL(10, 2))'],
  ['try_cast(a AS TIMESTAMP(3) WITH LOCAL TIME ZONE)', 'TRY_CAST(a AS TIMESTAMP_LTZ(3))'],
  ['CAST(a AS DOUBLE PRECISION)', 'CAST(a AS DOUBLE)'],
  ['CAST(a AS character varying(3))', 'CAST(a AS VARCHAR(3))'],
  ['COUNT(*) FILTER (WHERE a > 1)', 'COUNT(*) FILTER (WHERE (a > 1))'],
])('%s is read as %s', (text, expected) => {
  expect(grouped(text)).toBe(expected)
})

test.each([
  'CURRENT_TIMESTAMP',
  'COUNT(DISTINCT a)',
  'CASE a WHEN 1, 2 THEN b ELSE c END',
  'CASE WHEN a THEN b WHEN c THEN d END',
  'ROW_NUMBER() OVER (PARTITION BY a, b ORDER BY c DESC NULLS LAST, d)',
  'COALESCE(`method`, t.`a b`)',
])('%s is printed as it is read', (text) => {
  expect(grouped(text)).toBe(text)
})

test.each([
  ['EXTRACT(day FROM a)', 'DAY', 'a'],
  ['TRIM(a)', 'BOTH', 'a'],
  ["TRIM('x' FROM a)", 'BOTH', "'x', a"],
  ["TRIM(LEADING 'x' FROM a)", 'LEADING', "'x', a"],
  ['TRIM(TRAILING FROM a)', 'TRAILING', 'a'],
  ['SUBSTRING(a FROM 1 FOR 2)', '', 'a, 1, 2'],
  ['SUBSTRING(a, 1)', '', 'a, 1'],
  ['POSITION(a || b IN c)', '', '(a || b), c'],
  ["OVERLAY(a PLACING 'x' FROM 2 FOR 1)", '', "a, 'x', 2, 1"],
  ["OVERLAY(a, 'x', 2)", '', "a, 'x', 2"],
  ['CEIL(a TO DAY)', 'DAY', 'a'],
  ['FLOOR(a)', '', 'a'],
  ['TIMESTAMPDIFF(SECOND, a, b)', 'SECOND', 'a, b'],
  ["JSON_VALUE(a, '$.b')", '', "a, '$.b'"],
  [
    "JSON_VALUE(a, '$.b' RETURNING INTEGER DEFAULT 1 ON ERROR DEFAULT 2 ON EMPTY)",
    'RETURNING INT DEFAULT ON EMPTY DEFAULT ON ERROR',
    "a, '$.b', 2, 1",
  ],
  ["JSON_VALUE(a, '$.b' ERROR ON EMPTY NULL ON ERROR)", 'ERROR ON EMPTY NULL ON ERROR', "a, '$.b'"],
  [
    "JSON_QUERY(a, '$.b' RETURNING ARRAY<STRING> WITH CONDITIONAL ARRAY WRAPPER EMPTY ARRAY ON EMPTY)",
    'RETURNING ARRAY<STRING> WITH CONDITIONAL WRAPPER EMPTY ARRAY ON EMPTY',
    "a, '$.b'",
  ],
  ["JSON_QUERY(a, '$.b' WITH UNCONDITIONAL WRAPPER)", 'WITH WRAPPER', "a, '$.b'"],
  ["JSON_EXISTS(a, '$.b' UNKNOWN ON ERROR)", 'UNKNOWN ON ERROR', "a, '$.b'"],
  ["JSON_OBJECT(KEY 'x' VALUE a, b : 1, c, 2 ABSENT ON NULL)", 'ABSENT ON NULL', "'x', a, b, 1, c, 2"],
  ['JSON_OBJECT(key VALUE a)', '', '`key`, a'],
  ['JSON_OBJECT(ABSENT ON NULL)', 'ABSENT ON NULL', ''],
  ['JSON_ARRAY(a, NULL NULL ON NULL)', 'NULL ON NULL', 'a, NULL'],
  ['JSON_ARRAY()', '', ''],
])('%s has the keywords %s and the arguments %s', (text, keywords, values) => {
  const call = first(text)
  if (call.kind !== 'call') throw new Error(`no call but ${call.kind}`)
  expect(call.keywords.join(' ')).toBe(keywords)
  expect(call.arguments.map((value) => printExpression(value, 'all')).join(', ')).toBe(values)
})

test.each([
  ['a IS JSON', 'JSON VALUE', false],
  ['a IS JSON VALUE', 'JSON VALUE', false],
  ['a IS NOT JSON OBJECT', 'JSON OBJECT', true],
  ['a IS JSON ARRAY', 'JSON ARRAY', false],
  ['a IS NOT JSON SCALAR', 'JSON SCALAR', true],
])('%s tests for %s', (text, wanted, not) => {
  expect(first(text)).toMatchObject({ kind: 'is', test: wanted, not })
})

test('queries inside expressions', () => {
  const query = { body: { kind: 'select' } }
  expect(first('(SELECT 1)')).toMatchObject({ kind: 'scalar-query', query })
  expect(first('EXISTS (SELECT 1)')).toMatchObject({ kind: 'exists', query })
  expect(first('a NOT IN (SELECT 1)')).toMatchObject({ kind: 'in', not: true, list: query })
  expect(first('a IN ((SELECT 1))')).toMatchObject({ kind: 'in', list: query })
})

test('the frame of OVER', () => {
  const frameOf = (text: string) => {
    const call = first(`SUM(a) OVER (ORDER BY b ${text})`)
    return call?.kind === 'call' ? call.over?.frame : undefined
  }
  const current = { side: 'CURRENT', offset: undefined }
  expect(frameOf('ROWS BETWEEN 2 PRECEDING AND CURRENT ROW')).toMatchObject({
    unit: 'ROWS',
    from: { side: 'PRECEDING', offset: { kind: 'number', text: '2' } },
    to: current,
  })
  expect(frameOf("RANGE INTERVAL '1' HOUR PRECEDING")).toMatchObject({
    unit: 'RANGE',
    from: { side: 'PRECEDING', offset: { kind: 'interval' } },
    to: current,
  })
  expect(frameOf('ROWS BETWEEN UNBOUNDED PRECEDING AND 1 + 1 FOLLOWING')).toMatchObject({
    from: { side: 'PRECEDING', offset: undefined },
    to: { side: 'FOLLOWING', offset: { kind: 'binary' } },
  })
  expect(frameOf('')).toBeUndefined()
})

test('named windows', () => {
  const { items, windows } = select('SELECT SUM(a) OVER w FROM t WINDOW w AS (PARTITION BY b ORDER BY c), v AS ()')
  expect(items[0]?.expression).toMatchObject({ over: { window: { name: 'w' }, partitionBy: [] } })
  expect(windows).toMatchObject([
    { name: { name: 'w' }, over: { window: undefined, partitionBy: [column('b')], frame: undefined } },
    { name: { name: 'v' }, over: { partitionBy: [], orderBy: [] } },
  ])
})

test('the clauses of SELECT', () => {
  const sql =
    'SELECT DISTINCT a AS x, t.*, b y FROM t WHERE c GROUP BY a, (b, d) HAVING e ORDER BY x DESC LIMIT 3 OFFSET 2 ROWS;'
  expect(withoutRanges(parseQuery(sql))).toEqual({
    with: [],
    body: {
      kind: 'select',
      distinct: true,
      items: [
        { expression: column('a'), alias: { name: 'x' } },
        { expression: { kind: 'star', table: { name: 't' } }, alias: undefined },
        { expression: column('b'), alias: { name: 'y' } },
      ],
      from: table('t'),
      where: column('c'),
      groupBy: [column('a'), column('b'), column('d')],
      having: column('e'),
      windows: [],
    },
    orderBy: [{ expression: column('x'), descending: true, nulls: undefined }],
    limit: { kind: 'number', text: '3' },
    offset: { kind: 'number', text: '2' },
  })
})

test('no GROUP BY, and GROUP BY of nothing', () => {
  expect(select('SELECT 1').groupBy).toBeUndefined()
  expect(select('SELECT 1 FROM t GROUP BY ()').groupBy).toEqual([])
  expect(select('SELECT 1 FROM t GROUP BY (a + b) * c').groupBy).toHaveLength(1)
})

test('FETCH is LIMIT, and LIMIT ALL is none', () => {
  expect(parseQuery('SELECT 1 OFFSET 1 ROW FETCH FIRST 3 ROWS ONLY')).toMatchObject({
    limit: { text: '3' },
    offset: { text: '1' },
  })
  expect(parseQuery('SELECT 1 LIMIT ALL').limit).toBeUndefined()
})

test('a window function with its arguments in order', () => {
  expect(from("TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) AS w")).toMatchObject({
    kind: 'window',
    function: { name: 'TUMBLE' },
    alias: { name: { name: 'w' }, columns: [] },
    arguments: [
      { name: undefined, value: { kind: 'data', table: table('t'), partitionBy: [] } },
      { name: undefined, value: { kind: 'descriptor', columns: [{ name: 'ts' }] } },
      { name: undefined, value: { kind: 'interval', text: '1', from: 'MINUTE' } },
    ],
  })
})

test('a window function with named arguments, and with a query as its data', () => {
  expect(from('TABLE(SESSION(data => TABLE t PARTITION BY (k, v), GAP => x))')).toMatchObject({
    arguments: [
      { name: { name: 'DATA' }, value: { partitionBy: [column('k'), column('v')] } },
      { name: { name: 'GAP' }, value: column('x') },
    ],
  })
  const data = { kind: 'data', table: { kind: 'derived' }, partitionBy: [] }
  expect(from('TABLE(HOP((SELECT * FROM t), DESCRIPTOR(ts)))')).toMatchObject({ arguments: [{ value: data }, {}] })
  expect(from('TABLE(HOP(TABLE (SELECT * FROM t)))')).toMatchObject({ arguments: [{ value: data }] })
})

test('joins, sub-queries and aliases with columns', () => {
  expect(from('a JOIN b AS x ON c LEFT OUTER JOIN (SELECT 1) y(z) ON d, e')).toMatchObject({
    kind: 'join',
    type: 'CROSS',
    left: {
      type: 'LEFT',
      left: { type: 'INNER', left: table('a'), right: { alias: { name: { name: 'x' } } }, on: column('c') },
      right: { kind: 'derived', alias: { name: { name: 'y' }, columns: [{ name: 'z' }] } },
      on: column('d'),
    },
    right: table('e'),
    on: undefined,
  })
})

test('INTERSECT binds more tightly than UNION and EXCEPT, which go from left to right', () => {
  const one = { body: { kind: 'select' } }
  expect(parseQuery('SELECT 1 UNION ALL SELECT 2 EXCEPT SELECT 3 INTERSECT SELECT 4 ORDER BY 1')).toMatchObject({
    body: {
      operator: 'EXCEPT',
      all: false,
      left: { body: { operator: 'UNION', all: true, left: one, right: one } },
      right: { body: { operator: 'INTERSECT', all: false, left: one, right: one } },
    },
    orderBy: [{}],
  })
})

test('WITH, VALUES and queries in parentheses', () => {
  const { with: named, body } = parseQuery("WITH x (a) AS (VALUES (1, 'b'), ROW(2, 'c'), (3)) (SELECT 1)")
  expect(named).toMatchObject([{ name: { name: 'x' }, columns: [{ name: 'a' }], query: { body: { kind: 'values' } } }])
  const values = named[0]?.query.body
  const rows = values?.kind === 'values' ? values.rows : []
  expect(rows.map((row) => row.map((value) => printExpression(value, 'all')))).toEqual([
    ['1', "'b'"],
    ['2', "'c'"],
    ['3'],
  ])
  expect(body.kind).toBe('select')
  expect(parseQuery('((SELECT 1 LIMIT 2))')).toMatchObject({ limit: { text: '2' }, range: { start: 0, end: 20 } })
})

test('the range of an expression includes its parentheses', () => {
  const sql = 'SELECT (a + b) * f(c, 1)  AS x'
  const item = select(sql).items[0]
  const text = (range: { start: number; end: number } | undefined) => sql.slice(range?.start, range?.end)
  const product = item?.expression
  expect(text(item?.range)).toBe('(a + b) * f(c, 1)  AS x')
  expect(text(product?.range)).toBe('(a + b) * f(c, 1)')
  expect(product?.kind === 'binary' ? [text(product.left.range), text(product.right.range)] : []).toEqual([
    '(a + b)',
    'f(c, 1)',
  ])
})

// Holds text-limits.
test('200 levels are read, more are refused, and so is a chain of more than 600 operators', () => {
  const nested = (levels: number) => `SELECT ${'('.repeat(levels)}1${')'.repeat(levels)}`
  expect(refused(nested(190))).toBe('accepted')
  expect(refused(nested(100_000))).toContain('nested more than 200 deep')
  expect(refused(`SELECT ${'- '.repeat(100_000)}1`)).toContain('nested more than 200 deep')
  const chain = (operators: number) => `SELECT 1${' + 1'.repeat(operators)}`
  expect(refused(chain(590))).toBe('accepted')
  expect(refused(chain(100_000))).toContain('more than 600 operators hang together')
  expect(refused(`SELECT 1${' UNION ALL SELECT 1'.repeat(2_000)}`)).toContain('more than 600')
})
