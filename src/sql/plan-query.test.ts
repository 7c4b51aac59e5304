import { describe, expect, test } from 'vitest'
import { describeFailure, Failure } from '../base/failure.ts'
import { BIGINT, decimal, INT, STRING, TIMESTAMP_LTZ, typeName } from '../record/type.ts'
import type { Catalog } from './catalog.ts'
import { explain } from './explain.ts'
import type { Mode, Query } from './plan.ts'
import { planQuery } from './plan-query.ts'

const catalog: Catalog = new Map([
  [
    'log',
    {
      name: 'log',
      fields: [
        { name: 'host', type: STRING },
        { name: 'ts', type: TIMESTAMP_LTZ },
        { name: 'http_method', type: STRING },
        { name: 'path', type: STRING },
        { name: 'status', type: INT },
        { name: 'body_bytes', type: BIGINT },
        { name: 'price', type: decimal(10, 2) },
      ],
      rowtime: { field: 1, delay: 5000 },
    },
  ],
  ['shops', { name: 'shops', fields: [{ name: 'name', type: STRING }], rowtime: undefined }],
])

const plan = (sql: string, mode: Mode = 'streaming'): Query =>
  planQuery(sql, catalog, { mode, session: { timezone: 'UTC', now: 0 } })

/** The tree alone, without the lines around it. */
const tree = (sql: string, mode: Mode = 'streaming'): string => {
  const text = explain({ ...plan(sql, mode), warnings: [] }, catalog)
  return text.slice(text.indexOf('plan\n') + 5).replace(/^ {2}/gm, '')
}

const columns = (sql: string, mode: Mode = 'batch'): string =>
  plan(sql, mode)
    .plan.fields.map(({ name, type }) => `${name} ${typeName(type)}`)
    .join(', ')

const refusal = (sql: string, mode: Mode = 'batch'): string => {
  try {
    plan(sql, mode)
  } catch (error) {
    if (error instanceof Failure) return describeFailure(error)
    throw error
  }
  throw new Error(`taken: ${sql}`)
}

const TUMBLE = "TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' MINUTE))"
const WINDOW = 'window_start, window_end'
const BY_METHOD = `SELECT ${WINDOW}, http_method, COUNT(*) AS hits FROM ${TUMBLE} GROUP BY ${WINDOW}, http_method`

