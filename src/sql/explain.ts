/** Prints a plan for people: the result's columns, the state that operators keep, and the tree from result to scans. */
import { unreachable } from '../base/assert.ts'
import type { Duration } from '../base/quantity.ts'
import { counted, roundSpan } from '../base/units.ts'
import { type Field, INT, isTimestamp, typeName } from '../record/type.ts'
import type { Catalog } from './catalog.ts'
import { statesOf } from './explain-states.ts'
import { printExpression, printInterval } from './expression/print.ts'
import type { AggregateCall } from './plan/aggregate.ts'
import { inputsOf } from './plan/inputs.ts'
import type { OrderKey, Plan, PlanOf, Query, RowFunction, WindowKind } from './plan/plan.ts'

/** The query in several lines; `catalog` must have its tables. */
export function explain(query: Query, catalog: Catalog): string {
  const { plan, mode, rowKey, warnings } = query
  const columns = plan.fields.map(({ name, type }) => `${name} ${typeName(type)}`)
  const state = [...new Set(statesOf(plan, mode))]
  const lines = [
    `mode     ${mode}`,
    `columns  ${columns.join(', ')}`,
    `row key  ${rowKeyText(rowKey, plan)}`,
    `state    ${state.length === 0 ? 'none' : state.join('; ')}`,
    'plan',
    ...tree(plan, catalog, mode).map((line) => `  ${line}`),
    ...warnings.flatMap(({ message, hint }) => [
      `warning  ${message}`,
      ...(hint === undefined ? [] : [`         ${hint}`]),
    ]),
  ]
  return lines.join('\n')
}

function rowKeyText(rowKey: Query['rowKey'], plan: Plan): string {
  if (rowKey === undefined) return 'none: rows are known by topic, partition, offset and ordinal'
  if (rowKey.length === 0) return 'none needed: there is one row'
  return names(plan.fields, rowKey)
}

function tree(plan: Plan, catalog: Catalog, mode: Query['mode']): string[] {
  const below = inputsOf(plan).flatMap((input) => tree(input, catalog, mode).map((line) => `  ${line}`))
  return [describe(plan, catalog, mode), ...below]
}

function describe(plan: Plan, catalog: Catalog, mode: Query['mode']): string {
  switch (plan.kind) {
    case 'scan':
      return describeScan(plan, catalog, mode)
    case 'values':
      return `values   ${counted(plan.rows.length, 'row')}`
    case 'filter':
      return `filter   ${printExpression(plan.predicate, plan.input.fields)}`
    case 'project':
      return `project  ${plan.expressions
        .map((expression, index) => renamed(printExpression(expression, plan.input.fields), plan.fields[index]))
        .join(', ')}`
    case 'window':
      return `window   ${describeWindow(plan.window)} on ${names(plan.input.fields, [plan.time])}`
    case 'session':
      return `session  ${describeSession(plan)}`
    case 'unnest': {
      const width = plan.kept.length
      const items = plan.parts.length === 0 ? '' : `: ${names(plan.fields.slice(width), [...plan.parts.keys()])}`
      const outer = plan.outer ? ', or NULL if it has none' : ''
      return `unnest   each item of ${names(plan.input.fields, [plan.list])}${outer}${items}`
    }
    case 'lookup':
      return describeLookup(plan)
    case 'expand':
      return describeExpand(plan)
    case 'join':
      return describeJoin(plan)
    case 'aggregate': {
      const calls = plan.aggregates.map((call) => renamed(describeCall(call, plan.input.fields), call.field))
      const keys = plan.keys.length === 0 ? 'all rows' : `by ${names(plan.input.fields, plan.keys)}`
      return `group    ${keys}${calls.length === 0 ? '' : `: ${calls.join(', ')}`}`
    }
    case 'rank': {
      const { from, to, input, partitionBy } = plan
      const ranks = from === to ? `row ${from}` : `rows ${from} to ${to}`
      const each = partitionBy.length === 0 ? '' : ` of each ${names(input.fields, partitionBy)}`
      return `rank     ${ranks}${each}, by ${orderText(plan.order, input.fields)}`
    }
    case 'first': {
      const { input, partitionBy, time, ttl } = plan
      const each = partitionBy.length === 0 ? '' : ` of each ${names(input.fields, partitionBy)}`
      const anew = ttl === undefined ? '' : `, anew after ${roundSpan(ttl)}`
      return `first    row${each}, by ${names(input.fields, [time])}${anew}`
    }
    case 'over':
      return `over     ${describeOver(plan)}`
    case 'sort': {
      const order = plan.order.length === 0 ? 'as they come' : `by ${orderText(plan.order, plan.input.fields)}`
      const limit = plan.limit === undefined ? '' : `, ${plan.limit} rows`
      return `sort     ${order}${limit}${plan.offset === 0 ? '' : `, from row ${plan.offset + 1}`}`
    }
    case 'union':
      return `union    ${plan.inputs.length} inputs`
    case 'changes': {
      const { every, ttl, settled } = plan
      const step = every.kind === 'time' ? `${roundSpan(every.ms)} of event time` : counted(every.count, 'record')
      const anew = ttl === undefined ? '' : `, anew after ${roundSpan(ttl)}`
      return `changes  ${settled ? 'new rows' : 'rows that differ'}, every ${step}${anew}`
    }
    case 'alert':
      return `alert    ${describeAlert(plan)}`
    default:
      return unreachable(plan)
  }
}

