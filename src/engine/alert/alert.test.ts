import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Batch, columnOf, valueAt } from '../../record/column.ts'
import { type Field, INT, STRING, TIMESTAMP } from '../../record/type.ts'
import { withAlert } from '../../sql/plan/alert.ts'
import type { AlertRule, AlertTime, Query } from '../../sql/plan/plan.ts'
import { planQuery } from '../../sql/plan-query.ts'
import { parseTemplate } from '../../template/template.ts'
import type { RowReject } from '../graph.ts'
import { openGraph } from '../open-graph.ts'
import { CONDITIONS, type NaiveRow, type NaiveRule, naiveAlert, type Said } from './naive.test-tool.ts'

const DELAY = 5
const SESSION = { timezone: 'UTC', now: 0 }

type Row = { readonly time: number; readonly k: string; readonly v: number | null; readonly partition: number }

/** Rows in order of windows, or of any order within the delay. */
type Form = 'windows' | 'any order'

function setUp(form: Form, rule: NaiveRule, limit = 1000) {
  const time: Field = { name: 'time', type: TIMESTAMP, ...(form === 'windows' ? { window: 'end' } : { rowtime: true }) }
  const fields = [time, { name: 'k', type: STRING }, { name: 'v', type: INT }]
  const rowtime = form === 'windows' ? undefined : { field: 0, delay: DELAY }
  const catalog = new Map([['t', { name: 't', fields, rowtime }]])
  const sql = `SELECT \`time\`, k, v, ${CONDITIONS.when}, ${CONDITIONS.clear}, ${CONDITIONS.enough} FROM t`
  const planned = planQuery(sql, catalog, { mode: 'streaming', session: SESSION })
  const at: AlertTime =
    form === 'windows'
      ? { kind: 'window', role: 'end', column: 0, window: undefined, isZoned: false }
      : { kind: 'rowtime', column: 0, isZoned: false }
  const { absentMs, forMs, quietMs, remindMs, hasClear } = rule
  const alert: AlertRule = {
    pipeline: 'p',
    name: 'high',
    severity: 'critical',
    message: parseTemplate('{{ k }}: {{ v }}'),
    key: [1],
    time: at,
    width: 3,
    watches:
      absentMs === undefined
        ? { kind: 'when', when: 3, clear: hasClear ? 4 : undefined, enough: 5, forMs, quietMs }
        : { kind: 'absent', absentMs },
    remindMs,
    limit,
  }
  return { query: withAlert(planned, alert), catalog }
}

type Step = { readonly rows: readonly Row[] } | { readonly tick: number }

type Setting = {
  readonly query: Query
  readonly catalog: ReturnType<typeof setUp>['catalog']
  readonly partitions: number
}

/** Runs the steps; with `restart`, the graph is opened anew from its snapshot after each of them. */
function run({ query, catalog, partitions }: Setting, steps: readonly Step[], restart: boolean) {
  const said: Said[] = []
  const rejects: RowReject[] = []
  const ids: string[] = []
  const output = {
    emit(batch: Batch) {
      const value = (name: string, row: number) => {
        const column = batch.columns[query.plan.fields.findIndex((field) => field.name === name)]
        return column === undefined ? null : valueAt(column, row)
      }
      for (let row = 0; row < batch.count; row++) {
        const [state, k, v, since, at] = ['state', 'k', 'v', 'since', 'at'].map((name) => value(name, row))
        said.push({ state, k, v, since, at } as unknown as Said)
        expect(value('message', row)).toBe(`${k}: ${v ?? ''}`)
        ids.push(String(value('id', row)))
      }
    },
    reject: (reject: RowReject) => void rejects.push(structuredClone(reject)),
  }
  const options = { session: SESSION, partitions: () => partitions, output }
  let graph = openGraph(query, catalog, options)
  for (const step of steps) {
    if ('tick' in step) graph.tick(0, 0, step.tick)
    else graph.push(0, batchOf(step.rows))
    if (restart) graph = openGraph(query, catalog, { ...options, state: structuredClone(graph.snapshot()) })
  }
  return { said, rejects, ids, graph }
}

