/** Where the event time of the rows of a query is, for an alert over them, and how quiet its sources may be. */
import type { Duration } from '../../../base/quantity.ts'
import { comesByTime, comesInOrder } from '../../../engine/trace.ts'
import type { AlertTime, Plan, WindowKind } from '../../../sql/plan/plan.ts'
import type { CheckedQuery } from '../../checked.ts'
import type { Checking } from '../checking.ts'

type Queries = ReadonlyMap<string, CheckedQuery>

/** The window function that made a column, also in a query below, and whether its windows are of instants. */
type Made = { readonly window: WindowKind; readonly isZoned: boolean }

/** Where the event time of the rows of a query is; undefined: they have none. */
export function timeOf({ query: { plan } }: CheckedQuery, queries: Queries): AlertTime | undefined {
  const { fields } = plan
  const isZoned = (column: number) => fields[column]?.type.kind === 'TIMESTAMP_LTZ'
  if (comesInOrder(plan)) {
    for (const role of ['end', 'start', 'time'] as const) {
      const column = fields.findIndex((field) => field.window === role)
      if (column < 0) continue
      const made = madeBy(plan, column, queries)
      if (role === 'start' && made === undefined) continue
      return { kind: 'window', role, column, window: made?.window, isZoned: made?.isZoned ?? isZoned(column) }
    }
  }
  const column = plan.fields.findIndex((field) => field.rowtime === true)
  return column < 0 || (comesInOrder(plan) && !comesByTime(plan))
    ? undefined
    : { kind: 'rowtime', column, isZoned: isZoned(column) }
}

function madeBy(plan: Plan, column: number, queries: Queries): Made | undefined {
  switch (plan.kind) {
    case 'scan': {
      const below = queries.get(plan.table)
      const inside = plan.columns[column]
      return below === undefined || inside === undefined ? undefined : madeBy(below.query.plan, inside, queries)
    }
    case 'window':
      if (column < plan.input.fields.length) return madeBy(plan.input, column, queries)
      return { window: plan.window, isZoned: plan.input.fields[plan.time]?.type.kind === 'TIMESTAMP_LTZ' }
    case 'project': {
      const expression = plan.expressions[column]
      return expression?.kind === 'column' ? madeBy(plan.input, expression.column, queries) : undefined
    }
    case 'aggregate': {
      const key = plan.keys[column]
      return key === undefined ? undefined : madeBy(plan.input, key, queries)
    }
    case 'filter':
    case 'first':
    case 'sort':
      return madeBy(plan.input, column, queries)
    case 'rank':
    case 'over':
    case 'lookup':
      return column < plan.input.fields.length ? madeBy(plan.input, column, queries) : undefined
    case 'join': {
      const width = plan.left.fields.length
      return column < width ? madeBy(plan.left, column, queries) : madeBy(plan.right, column - width, queries)
    }
    case 'expand': {
      const kept = plan.kept[column]
      return kept === undefined ? undefined : madeBy(plan.input, kept, queries)
    }
    case 'union': {
      const found = plan.inputs.map((input) => madeBy(input, column, queries))
      return found.every((one) => JSON.stringify(one) === JSON.stringify(found[0])) ? found[0] : undefined
    }
    default:
      return undefined
  }
}

/** The source topics behind a query, with the time after which each is quiet; undefined: never. */
export function topicsBehind(
  name: string,
  tables: Checking['tables'],
  queries: Queries,
): readonly { readonly topic: string; readonly idleMs: Duration | undefined }[] {
  const query = queries.get(name)
  if (query !== undefined) return query.reads.flatMap((read) => topicsBehind(read, tables, queries))
  const topic = tables.get(name)?.topic
  return topic === undefined ? [] : [{ topic: name, idleMs: topic.idleMs }]
}