function describeScan(plan: PlanOf<'scan'>, catalog: Catalog, mode: Query['mode']): string {
  const table = catalog.get(plan.table)
  const decoded = plan.columns.map((column, index) => table?.fields[column]?.name ?? plan.fields[index]?.name)
  const columns = decoded.length === 0 ? 'no columns, only counts lines' : `decodes ${decoded.join(', ')}`
  const { rowtime } = table ?? {}
  if (mode === 'batch' || rowtime === undefined || !plan.columns.includes(rowtime.field)) {
    return `scan     ${plan.table}: ${columns}`
  }
  const delay = rowtime.delay === 0 ? '' : ` - ${printInterval(rowtime.delay)}`
  return `scan     ${plan.table}: ${columns}; watermark ${table?.fields[rowtime.field]?.name}${delay}`
}

function describeLookup(plan: PlanOf<'lookup'>): string {
  const { table, keys, on, columns, condition, outer, input, fields } = plan
  const by = on.map(({ field }, index) => `${field.name} = ${names(input.fields, [keys[index] as number])}`)
  const where = condition === undefined ? '' : ` and ${printExpression(condition, fields)}`
  const found =
    columns.length === 0
      ? ''
      : `: ${fields
          .slice(input.fields.length)
          .map(({ name }) => name)
          .join(', ')}`
  return `lookup   ${table} by ${by.join(' and ')}${where}${outer ? ', or NULL if there is none' : ''}${found}`
}

const JOINS: Readonly<Record<PlanOf<'join'>['join'], string>> = {
  inner: 'pairs',
  left: 'all of the first, with pairs',
  right: 'all of the second, with pairs',
  full: 'all of both, with pairs',
  semi: 'rows with a pair',
  anti: 'rows without a pair',
}

function describeJoin({ join, left, right, keys, condition, time, demand }: PlanOf<'join'>): string {
  const both = [...left.fields, ...right.fields]
  const pairs = keys.map((key) => `${names(left.fields, [key.left])} = ${names(right.fields, [key.right])}`)
  const where = condition === undefined ? [] : [printExpression(condition, both)]
  const inTime =
    time?.kind !== 'interval'
      ? []
      : [
          `${names(right.fields, [time.on.right])} from ${spanText(time.from)} to ${spanText(time.to)} after ${names(left.fields, [time.on.left])}`,
        ]
  const on = [...pairs, ...inTime, ...where]
  const needs = { single: ', of which each finds one at most', 'not-in': ', as NOT IN counts NULLs' }
  return `join     ${JOINS[join]}${on.length === 0 ? ', each with each' : ` where ${on.join(' and ')}`}${demand === undefined ? '' : needs[demand]}`
}

const spanText = (ms: Duration): string => (ms < 0 ? `-${printInterval(-ms)}` : printInterval(ms))

const describeSession = ({ input: { fields }, gap, partitionBy, time }: PlanOf<'session'>): string =>
  `of (${names(fields, partitionBy)}), with a gap of ${printInterval(gap)} on ${names(fields, [time])}`