function batchOf(rows: readonly Row[]): Batch {
  const columns = [
    columnOf(
      TIMESTAMP,
      rows.map(({ time }) => time),
    ),
    columnOf(
      STRING,
      rows.map(({ k }) => k),
    ),
    columnOf(
      INT,
      rows.map(({ v }) => v),
    ),
  ]
  return { count: rows.length, columns, partition: rows[0]?.partition ?? 0, origin: undefined, watermark: undefined }
}

const rules: fc.Arbitrary<NaiveRule> = fc.record({
  forMs: fc.constantFrom(0, 10, 25),
  quietMs: fc.constantFrom(undefined, 10, 30),
  remindMs: fc.constantFrom(undefined, 20),
  hasClear: fc.boolean(),
})
const absences: fc.Arbitrary<NaiveRule> = fc
  .constantFrom(10, 25)
  .map((absentMs) => ({ absentMs, forMs: 0, quietMs: undefined, remindMs: 20, hasClear: false }))
const values = fc.option(fc.integer({ min: -1, max: 9 }), { freq: 8 })
const keys = fc.constantFrom('a', 'b', 'c')

/** Windows of 10, each with some rows, and how the stream is cut: `tick` moves the clock behind a window. */
const windows = fc.array(
  fc.record({
    skip: fc.integer({ min: 0, max: 2 }),
    rows: fc.uniqueArray(fc.record({ k: keys, v: values }), { maxLength: 3, selector: ({ k }) => k }),
    tick: fc.option(fc.integer({ min: 0, max: 9 })),
    cut: fc.boolean(),
  }),
  { maxLength: 25 },
)

test('rows of windows: the same as by the definition, however they were cut, with ticks anywhere, through any restart', () => {
  fc.assert(
    fc.property(fc.oneof(rules, absences), windows, fc.boolean(), (rule, made, restart) => {
      const steps: Step[] = []
      const rows: Row[] = []
      let pending: Row[] = []
      let end = 0
      const push = () => {
        if (pending.length > 0) steps.push({ rows: pending })
        pending = []
      }
      for (const { skip, rows: some, tick, cut } of made) {
        end += 10 * (1 + skip)
        const own = some.map((row) => ({ ...row, time: end, partition: 0 }))
        rows.push(...own)
        pending.push(...own)
        if (cut || tick !== null) push()
        if (tick !== null) steps.push({ tick: end + tick })
      }
      push()
      const until = end + 100
      steps.push({ tick: until })
      const setting = { ...setUp('windows', rule), partitions: 1 }
      const { said, ids } = run(setting, steps, restart)
      expect(said).toEqual(
        naiveAlert(
          rule,
          rows.map(({ time, k, v }) => ({ at: time, k, v })),
          until,
        ),
      )
      // All that is said of one firing has its id, and no other has it.
      const firings = said.flatMap(({ state }, row) => (state === 'firing' ? [ids[row]] : []))
      expect(new Set(firings).size).toBe(firings.length)
      expect(ids.every((id) => firings.includes(id))).toBe(true)
    }),
    { numRuns: 500 },
  )
})

/** When rows count: those behind the watermark of their partition, just after it. */
function counted(rows: readonly Row[]): NaiveRow[] {
  const watermarks = new Map<number, number>()
  const at = rows.map(({ time, partition, k, v }, index) => {
    const before = watermarks.get(partition) ?? -Infinity
    watermarks.set(partition, Math.max(before, time - DELAY))
    return { at: Math.max(time, before + 1), partition, index, k, v }
  })
  return at.sort((a, b) => a.at - b.at || a.partition - b.partition || a.index - b.index)
}