describe('plans', () => {
  test('a windowed count reads the two columns that it needs, with nothing between window and groups', () => {
    expect(tree(BY_METHOD)).toBe(
      [
        'group    by window_start, window_end, http_method: COUNT(*) AS hits',
        "  window   TUMBLE of INTERVAL '1' MINUTE on ts",
        "    scan     log: decodes ts, http_method; watermark ts - INTERVAL '5' SECOND",
      ].join('\n'),
    )
  })

  test('WHERE goes below the window, group keys are computed below it, HAVING stays above', () => {
    const sql = `SELECT window_start, status / 100 AS class, SUM(body_bytes + 1) AS s FROM ${TUMBLE}
      WHERE path = '/' GROUP BY ${WINDOW}, status / 100 HAVING COUNT(*) > 2`
    expect(tree(sql)).toBe(
      [
        'project  window_start, status / 100 AS class, SUM(body_bytes + 1) AS s',
        '  filter   COUNT(*) > 2',
        '    group    by window_start, window_end, status / 100: SUM(body_bytes + 1), COUNT(*)',
        "      window   TUMBLE of INTERVAL '1' MINUTE on ts",
        '        project  ts, status / 100, body_bytes + 1',
        "          filter   path = '/'",
        "            scan     log: decodes ts, path, status, body_bytes; watermark ts - INTERVAL '5' SECOND",
      ].join('\n'),
    )
  })

  const ranked = (where: string, select = `${WINDOW}, http_method`) =>
    `SELECT ${select} FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY ${WINDOW} ORDER BY hits DESC, http_method) AS rn
     FROM (${BY_METHOD})) WHERE ${where}`

  test.each([
    ['rn <= 3', 'rows 1 to 3'],
    ['3 >= rn', 'rows 1 to 3'],
    ['rn < 3', 'rows 1 to 2'],
    ['rn = 2', 'row 2'],
    ['rn BETWEEN 2 AND 4', 'rows 2 to 4'],
    ['rn > 1 AND rn <= 1 + 2', 'rows 2 to 3'],
  ])('WHERE %s bounds a rank to %s', (where, rows) => {
    expect(tree(ranked(where))).toContain(
      `rank     ${rows} of each window_start, window_end, by hits DESC, http_method`,
    )
    expect(tree(ranked(where))).not.toContain('filter')
  })

  test('what else WHERE says of ranked rows is asked after they were ranked', () => {
    expect(tree(ranked('rn <= 3 AND hits > 10'))).toMatch(/^project .*\n {2}filter {3}hits > 10\n {4}rank/)
  })

  test('a rank that no row can have gives no rows', () => {
    expect(tree(ranked('rn <= 3 AND rn > 5'))).toContain('filter   FALSE')
  })

  test('the rank is a column only where it is selected', () => {
    const rank = (query: Query) => {
      let node = query.plan
      while (node.kind !== 'rank') node = 'input' in node ? node.input : node
      return node
    }
    expect(rank(plan(ranked('rn <= 3'))).withRank).toBe(false)
    expect(rank(plan(ranked('rn <= 3', 'window_end, rn'))).withRank).toBe(true)
    expect(rank(plan(ranked('rn <= 3'))).windowed).toBe(true)
  })

  test('sub-queries and projections melt into one', () => {
    const sql =
      'SELECT b + 1 AS c FROM (SELECT a AS b, host FROM (SELECT status AS a, host FROM log)) WHERE host = path0'
    expect(tree(sql.replace(' WHERE host = path0', ''))).toBe(
      'project  status + 1 AS c\n  scan     log: decodes status',
    )
  })

  test('work that is used twice is done once', () => {
    expect(tree('SELECT a, a * 2 AS b FROM (SELECT status % 7 AS a FROM log)')).toBe(
      'project  a, a * 2 AS b\n  project  status % 7 AS a\n    scan     log: decodes status',
    )
  })

  test('conditions go into each side of a union', () => {
    const sql = "SELECT x FROM (SELECT host AS x FROM log UNION ALL SELECT name FROM shops) WHERE x = 'a'"
    expect(tree(sql)).toBe(
      [
        'union    2 inputs',
        '  project  host AS x',
        "    filter   host = 'a'",
        '      scan     log: decodes host',
        "  filter   name = 'a'",
        '    scan     shops: decodes name',
      ].join('\n'),
    )
  })

  test('constants are worked out, and what decides nothing goes', () => {
    expect(tree('SELECT 1 + 2 * 3 AS a, host FROM log WHERE TRUE AND 1 = 1')).toBe(
      'project  7 AS a, host\n  scan     log: decodes host',
    )
    expect(tree('SELECT host FROM log WHERE host IS NULL OR 1 = 1')).toBe('scan     log: decodes host')
  })

  test('a window over the time of another', () => {
    const sql = `WITH w AS (SELECT window_time AS rt, COUNT(*) AS n FROM ${TUMBLE} GROUP BY ${WINDOW}, window_time)
      SELECT ${WINDOW}, MAX(n) AS m FROM TABLE(TUMBLE(TABLE w, DESCRIPTOR(rt), INTERVAL '1' HOUR)) GROUP BY ${WINDOW}`
    expect(tree(sql)).toContain("window   TUMBLE of INTERVAL '1' HOUR on rt")
    expect(plan(sql).rowKey).toEqual([0, 1])
  })

  test('batch mode sorts by what is not selected, and then forgets it', () => {
    expect(
      tree('SELECT host, COUNT(*) AS n FROM log GROUP BY host ORDER BY MAX(status) DESC, n LIMIT 3 OFFSET 1', 'batch'),
    ).toBe(
      [
        'project  host, n',
        '  sort     by MAX(status) DESC, n, 3 rows, from row 2',
        '    group    by host: COUNT(*) AS n, MAX(status)',
        '      scan     log: decodes host, status',
      ].join('\n'),
    )
  })

  test('counting lines reads no column', () => {
    expect(tree('SELECT COUNT(*) FROM log', 'batch')).toContain('scan     log: no columns, only counts lines')
  })
})