function describeWindow(window: WindowKind): string {
  const offset = window.offset === 0 ? '' : `, shifted by ${printInterval(window.offset)}`
  const size = printInterval(window.size)
  switch (window.kind) {
    case 'tumble':
      return `TUMBLE of ${size}${offset}`
    case 'hop':
      return `HOP of ${size} every ${printInterval(window.slide)}${offset}`
    case 'cumulate':
      return `CUMULATE up to ${size} in steps of ${printInterval(window.step)}${offset}`
    default:
      return unreachable(window)
  }
}

function describeExpand({ input: { fields }, sets, copied, present }: PlanOf<'expand'>): string {
  const texts = Array.from({ length: sets }, (_, set) => {
    const has = copied.filter((_column, index) => present[index]?.[set] === true)
    return `(${names(fields, has)})`
  })
  return `expand   each row for each of ${texts.join(', ')}`
}

function describeCall(call: AggregateCall, fields: readonly Field[]): string {
  const argument = call.argument === undefined ? '*' : (fields[call.argument]?.name ?? '')
  const filter = call.filter === undefined ? '' : ` FILTER (WHERE ${fields[call.filter]?.name})`
  return `${call.function}(${call.distinct ? 'DISTINCT ' : ''}${argument})${filter}`
}

function describeFunction(called: RowFunction, fields: readonly Field[]): string {
  if (called.function === 'NTILE') return `NTILE(${called.buckets})`
  if (!('offset' in called)) return `${called.function}()`
  const { argument, offset } = called
  return `${called.function}(${argument === undefined ? '*' : fields[argument]?.name}${offset === 1 ? '' : `, ${offset}`})`
}

function describeOver(plan: PlanOf<'over'>): string {
  const { partitionBy, order, frame, calls, functions, ttl } = plan
  const { fields } = plan.input
  const each = partitionBy.length === 0 ? 'all rows' : `each ${names(fields, partitionBy)}`
  const by = order.length === 0 ? '' : `, by ${orderText(order, fields)}`
  const [first] = order
  const isTime = first !== undefined && isTimestamp(fields[first.column]?.type ?? INT)
  const bound = (distance: number) => {
    if (distance === 0) return 'CURRENT ROW'
    const size = Math.abs(distance)
    const written = frame.unit === 'range' && isTime ? printInterval(size) : String(size)
    return `${size === Infinity ? 'UNBOUNDED' : written} ${distance < 0 ? 'PRECEDING' : 'FOLLOWING'}`
  }
  const between = `${frame.unit.toUpperCase()} BETWEEN ${bound(frame.from)} AND ${bound(frame.to)}`
  const anew = ttl === undefined ? '' : `, anew after ${roundSpan(ttl)}`
  const called = calls.map((call) => renamed(describeCall(call, fields), call.field))
  const placed = functions.map((each) => renamed(describeFunction(each, fields), each.field))
  // Functions alone have no frame.
  const framed = calls.length === 0 ? '' : `, ${between}`
  return `${each}${by}${framed}${anew}: ${[...called, ...placed].join(', ')}`
}

/** The conditions are columns of the projection below. */
function describeAlert({ alert, input }: PlanOf<'alert'>): string {
  const { watches, key, limit, remindMs } = alert
  const span = (ms: Duration | undefined, word: string) => (ms === undefined ? '' : `, ${word} ${roundSpan(ms)}`)
  const each = key.length === 0 ? '' : `, for each ${names(input.fields, key)} (up to ${limit.toLocaleString('en')})`
  const what =
    watches.kind === 'absent'
      ? `no row for ${roundSpan(watches.absentMs)}`
      : `${names(input.fields, [watches.when])}${watches.forMs === 0 ? '' : ` for ${roundSpan(watches.forMs)}`}${watches.clear === undefined ? '' : ` until ${names(input.fields, [watches.clear])}`}${span(watches.quietMs, 'or no row for')}`
  return `${what}${each}${span(remindMs, 'again every')}`
}

const renamed = (text: string, field: Field | undefined): string =>
  field === undefined || field.name === text ? text : `${text} AS ${field.name}`

const names = (fields: readonly Field[], columns: readonly number[]): string =>
  columns.map((column) => fields[column]?.name).join(', ')

function orderText(order: readonly OrderKey[], fields: readonly Field[]): string {
  return order
    .map(({ column, descending, nullsFirst }) => {
      const nulls = nullsFirst === descending ? ` NULLS ${nullsFirst ? 'FIRST' : 'LAST'}` : ''
      return `${fields[column]?.name}${descending ? ' DESC' : ''}${nulls}`
    })
    .join(', ')
}
