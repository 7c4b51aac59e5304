/**
 * Typed random statements of every form that tailrace has, over the tables of `tables.ts`. What they mean follows from their rows
 * alone: where rows are equal in an order, more columns decide.
 */
import * as fc from 'fast-check'
import { expression, TYPES, type TypeName } from './expressions.ts'
import { BATCH_TABLES, STREAM_TABLES } from './tables.ts'

export type Statement = {
  readonly group: string
  readonly mode: 'batch' | 'streaming'
  readonly sql: string
  readonly ordered: boolean
}

const type = fc.constantFrom(...TYPES)
const condition = (prefix = ''): fc.Arbitrary<string> => expression('BOOLEAN', 1, prefix)
const where = (prefix = ''): fc.Arbitrary<string> =>
  fc.option(condition(prefix), { freq: 1 }).map((text) => (text === null ? '' : ` WHERE ${text}`))
const table = fc.constantFrom(...BATCH_TABLES)
const stream = fc.constantFrom(...STREAM_TABLES)

const batch = (group: string, sql: fc.Arbitrary<string>, ordered = false): fc.Arbitrary<Statement> =>
  sql.map((text) => ({ group, mode: 'batch', sql: text, ordered }))
const streaming = (group: string, sql: fc.Arbitrary<string>): fc.Arbitrary<Statement> =>
  sql.map((text) => ({ group, mode: 'streaming', sql: text, ordered: false }))

/** One expression for each row. */
const scalars = batch(
  'scalar',
  fc
    .tuple(
      type.chain((name) => expression(name, 2)),
      type.chain((name) => expression(name, 1)),
      table,
      where(),
    )
    .map(([first, second, from, rest]) => `SELECT id, ${first} AS x, ${second} AS y FROM ${from}${rest}`),
)

/** Aggregates whose answer follows from the rows as a set. */
const AGGREGATES: readonly string[] = [
  ...['COUNT(*)', 'COUNT($)', 'COUNT(DISTINCT $)', 'MIN($)', 'MAX($)'],
  ...['SUM(i)', 'SUM(l)', 'SUM(c)', 'AVG(j)', 'AVG(l)', 'AVG(c)', 'SUM(DISTINCT j)', 'MIN(ts)', 'MAX(s)'],
  ...['COUNT(*) FILTER (WHERE b)', 'SUM(j) FILTER (WHERE i > 0)', 'STDDEV_POP(j)', 'VAR_SAMP(j)'],
]

const aggregate = fc
  .tuple(fc.constantFrom(...AGGREGATES), fc.constantFrom<TypeName>('INT', 'BIGINT', 'STRING', 'DECIMAL', 'DATE'))
  .chain(([form, name]) => expression(name, 1).map((text) => form.replace('$', text)))
const aggregates = fc
  .array(aggregate, { minLength: 1, maxLength: 3 })
  .map((list) => list.map((text, index) => `${text} AS a${index}`).join(', '))
const keys = fc.uniqueArray(fc.constantFrom('k', 'j', 'b', 's'), { minLength: 1, maxLength: 2 })
const having = fc.constantFrom('', '', '', ' HAVING COUNT(*) > 1', ' HAVING MIN(i) IS NOT NULL')

const groups = batch(
  'group',
  fc
    .tuple(keys, aggregates, table, where(), having)
    .map(
      ([by, list, from, rest, over]) =>
        `SELECT ${by.join(', ')}, ${list} FROM ${from}${rest} GROUP BY ${by.join(', ')}${over}`,
    ),
)
const wholes = batch(
  'aggregate',
  fc.tuple(aggregates, table, where()).map(([list, from, rest]) => `SELECT ${list} FROM ${from}${rest}`),
)
const groupingSets = batch(
  'grouping-sets',
  fc
    .tuple(
      fc.constantFrom('ROLLUP (k, j)', 'CUBE (k, b)', 'GROUPING SETS ((k), (j), ())', 'k, ROLLUP (j)'),
      aggregates,
      table,
    )
    .map(([sets, list, from]) => {
      const by = sets.includes('b)') ? 'k, b' : 'k, j'
      return `SELECT ${by}, ${list} FROM ${from} GROUP BY ${sets}`
    }),
)