test('rows in any order: the same as by the definition, however the partitions were read', () => {
  const made = fc.record({
    partitions: fc.integer({ min: 1, max: 3 }),
    rows: fc.array(fc.record({ k: keys, v: values, step: fc.integer({ min: -4, max: 12 }), partition: fc.nat(2) }), {
      maxLength: 40,
    }),
    order: fc.array(fc.nat(2), { maxLength: 60 }),
    restart: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.oneof(rules, absences), made, (rule, { partitions, rows: given, order, restart }) => {
      const times = new Map<number, number>()
      const rows = given.map(({ k, v, step, partition: of }): Row => {
        const partition = of % partitions
        const time = (times.get(partition) ?? 0) + step
        times.set(partition, time)
        return { k, v, time, partition }
      })
      // Each partition ends with a row that says nothing, so that the clock of all has come as far.
      const last = Math.max(0, ...times.values()) + 60
      const all = [
        ...rows,
        ...Array.from({ length: partitions }, (_, partition) => ({ k: 'z', v: -1, time: last, partition })),
      ]
      const setting = { ...setUp('any order', rule), partitions }
      const said = [order, [0, 1, 2]].map((turns) => run(setting, inTurns(all, partitions, turns), restart).said)
      expect(said[0]).toEqual(naiveAlert(rule, counted(all), last - DELAY))
      expect(said[1]).toEqual(said[0])
    }),
    { numRuns: 500 },
  )
})

/** The rows of each partition in their order, one at a time, in turns. */
function inTurns(rows: readonly Row[], partitions: number, turns: readonly number[]): Step[] {
  const queues = Array.from({ length: partitions }, (_, partition) => rows.filter((row) => row.partition === partition))
  const steps: Step[] = []
  const take = (partition: number) => {
    const row = queues[partition]?.shift()
    if (row !== undefined) steps.push({ rows: [row] })
  }
  for (const turn of turns) take(turn % partitions)
  for (const partition of queues.keys()) while ((queues[partition] ?? []).length > 0) take(partition)
  return steps
}

const RULE: NaiveRule = { forMs: 0, quietMs: undefined, remindMs: undefined, hasClear: false }

test('beyond its limit of keys an alert takes no more: the rows of others are rejected', () => {
  for (const form of ['windows', 'any order'] as const) {
    const setting = { ...setUp(form, RULE, 2), partitions: 1 }
    const rows = ['a', 'b', 'c', 'a'].map((k, index) => ({ k, v: index === 3 ? 0 : 9, time: 10 + index, partition: 0 }))
    const { said, rejects } = run(
      setting,
      [{ rows: [...rows, { k: 'c', v: 9, time: 20, partition: 0 }] }, { tick: 30 }],
      false,
    )
    expect(said.map(({ state, k }) => `${state} ${k}`)).toEqual(['firing a', 'firing b', 'resolved a', 'firing c'])
    const reason = 'alert high has 2 keys, its limit (limit), and this row is of another'
    expect(rejects).toEqual([
      { kind: 'expression', scan: 0, partition: 0, origin: form === 'windows' ? 2 : -1, reason },
    ])
  }
})

test('repairs of windows that are behind change nothing, and the end of the input fires nothing', () => {
  const rule = { ...RULE, forMs: 20 }
  const setting = { ...setUp('windows', rule), partitions: 1 }
  const row = (time: number, v: number) => ({ rows: [{ k: 'a', v, time, partition: 0 }] })
  const { said, graph } = run(setting, [row(10, 9), row(20, 9), row(10, 0), row(15, 0)], false)
  graph.end()
  expect(said).toEqual([])
  expect(graph.standing(10)).toEqual([
    { state: 'pending', id: '', since: 10, fired: undefined, row: '{"time":"1970-01-01T00:00:00.020","k":"a","v":9}' },
  ])
  graph.tick(0, 0, 30)
  expect(said).toEqual([{ state: 'firing', k: 'a', v: 9, since: 10, at: 30 }])
  expect(graph.standing(10)).toMatchObject([{ state: 'firing', fired: 30 }])
})

test('thousands of keys: the work for a row does not grow with their number', () => {
  const rule = { ...RULE, forMs: 20, quietMs: 30 }
  const setting = { ...setUp('windows', rule, 100_000), partitions: 1 }
  const steps = Array.from({ length: 6 }, (_, window) => ({
    rows: Array.from({ length: 5000 }, (_, k) => ({
      k: String(k),
      v: window < 4 ? 9 : 0,
      time: 10 * (window + 1),
      partition: 0,
    })),
  }))
  const { said } = run(setting, steps, true)
  expect(said.filter(({ state }) => state === 'firing')).toHaveLength(5000)
  expect(said.filter(({ state }) => state === 'resolved')).toHaveLength(5000)
})