describe('names and types', () => {
  test.each([
    ['SELECT 1, 2 AS x, 3', 'EXPR$0 INT, x INT, EXPR$2 INT'],
    ['SELECT status, status, status AS status0 FROM log', 'status INT, status0 INT, status00 INT'],
    ['SELECT * FROM (VALUES (1, 2.5), (NULL, 3)) AS t(a, b)', 'a INT, b DECIMAL(11, 1)'],
    [
      'SELECT SUM(status), AVG(status), AVG(body_bytes), COUNT(host) FROM log',
      'EXPR$0 INT, EXPR$1 INT, EXPR$2 BIGINT, EXPR$3 BIGINT',
    ],
    [
      'SELECT SUM(price) AS s, AVG(price) AS a, MIN(price) AS m FROM log',
      's DECIMAL(38, 2), a DECIMAL(38, 6), m DECIMAL(10, 2)',
    ],
    ['SELECT CASE WHEN status = 1 THEN 1 WHEN status = 2 THEN 2.5 END AS c FROM log', 'c DECIMAL(11, 1)'],
    ['SELECT COALESCE(status, body_bytes, 0) AS c FROM log', 'c BIGINT'],
    ["SELECT host AS a FROM log UNION ALL SELECT 'x'", 'a STRING'],
    ['SELECT l.host, `l`.status AS s FROM log AS l', 'host STRING, s INT'],
    ['WITH a(x) AS (SELECT host FROM log), b AS (SELECT x FROM a) SELECT * FROM b', 'x STRING'],
    ["SELECT CAST('7' AS INT) + 1 AS n, TRY_CAST(host AS DECIMAL(5, 2)) AS d FROM log", 'n INT, d DECIMAL(5, 2)'],
  ])('%s has %s', (sql, expected) => {
    expect(columns(sql)).toBe(expected)
  })
})

describe('row keys', () => {
  const keyOf = (sql: string, mode: Mode = 'streaming') => {
    const { rowKey, plan: result } = plan(sql, mode)
    return rowKey?.map((column) => result.fields[column]?.name)
  }
  const top = (select: string) => `SELECT ${select} FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY ${WINDOW}
    ORDER BY hits DESC) AS rn FROM (${BY_METHOD})) WHERE rn <= 3`
  const cumulate = (select: string) =>
    `SELECT ${select}, COUNT(*) AS n FROM TABLE(CUMULATE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE))
     GROUP BY ${WINDOW}`

  test.each([
    ['groups and window', BY_METHOD, ['window_start', 'window_end', 'http_method']],
    ['one end of a window says the other', BY_METHOD.replace(WINDOW, 'window_start'), ['window_start', 'http_method']],
    ['a window that grows is known by its end', cumulate('window_end'), ['window_end']],
    ['its start says too little', cumulate('window_start'), undefined],
    ['a group column that is not selected', BY_METHOD.replace('http_method, COUNT', 'COUNT'), undefined],
    ['partition and rank', top('window_end, rn, hits'), ['window_end', 'rn']],
    [
      'without the rank, what told the rows apart before',
      top('window_end, http_method'),
      ['window_end', 'http_method'],
    ],
    ['rows as they are', 'SELECT host FROM log', undefined],
  ])('%s', (_, sql, expected) => {
    expect(keyOf(sql)).toEqual(expected)
  })

  test('a lost key is said in a warning', () => {
    const { warnings } = plan(BY_METHOD.replace('http_method, COUNT', 'COUNT'))
    expect(warnings.map(({ message }) => message)).toEqual([
      'the rows have no key of their own, because http_method is not selected',
    ])
  })

  test('one group of everything is one row, known without a key', () => {
    expect(keyOf('SELECT COUNT(*) FROM log', 'batch')).toEqual([])
  })
})

