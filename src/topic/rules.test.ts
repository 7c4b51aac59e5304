/**
 * The rules of a topic. A law over every cut and every choice of columns: a record is a row if it meets all rules, and
 * otherwise is rejected once, for the first that it does not meet.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { NoRow } from '../format/format.ts'
import { openJson } from '../format/json/json.ts'
import { type Column, type Value, valueAt } from '../record/column.ts'
import { recordsOf } from '../record/records.ts'
import { INT, STRING, TIMESTAMP_LTZ } from '../record/type.ts'
import { parseComputed } from '../sql/bind/topic-column.ts'
import { type AddedColumn, openTopicFormat, withMaxAhead, withRequired } from './topic-format.ts'

const SESSION = { timezone: 'UTC', now: 0 }
const ARRIVAL = Date.UTC(2026, 2, 1)

const json = openJson([
  { field: { name: 'ts', type: TIMESTAMP_LTZ } },
  { field: { name: 'port', type: INT } },
  { field: { name: 'source', type: STRING } },
  { field: { name: 'sent', type: STRING } },
])
const twice: AddedColumn = {
  kind: 'computed',
  name: 'twice',
  expression: parseComputed('port + port', json.fields, SESSION).expression,
  written: 'port + port',
}
const plain = openTopicFormat(json, [twice], 't')
const ruleOf = ([name, written]: readonly [string, string]) => ({
  name,
  written,
  condition: parseComputed(written, plain.fields, SESSION, 'a rule of a topic').expression,
})
const RULES = [
  ['port in range', 'port BETWEEN 0 AND 65535'],
  ['has a source', "source <> ''"],
  ['is small: or fails', 'CAST(sent AS INT) < 100 AND twice < 10000'],
] as const
const topic = withRequired(
  withMaxAhead(plain, { column: 0, ms: 86_400_000, zone: undefined, isOurs: true }),
  RULES.map(ruleOf),
)

type Line = {
  readonly ts: number | null
  readonly port: number | null
  readonly source: string | null
  readonly sent: string
}
type Reject = readonly [record: number, why: NoRow | undefined, reason: string]

/** The rows of the lines, and the rejects, decoded in batches of `cut` lines. */
function decoded(lines: readonly (Line | string)[], columns: readonly number[], cut: number) {
  const rows: (readonly Value[])[] = []
  const rejects: Reject[] = []
  const decode = topic.decoder(columns)
  for (let from = 0; from < lines.length; from += cut) {
    const texts = lines.slice(from, from + cut).map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
    const kept = {
      baseOffset: from,
      values: recordsOf(texts),
      keys: undefined,
      timestamps: new Float64Array(texts.length).fill(ARRIVAL),
      arrival: ARRIVAL,
      isCreateTime: true,
    }
    const batch = decode(kept, 0, { add: (record, _, reason, why) => rejects.push([from + record, why, reason]) })
    expect(batch.columns).toHaveLength(columns.length)
    for (let row = 0; row < batch.count; row++) {
      rows.push([from + (batch.origin?.[row] ?? row), ...batch.columns.map((column) => valueAt(column as Column, row))])
    }
  }
  return { rows, rejects }
}

const isNumber = (text: string) => /^\d+$/.test(text)

/** Why the line is no row; undefined: it is one. */
function expected(line: Line | string): string | undefined {
  if (typeof line === 'string') return 'format'
  const { ts, port, source, sent } = line
  if (ts !== null && ts > ARRIVAL + 86_400_000) return 'future'
  if (port === null || port < 0 || port > 65535) return RULES[0][0]
  if (source === null || source === '') return RULES[1][0]
  if (!isNumber(sent) || Number(sent) >= 100 || 2 * port >= 10000) return RULES[2][0]
  return undefined
}

const lines = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        ts: fc.constantFrom(ARRIVAL, ARRIVAL - 1000, null, ARRIVAL + 90_000_000),
        port: fc.constantFrom(80, 443, 4999, 5000, 70_000, -1, null),
        source: fc.constantFrom('10.0.0.1', 'é', '', null),
        sent: fc.constantFrom('1', '99', '100', 'x', ''),
      }),
    },
    { weight: 1, arbitrary: fc.constant('no json') },
  ),
  { maxLength: 40 },
)

test('a record is a row, or is rejected for the first rule that it does not meet, however the records are cut', () => {
  fc.assert(
    fc.property(lines, fc.subarray([0, 1, 2, 3, 4]), fc.integer({ min: 1, max: 50 }), (some, columns, cut) => {
      const { rows, rejects } = decoded(some, columns, cut)
      const reasons = some.map(expected)
      expect(rows.map(([record]) => record)).toEqual([...some.keys()].filter((i) => reasons[i] === undefined))
      expect(rejects.map(([record, why]) => [record, typeof why === 'object' ? why.rule : (why ?? 'format')])).toEqual(
        reasons.flatMap((reason, i) => (reason === undefined ? [] : [[i, reason]])),
      )
      for (const [record, ...values] of rows) {
        const line = some[Number(record)] as Line
        const all = [line.ts, line.port, line.source, line.sent, 2 * (line.port ?? 0)]
        expect(values.map((value) => (value === null ? null : String(value)))).toEqual(
          columns.map((column) => (all[column] === null ? null : String(all[column]))),
        )
      }
    }),
    { numRuns: 500 },
  )
})

test('the reason says what the condition is, and of which values', () => {
  const line = (more: Partial<Line>) => ({ ts: ARRIVAL, port: 80, source: 'a', sent: '1', ...more })
  const { rejects } = decoded(
    [
      line({ port: 70_000 }),
      line({ port: null }),
      line({ source: '' }),
      line({ sent: 'x' }),
      line({ sent: '9'.repeat(3) }),
      line({ source: 'é'.repeat(100), sent: '100' }),
    ],
    [],
    10,
  )
  expect(rejects.map(([, , reason]) => reason)).toEqual([
    'rule "port in range" is FALSE: port = 70000',
    'rule "port in range" is NULL: port = NULL',
    `rule "has a source" is FALSE: source = ''`,
    `rule "is small: or fails" cannot be computed: CAST of 'x' to INT: Invalid character found`,
    `rule "is small: or fails" is FALSE: sent = '999', twice = 160`,
    `rule "is small: or fails" is FALSE: sent = '100', twice = 160`,
  ])
})

test('a long text is cut in the reason, between two characters', () => {
  const format = withRequired(plain, [ruleOf(['none', "source = 'x'"])])
  const reasons: string[] = []
  const values = recordsOf([JSON.stringify({ source: '😀'.repeat(70) })])
  const kept = { baseOffset: 0, values, keys: undefined, timestamps: new Float64Array(1) }
  format.decoder([])(kept, 0, { add: (_, __, reason) => reasons.push(reason) })
  expect(reasons).toEqual([`rule "none" is FALSE: source = '${'😀'.repeat(60)}…'`])
})

test('a topic without rules has the decoders of its format', () => {
  expect(withRequired(plain, [])).toBe(plain)
})
