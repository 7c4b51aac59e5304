/** Laws for every statement: it has a valid plan, or is a Failure with a place. */
import fc from 'fast-check'
import { expect, test } from 'vitest'

import { STRING, sameType } from '../../record/type.ts'
import { catalog } from '../example-log.test-tool.ts'
import { explain } from '../explain.ts'
import { operandsOf } from '../expression/columns.ts'
import type { Expression } from '../expression/expression.ts'
import { planQuery } from '../plan-query.ts'
import { failureOf } from '../refusal.test-tool.ts'
import { inputsOf } from './inputs.ts'
import type { Mode, Plan, Query } from './plan.ts'

const plan = (sql: string, mode: Mode): Query =>
  planQuery(sql, catalog, { mode, session: { timezone: 'UTC', now: 0 }, beyondFlink: true })
const fields = catalog.get('log')?.fields ?? []

/** The faults of a plan: columns that do not exist or have another type. */
function faultsOf(plan: Plan): string[] {
  const faults = inputsOf(plan).flatMap(faultsOf)
  const check = (claim: boolean, what: string) => {
    if (!claim) faults.push(`${plan.kind}: ${what}`)
  }
  const checkExpression = (expression: Expression, input: Plan): void => {
    if (expression.kind === 'column') {
      const field = input.fields[expression.column]
      check(
        field !== undefined && sameType(field.type, expression.type),
        `column ${expression.column} ${expression.name}`,
      )
    }
    for (const operand of operandsOf(expression)) checkExpression(operand, input)
  }
  const checkColumns = (columns: readonly (number | undefined)[], input: Plan) =>
    columns.forEach((column) => {
      check(column === undefined || input.fields[column] !== undefined, `no column ${column}`)
    })
  const checkWidth = (width: number) =>
    check(plan.fields.length === width, `${plan.fields.length} fields, not ${width}`)
  switch (plan.kind) {
    case 'scan':
      checkWidth(plan.columns.length)
      plan.columns.forEach((column, index) => {
        check(fields[column]?.type === plan.fields[index]?.type, `table column ${column}`)
      })
      break
    case 'values':
      for (const row of plan.rows) checkWidth(row.length)
      break
    case 'filter':
      checkWidth(plan.input.fields.length)
      checkExpression(plan.predicate, plan.input)
      break
    case 'project':
      checkWidth(plan.expressions.length)
      plan.expressions.forEach((expression, index) => {
        checkExpression(expression, plan.input)
        check(sameType(expression.type, plan.fields[index]?.type ?? STRING), `type of ${plan.fields[index]?.name}`)
      })
      break
    case 'session':
      checkWidth(plan.input.fields.length + 3)
      checkColumns([plan.time, ...plan.partitionBy], plan.input)
      break
    case 'window':
      checkWidth(plan.input.fields.length + 3)
      checkColumns([plan.time], plan.input)
      break
    case 'aggregate':
      checkWidth(plan.keys.length + plan.aggregates.length)
      checkColumns([...plan.keys, ...plan.aggregates.flatMap(({ argument, filter }) => [argument, filter])], plan.input)
      break
    case 'rank':
      checkWidth(plan.input.fields.length + (plan.withRank ? 1 : 0))
      checkColumns([...plan.partitionBy, ...plan.order.map(({ column }) => column)], plan.input)
      check(plan.from >= 1 && plan.from <= plan.to && plan.to < Infinity, `ranks ${plan.from} to ${plan.to}`)
      break
    case 'sort':
      checkWidth(plan.input.fields.length)
      checkColumns(
        plan.order.map(({ column }) => column),
        plan.input,
      )
      break
    case 'union':
      for (const input of plan.inputs) {
        checkWidth(input.fields.length)
        input.fields.forEach(({ type }, index) => {
          check(sameType(type, plan.fields[index]?.type ?? STRING), `column ${index} of an input`)
        })
      }
      break
  }
  return faults
}

const column = fc.constantFrom('host', 'path', 'status', 'body_bytes')
const number = fc.constantFrom(
  'status',
  'body_bytes',
  '1',
  'status + 1',
  'body_bytes * status',
  'status % 7',
  'CAST(status AS DOUBLE)',
)
const condition = fc.constantFrom(
  'status > 200',
  "host = 'a'",
  'body_bytes IS NOT NULL',
  "path = '/' OR status < 300",
  'status BETWEEN 200 AND 299',
  'NOT (status = body_bytes)',
  'TRUE',
)
const value = fc.oneof(
  column,
  number,
  fc.constantFrom("CASE WHEN status > 1 THEN 'x' ELSE host END", 'COALESCE(body_bytes, 0)'),
)
const aggregate = fc
  .tuple(
    fc.constantFrom('COUNT', 'SUM', 'MIN', 'MAX', 'AVG', 'STDDEV_POP', 'VARIANCE'),
    fc.constantFrom('', 'DISTINCT '),
    number,
    fc.option(condition),
  )
  .map(
    ([name, distinct, of, filter]) => `${name}(${distinct}${of})${filter === null ? '' : ` FILTER (WHERE ${filter})`}`,
  )