test('a share of counts, divided as integers, is warned of with the text that is meant', () => {
  const share = 'COUNT(*) FILTER (WHERE status >= 500) / COUNT(*)'
  const sql = BY_METHOD.replace('COUNT(*) AS hits', `${share} AS share`)
  const [warning] = plan(sql).warnings
  expect(warning?.message).toContain(share)
  const written = warning?.hint?.replace('for a fraction, write ', '') ?? ''
  expect(columns(written, 'streaming')).toContain('share DOUBLE')
  expect(plan(written).warnings).toEqual([])
})

describe('refusals say what to write instead', () => {
  test('a stream grouped without a window: the hint is a statement that works', () => {
    const text = refusal('SELECT host, COUNT(*) AS n FROM log WHERE status = 200 GROUP BY host', 'streaming')
    const hint = /write (SELECT .*)$/.exec(text)?.[1] ?? ''
    expect(columns(hint, 'streaming')).toBe('window_start TIMESTAMP(3), window_end TIMESTAMP(3), host STRING, n BIGINT')
  })

  test('a stream counted as a whole', () => {
    const hint = /write (SELECT .*)$/.exec(refusal('SELECT COUNT(*) AS n FROM log', 'streaming'))?.[1] ?? ''
    expect(columns(hint, 'streaming')).toBe('window_start TIMESTAMP(3), window_end TIMESTAMP(3), n BIGINT')
  })

  test.each([
    ['SELECT hots FROM log', 'there is no column hots', 'did you mean host?'],
    ['SELECT host FROM lug', 'there is no table lug', 'did you mean log?'],
    ['SELECT x.host FROM log AS l', 'there is no table x in FROM', 'the tables are l'],
    ['SELECT CONT(*) FROM log', 'there is no function CONT', 'did you mean COUNT?'],
    ['SELECT LENGTH(host) FROM log', 'there is no function LENGTH', 'CHAR_LENGTH'],
    ['SELECT host + 1 FROM log', 'STRING + INT', ''],
    ['SELECT host FROM log WHERE status', 'must be a condition (BOOLEAN), not INT', ''],
    ['SELECT host FROM log WHERE COUNT(*) > 1', 'WHERE cannot', 'HAVING'],
    ['SELECT host, COUNT(*) AS n FROM log GROUP BY host HAVING n > 1', 'HAVING does not know n', 'COUNT(*)'],
    ['SELECT status AS s FROM log WHERE s > 1', 'WHERE does not know s', 'status'],
    ['SELECT host, status FROM log GROUP BY host', 'neither grouped by nor aggregated', 'MAX(status)'],
    ['SELECT SUM(host) FROM log', 'SUM wants a number, not STRING', 'CAST'],
    ['SELECT SUM(COUNT(*)) FROM log', 'the inside of SUM cannot', ''],
    ['SELECT NULL AS x', 'bare NULL', 'CAST(NULL AS STRING)'],
    ['SELECT * FROM log JOIN shops ON host = name', 'joins are not supported', 'UNION ALL'],
    ['SELECT host FROM log WHERE host IN (SELECT name FROM shops)', 'IN (SELECT', 'list the values'],
    ['SELECT host, SUM(status) OVER (ORDER BY ts) FROM log', 'OVER', 'ROW_NUMBER()'],
    ['SELECT host, ROW_NUMBER() OVER (ORDER BY ts) AS rn FROM log', 'nothing says how many', 'WHERE rn <= 10'],
    ['SELECT host FROM log ORDER BY 2', 'ORDER BY 2 means a column', ''],
    ['SELECT DISTINCT host FROM log ORDER BY status', 'SELECT DISTINCT can only', ''],
    ["SELECT a FROM (VALUES (1), ('x')) AS t(a)", 'different types', 'CAST'],
    ['SELECT a FROM (VALUES (1, 2), (3)) AS t(a, b)', 'as long as the first', ''],
    ['SELECT a FROM (VALUES (1)) AS t(a, b)', 'names 2 columns and has 1', 'EXPR$0'],
    ['SELECT x FROM (SELECT host AS x, path AS x FROM log)', 'ambiguous', 'AS'],
    ['SELECT CAST(host AS SMALLINT) FROM log', 'SMALLINT is not supported', 'INT'],
    ['SELECT 1 UNION ALL SELECT 1, 2', 'as many columns', ''],
  ])('%s', (sql, message, hint) => {
    const text = refusal(sql)
    expect(text).toContain(message)
    expect(text).toContain(hint)
    expect(text).toMatch(/^line 1:\d+: /)
  })

  const windowOf = (call: string) => `SELECT ${WINDOW}, COUNT(*) AS n FROM TABLE(${call}) GROUP BY ${WINDOW}`

  test.each([
    ["TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '0' SECOND)", 'longer than nothing'],
    ["TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' MONTH)", 'in months'],
    ['TUMBLE(TABLE log, DESCRIPTOR(ts), 60)', 'must be an interval'],
    ["TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '5' MINUTE, INTERVAL '5' MINUTE)", 'OFFSET'],
    ["TUMBLE(TABLE log, DESCRIPTOR(host), INTERVAL '5' MINUTE)", 'column host is STRING'],
    ["TUMBLE(TABLE log, DESCRIPTOR(tz), INTERVAL '5' MINUTE)", 'did you mean ts?'],
    ["TUMBLE(TABLE log, ts, INTERVAL '5' MINUTE)", 'DESCRIPTOR(column)'],
    ['TUMBLE(TABLE log, DESCRIPTOR(ts))', 'TUMBLE has no SIZE'],
    ["HOP(TABLE log, DESCRIPTOR(ts), INTERVAL '5' MINUTE, INTERVAL '1' MINUTE)", 'the SLIDE comes before the SIZE'],
    ["HOP(TABLE log, DESCRIPTOR(ts), INTERVAL '3' MINUTE, INTERVAL '10' MINUTE)", 'multiple'],
    ["SESSION(TABLE log, DESCRIPTOR(ts), INTERVAL '5' MINUTE)", 'SESSION windows are not supported yet'],
    ["TUMBEL(TABLE log, DESCRIPTOR(ts), INTERVAL '5' MINUTE)", 'did you mean TUMBLE?'],
  ])('%s', (call, message) => {
    expect(refusal(windowOf(call), 'streaming')).toContain(message)
  })

  test.each([
    ['SELECT host FROM log ORDER BY host', 'ORDER BY needs an end'],
    ['SELECT host FROM log LIMIT 3', 'LIMIT and OFFSET need an end'],
    ['SELECT DISTINCT host FROM log', 'SELECT DISTINCT over a stream'],
    ['SELECT host FROM log UNION SELECT name FROM shops', 'UNION ALL'],
    [`SELECT window_start, COUNT(*) FROM ${TUMBLE} GROUP BY window_start`, 'GROUP BY window_end, window_start'],
    [
      'SELECT host FROM (SELECT host, ROW_NUMBER() OVER (PARTITION BY path ORDER BY ts) AS rn FROM log) WHERE rn = 1',
      'PARTITION BY window_start, window_end, path',
    ],
    [
      `SELECT COUNT(*) FROM TABLE(TUMBLE((SELECT CAST(ts AS TIMESTAMP(3)) AS t FROM log), DESCRIPTOR(t), INTERVAL '1' MINUTE)) GROUP BY ${WINDOW}`,
      'has no watermark',
    ],
  ])('streaming: %s', (sql, message) => {
    expect(refusal(sql, 'streaming')).toContain(message)
  })
})