const JOINS = ['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL OUTER JOIN'] as const
const joins = batch(
  'join',
  fc
    .tuple(table, fc.constantFrom(...JOINS), table, fc.constantFrom('k', 'j', 's', 'i'), fc.option(condition('x.')))
    .map(([left, join, right, key, more]) => {
      const on = `x.${key} = y.${key}${more === null ? '' : ` AND ${more}`}`
      return `SELECT x.id AS a, y.id AS b, x.${key} AS p, y.s AS q FROM ${left} AS x ${join} ${right} AS y ON ${on}`
    }),
)
const subqueries = batch(
  'subquery',
  fc
    .tuple(
      table,
      table,
      fc.constantFrom('k', 'j', 'i', 's'),
      condition(''),
      fc.constantFrom('IN', 'NOT IN', 'EXISTS', 'NOT EXISTS', 'MAX'),
    )
    .map(([outer, inner, key, some, form]) => {
      const select = `SELECT id FROM ${outer} AS x WHERE`
      if (form === 'MAX') return `${select} x.i >= (SELECT MAX(j) FROM ${inner} WHERE ${some})`
      if (form.endsWith('EXISTS')) return `${select} ${form} (SELECT 1 FROM ${inner} AS y WHERE y.${key} = x.${key})`
      return `${select} x.${key} ${form} (SELECT ${key} FROM ${inner} WHERE ${some})`
    }),
)

const OVERS = [
  ...['ROW_NUMBER()', 'RANK()', 'DENSE_RANK()', 'SUM(j)', 'COUNT(*)', 'MIN(i)', 'MAX(c)', 'LAG(i)', 'LEAD(s, 2)'],
  ...['FIRST_VALUE(s)', 'LAST_VALUE(i)', 'AVG(j)'],
] as const
const overs = batch(
  'over',
  fc
    .tuple(
      fc.constantFrom(...OVERS),
      fc.constantFrom('', 'PARTITION BY k ', 'PARTITION BY b, j '),
      fc.constantFrom('id', 's, id', 'i DESC, id', 'ts, id'),
      table,
    )
    .map(([call, by, order, from]) => `SELECT id, ${call} OVER (${by}ORDER BY ${order}) AS r FROM ${from}`),
)
const sets = batch(
  'set',
  fc
    .tuple(
      fc.constantFrom('UNION', 'UNION ALL', 'INTERSECT', 'EXCEPT', 'INTERSECT ALL', 'EXCEPT ALL'),
      table,
      table,
      fc.constantFrom('k, j', 's', 'k', 'b, j'),
      where(),
      where(),
    )
    .map(
      ([set, left, right, list, some, others]) =>
        `SELECT ${list} FROM ${left}${some} ${set} SELECT ${list} FROM ${right}${others}`,
    ),
)
const ordered = batch(
  'order',
  fc
    .tuple(
      type.chain((name) => expression(name, 1)),
      fc.constantFrom('', ' DESC'),
      table,
      fc.constantFrom('', ' LIMIT 3', ' LIMIT 4 OFFSET 2', ' OFFSET 3 ROWS FETCH NEXT 2 ROWS ONLY'),
    )
    .map(([by, way, from, limit]) => `SELECT id, ${by} AS x FROM ${from} ORDER BY x${way}, id${limit}`),
  true,
)