const list = (item: fc.Arbitrary<string>) => fc.uniqueArray(item, { minLength: 1, maxLength: 3 })
const named = (items: readonly string[]) => items.map((item, index) => `${item} AS c${index}`).join(', ')
const optional = (clause: string, arbitrary: fc.Arbitrary<string>) =>
  fc.option(arbitrary).map((text) => (text === null ? '' : ` ${clause} ${text}`))

const source = fc.constantFrom(
  'log',
  '(SELECT * FROM log)',
  "(SELECT host, ts, path, status % 10 AS status, body_bytes FROM log WHERE path <> '/x')",
  '(SELECT * FROM log UNION ALL SELECT host, ts, http_method, path, status, body_bytes, price FROM log WHERE status = 404)',
)
const windowCall = fc.constantFrom(
  "TUMBLE(TABLE x, DESCRIPTOR(ts), INTERVAL '1' MINUTE)",
  "HOP(TABLE x, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE)",
  "CUMULATE(TABLE x, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE)",
  "SESSION(TABLE x PARTITION BY (host, status), DESCRIPTOR(ts), INTERVAL '1' MINUTE)",
)
const windowed = fc.tuple(source, windowCall).map(([from, call]) => {
  const data = from === 'log' ? 'TABLE log' : from
  return `TABLE(${call.replace('TABLE x', data)})`
})

const plain = fc
  .tuple(list(value), source, optional('WHERE', condition))
  .map(([items, from, where]) => `SELECT ${named(items)} FROM ${from}${where}`)
const grouped = fc
  .tuple(
    list(value),
    list(aggregate),
    windowed,
    optional('WHERE', condition),
    optional('HAVING', fc.constant('COUNT(*) > 1')),
  )
  .map(([keys, calls, from, where, having]) => {
    const by = ['window_start', 'window_end', ...keys]
    return `SELECT window_start, window_end, ${named([...keys, ...calls])} FROM ${from}${where} GROUP BY ${by.join(', ')}${having}`
  })
const ranked = fc.tuple(grouped, fc.integer({ min: 1, max: 9 }), fc.constantFrom('window_end, c0', '*', 'c0, rn')).map(
  ([query, limit, items]) =>
    `SELECT ${items} FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY c0, c1 DESC) AS rn
     FROM (${query})) WHERE rn <= ${limit}`,
)
const statement = fc.oneof(plain, grouped, ranked)

test.each(['streaming', 'batch'] as const)('every statement of the language has a valid plan: %s', (mode) => {
  fc.assert(
    fc.property(statement, (sql) => {
      const query = plan(sql, mode)
      expect(faultsOf(query.plan)).toEqual([])
      expect(explain(query, catalog)).toContain('scan')
      for (const key of query.rowKey ?? []) expect(query.plan.fields[key]).toBeDefined()
    }),
    { numRuns: 300 },
  )
})

// Promise any-statement: Any text as a statement gives a valid plan or a message with its place.
test('a statement with words lost, doubled or moved has a valid plan or is a Failure with a place', () => {
  const mangled = fc
    .tuple(
      statement,
      fc.array(fc.tuple(fc.nat(), fc.nat(), fc.constantFrom('drop', 'double', 'move')), { maxLength: 3 }),
    )
    .map(([sql, edits]) => {
      const words = sql.split(/\s+/)
      for (const [from, to, edit] of edits) {
        const at = from % words.length
        const word = words[at] ?? ''
        if (edit !== 'double') words.splice(at, 1)
        if (edit !== 'drop') words.splice(to % (words.length + 1), 0, word)
      }
      return words.join(' ')
    })
  fc.assert(
    fc.property(mangled, fc.constantFrom<Mode>('batch', 'streaming'), (sql, mode) => {
      const place = { line: expect.any(Number), column: expect.any(Number) }
      const failure = failureOf(() => expect(faultsOf(plan(sql, mode).plan)).toEqual([]))
      if (failure !== undefined) expect(failure).toMatchObject({ code: 'sql', place })
    }),
    { numRuns: 1000 },
  )
})

test('a scan reads no column that the statement does not name', () => {
  fc.assert(
    fc.property(statement, (sql) => {
      if (sql.includes('SELECT * FROM log')) return
      const read = (plan: Plan): readonly string[] =>
        plan.kind === 'scan' ? plan.columns.map((index) => fields[index]?.name ?? '') : inputsOf(plan).flatMap(read)
      for (const name of read(plan(sql, 'batch').plan)) expect(sql).toContain(name)
    }),
    { numRuns: 200 },
  )
})
