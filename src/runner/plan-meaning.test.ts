/** The layout of a plan's states: what may be planned otherwise without a change of it, and what may not. */
import { expect, test } from 'vitest'
import { CATALOG, planOf } from '../engine/naive.test-tool.ts'
import { stateFormOf, statefulNodes } from '../engine/state-layout.ts'
import { unshared } from '../engine/trace.ts'
import { columnExpression, conjunctsOf } from '../sql/expression/columns.ts'
import { mapInputs } from '../sql/plan/inputs.ts'
import type { Plan } from '../sql/plan/plan.ts'
import { stateMeaningOf } from './plan-meaning.ts'

const [TABLE] = CATALOG.keys()
const tumbled = `TABLE(TUMBLE(TABLE ${TABLE}, DESCRIPTOR(ts), INTERVAL '4' SECOND))`
const hopped = `TABLE(HOP(TABLE ${TABLE}, DESCRIPTOR(ts), INTERVAL '1' SECOND, INTERVAL '4' SECOND))`
const sessions = `TABLE(SESSION(TABLE ${TABLE} PARTITION BY k, DESCRIPTOR(ts), INTERVAL '4' SECOND))`
const COUNTS = `SELECT window_start, window_end, k, COUNT(*) AS n FROM ${tumbled}
  WHERE v > 1 AND j < 2 GROUP BY window_start, window_end, k`
const top = (rows: string) => `SELECT * FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY v DESC) AS place FROM (${rows})
) WHERE place <= 2`
const QUERIES = {
  counts: COUNTS,
  slices: `SELECT window_end, SUM(v + 1) AS s, COUNT(DISTINCT j) AS js FROM ${hopped} GROUP BY window_start, window_end`,
  top: top(`SELECT window_start, window_end, k, v FROM ${tumbled} WHERE j > 0`),
  both: `${COUNTS} UNION ALL ${COUNTS}`,
  inSessions: `SELECT window_end, k, v FROM ${sessions} WHERE j > 0`,
}

const SESSIONS = `SELECT window_end, k, SUM(v + 1) AS s FROM ${sessions} WHERE j > 0 GROUP BY window_start, window_end, k`

const planned = (sql: string): Plan => unshared(planOf(sql, 'streaming').plan)

const layoutOfPlan = (plan: Plan) =>
  Object.fromEntries(
    [...statefulNodes(plan, 'streaming')].map(([node, path]) => [
      path,
      { ...stateFormOf(node), meaning: stateMeaningOf(node) },
    ]),
  )

/** The same plan with each condition in a filter of its own, in another order, and a projection above each node. */
function padded(plan: Plan): Plan {
  const node = mapInputs(plan, padded)
  const own =
    node.kind === 'filter'
      ? conjunctsOf(node.predicate).reduce<Plan>((input, predicate) => ({ ...node, input, predicate }), node.input)
      : node
  const expressions = own.fields.map(columnExpression)
  return { kind: 'project', input: own, expressions, fields: own.fields }
}

test('paths go from the result down, and name what keeps state', () => {
  const paths = (sql: string) => [...statefulNodes(planned(sql), 'streaming').values()]
  expect(paths(QUERIES.counts)).toEqual(['aggregate', 'aggregate/scan'])
  expect(paths(QUERIES.top)).toEqual(['rank', 'rank/scan'])
  // Groups of just the window and key of sessions keep them; all else has their rows below.
  expect(paths(SESSIONS)).toEqual(['aggregate', 'aggregate/scan'])
  expect(paths(QUERIES.inSessions)).toEqual(['session', 'session/scan'])
  const sides = [0, 1].flatMap((side) => [`union[${side}]/aggregate`, `union[${side}]/aggregate/scan`])
  expect(paths(QUERIES.both)).toEqual(['union', ...sides])
  expect(paths(`SELECT k FROM ${TABLE} UNION ALL SELECT k FROM ${TABLE}`)).toEqual(['union[0]/scan', 'union[1]/scan'])
  expect(paths(`SELECT k FROM ${TABLE} WHERE v > 1`)).toEqual(['scan'])
  // Over rows that come as whole windows, a Top-N keeps nothing.
  expect(
    paths(top(`SELECT window_start, window_end, COUNT(*) AS v FROM ${tumbled} GROUP BY window_start, window_end`)),
  ).toEqual(['aggregate', 'aggregate/scan'])
})

test('where filters and projections stand does not matter while they mean the same', () => {
  for (const sql of Object.values(QUERIES)) {
    const plan = planned(sql)
    expect(layoutOfPlan(padded(plan))).toEqual(layoutOfPlan(plan))
  }
})

test('names do not matter, nor what is made of the result', () => {
  const best = (count: number) =>
    layoutOfPlan(planned(top(COUNTS.replace('AS n', 'AS v')).replace('<= 2', `<= ${count}`)))
  expect(best(5)).toEqual(best(2))
  const shown = COUNTS.replace('k, COUNT(*) AS n', 'UPPER(k) AS name, COUNT(*) * 2 AS twice')
  expect(layoutOfPlan(planned(`${shown} HAVING COUNT(*) > 1`))).toEqual(layoutOfPlan(planned(COUNTS)))
})

test('the form of sessions has their gap, and their meaning what is counted before they are made', () => {
  const layout = layoutOfPlan(planned(SESSIONS)).aggregate
  expect(layout).toMatchObject({ version: 1, form: 'SUM(INT) INT by (STRING), sessions of 4000' })
  expect(layoutOfPlan(planned(SESSIONS.replace("'4'", "'5'"))).aggregate?.form).not.toBe(layout?.form)
  const other = layoutOfPlan(planned(SESSIONS.replace('j > 0', 'j > 1'))).aggregate
  expect(other?.form).toBe(layout?.form)
  expect(other?.meaning).not.toBe(layout?.meaning)
})

test('a layout says so where the form or the meaning of a state is another one', () => {
  const layout = layoutOfPlan(planned(COUNTS)).aggregate
  expect(layout).toMatchObject({ version: 1, form: 'COUNT(*) BIGINT by (STRING), tumble 4000 every 4000 from 0' })
  for (const [from, to] of [
    ['v > 1', 'v > 2'],
    ['v > 1 AND', ''],
    ['AND j', 'OR j'],
    ['COUNT(*)', 'SUM(v)'],
    ['COUNT(*)', "COUNT(*) FILTER (WHERE k = 'a')"],
    [', k', ', j'],
    ["'4'", "'5'"],
  ] as const) {
    expect(layoutOfPlan(planned(COUNTS.replaceAll(from, to))).aggregate).not.toEqual(layout)
  }
  // A condition on a key that a planner moves below the groups is no change of the form, but of what is in it.
  const plan = planned(COUNTS.replace('WHERE', "WHERE k = 'a' AND")) // As from HAVING.
  expect(layoutOfPlan(plan).aggregate).toMatchObject({ form: layout?.form })
  expect(layoutOfPlan(plan).aggregate?.meaning).not.toBe(layout?.meaning)
})