const WINDOWS = [
  ...["TUMBLE(TABLE $, DESCRIPTOR(ts), INTERVAL '1' MINUTE)", "TUMBLE(TABLE $, DESCRIPTOR(ts), INTERVAL '5' MINUTE)"],
  ...["HOP(TABLE $, DESCRIPTOR(ts), INTERVAL '2' MINUTE, INTERVAL '6' MINUTE)"],
  ...["CUMULATE(TABLE $, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '10' MINUTE)"],
  ...[
    "SESSION(TABLE $, DESCRIPTOR(ts), INTERVAL '1' MINUTE)",
    "SESSION(TABLE $ PARTITION BY k, DESCRIPTOR(ts), INTERVAL '90' SECOND(3))",
  ],
] as const
const window = fc.constantFrom(...WINDOWS)
const windows = streaming(
  'window',
  fc
    .tuple(window, stream, aggregates, fc.uniqueArray(fc.constantFrom('j', 'b'), { maxLength: 2 }), having)
    .map(([form, from, list, more, over]) => {
      const by = ['window_start', 'window_end', ...(form.includes('PARTITION') ? ['k'] : []), ...more].join(', ')
      return `SELECT ${by}, ${list} FROM TABLE(${form.replace('$', from)}) GROUP BY ${by}${over}`
    }),
)
const tops = streaming(
  'top-n',
  fc
    .tuple(
      fc.constantFrom(...WINDOWS.slice(0, 4)),
      stream,
      fc.constantFrom('n DESC, k', 'm, k DESC', 'k'),
      fc.integer({ min: 1, max: 3 }),
    )
    .map(([form, from, order, most]) => {
      const inner = `SELECT window_start, window_end, k, COUNT(*) AS n, MAX(i) AS m FROM TABLE(${form.replace('$', from)}) GROUP BY window_start, window_end, k`
      const rank = `ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY ${order}) AS rn`
      return `SELECT window_start, k, n, m, rn FROM (SELECT *, ${rank} FROM (${inner})) WHERE rn <= ${most}`
    }),
)
const windowJoins = streaming(
  'window-join',
  fc
    .tuple(
      fc.constantFrom(...WINDOWS.slice(0, 4)),
      stream,
      fc.constantFrom(...JOINS),
      stream,
      fc.constantFrom('k', 'j'),
    )
    .map(([form, left, join, right, key]) => {
      const side = (from: string) => `(SELECT * FROM TABLE(${form.replace('$', from)}))`
      return `SELECT x.id AS a, y.id AS b, COALESCE(x.window_start, y.window_start) AS w FROM ${side(left)} AS x ${join} ${side(right)} AS y ON x.window_start = y.window_start AND x.window_end = y.window_end AND x.${key} = y.${key}`
    }),
)
const intervalJoins = streaming(
  'interval-join',
  fc
    .tuple(
      stream,
      fc.constantFrom(...JOINS),
      stream,
      fc.constantFrom(
        "y.ts AND y.ts + INTERVAL '1' MINUTE",
        "y.ts - INTERVAL '30' SECOND AND y.ts + INTERVAL '30' SECOND",
      ),
    )
    .map(
      ([left, join, right, span]) =>
        `SELECT x.id AS a, y.id AS b FROM ${left} AS x ${join} ${right} AS y ON x.k = y.k AND x.ts BETWEEN ${span}`,
    ),
)
/** Without bounds: which rows of a bounded frame are late is a known difference. */
const streamOvers = streaming(
  'over',
  fc
    .tuple(
      fc.constantFrom('COUNT(*)', 'SUM(j)', 'MIN(i)', 'MAX(i)', 'AVG(j)'),
      fc.constantFrom('', 'PARTITION BY k '),
      stream,
    )
    .map(([call, by, from]) => `SELECT id, ${call} OVER (${by}ORDER BY ts) AS r FROM ${from}`),
)
const changing = streaming(
  'changelog',
  fc
    .tuple(fc.constantFrom('k', 'j', 'b'), aggregates, stream, where())
    .map(([by, list, from, rest]) => `SELECT ${by}, ${list} FROM ${from}${rest} GROUP BY ${by}`),
)

/** Scalar expressions are the most, as they are in what people write. */
export const statement: fc.Arbitrary<Statement> = fc.oneof(
  { weight: 12, arbitrary: scalars },
  ...[groups, wholes, joins, subqueries, overs, ordered, windows].map((arbitrary) => ({ weight: 3, arbitrary })),
  ...[groupingSets, sets, tops, windowJoins, intervalJoins, streamOvers, changing].map((arbitrary) => ({
    weight: 2,
    arbitrary,
  })),
)
