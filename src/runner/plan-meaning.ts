/**
 * What the state of an operator means, as a digest of what is read and what is done to it. Projections are written into
 * the expressions above them, and conditions are a set; so plans that differ only in where these steps stand, in columns
 * that nothing uses, or in names have the same digest.
 */
import { assert, unreachable } from '../base/assert.ts'
import { sha256 } from '../base/digest.ts'
import { windowForm } from '../engine/state-layout.ts'
import { typeName } from '../record/type.ts'
import { conjunctsOf, operandsOf } from '../sql/expression/columns.ts'
import type { Expression, ExpressionOf } from '../sql/expression/expression.ts'
import type { AggregateCall } from '../sql/plan/aggregate.ts'
import { timeKeys } from '../sql/plan/inputs.ts'
import type { JoinKey, Plan } from '../sql/plan/plan.ts'

/** Rows as digests: where they come from, what each column is computed from, and which conditions hold for them. */
type Meaning = { readonly from: string; readonly columns: readonly string[]; readonly where: readonly string[] }

/** The digest of what a stateful operator's state is made of: its own work and all below it. */
export const stateMeaningOf = (plan: Plan): string => meaning(plan).from

function rowsDigest(plan: Plan): string {
  const { from, columns, where } = meaning(plan)
  return digest([from, columns, unique(where)])
}

function meaning(plan: Plan): Meaning {
  switch (plan.kind) {
    case 'scan':
      return { from: plan.table, columns: plan.columns.map((column) => digest([plan.table, column])), where: [] }
    case 'values':
      return made(plan, ['values', plan.rows.map((row) => row.map((each) => digestOf(each, [])))])
    case 'filter': {
      const input = meaning(plan.input)
      const conditions = conjunctsOf(plan.predicate).map((each) => digestOf(each, input.columns))
      return { ...input, where: [...input.where, ...conditions] }
    }
    case 'project': {
      const input = meaning(plan.input)
      return { ...input, columns: plan.expressions.map((each) => digestOf(each, input.columns)) }
    }
    case 'window':
      return windowMeaning(plan)
    case 'session':
      return made(plan, ['session', ...sessionParts(plan)])
    case 'unnest': {
      const input = meaning(plan.input)
      const items = ['unnest', at(input.columns, plan.list), plan.outer, plan.numbered]
      const kept = plan.kept.map((column) => at(input.columns, column))
      const parts = plan.parts.map((part) => digest([...items, part]))
      return { ...input, from: digest([...items, input.from]), columns: [...kept, ...parts] }
    }
    case 'lookup':
      return lookupMeaning(plan)
    case 'expand':
      return expandMeaning(plan)
    case 'join':
      return made(plan, ['join', ...joinParts(plan)])
    case 'aggregate': {
      const { from, columns, where } = meaning(plan.input)
      const keys = plan.keys.map((key) => at(columns, key))
      const calls = plan.aggregates.map((call) => callParts(call, columns))
      return made(plan, ['aggregate', keys, calls, plan.windowed, from, unique(where)])
    }
    case 'rank':
    case 'sort': {
      const { columns } = meaning(plan.input)
      const order = plan.order.map(({ column, descending, nullsFirst }) => [
        at(columns, column),
        descending,
        nullsFirst,
      ])
      const [partition, first, last] =
        plan.kind === 'rank'
          ? [plan.partitionBy.map((key) => at(columns, key)), plan.from, plan.to]
          : [[], plan.offset, plan.limit]
      return made(plan, [plan.kind, partition, order, first, last, rowsDigest(plan.input)])
    }
    case 'first':
      return made(plan, ['first', ...firstParts(plan)])
    case 'over':
      return made(plan, ['over', ...overParts(plan)])
    case 'union':
      return made(plan, ['union', plan.inputs.map(rowsDigest)])
    case 'changes':
      return made(plan, ['changes', plan.every.kind, plan.key, rowsDigest(plan.input)])
    case 'alert':
      return made(plan, ['alert', ...alertParts(plan)])
    default:
      return unreachable(plan)
  }
}

function firstParts({ input, partitionBy, time }: Extract<Plan, { kind: 'first' }>): readonly unknown[] {
  const { columns } = meaning(input)
  return [partitionBy.map((key) => at(columns, key)), at(columns, time), rowsDigest(input)]
}

function windowMeaning(plan: Extract<Plan, { kind: 'window' }>): Meaning {
  const input = meaning(plan.input)
  const window = [windowForm(plan.window), at(input.columns, plan.time)]
  const added = ['start', 'end', 'time'].map((role) => digest([role, ...window]))
  return { ...input, from: digest([...window, input.from]), columns: [...input.columns, ...added] }
}

/** The rows that are in sessions, by which key and which gap. */
function sessionParts({ input, gap, partitionBy, time }: Extract<Plan, { kind: 'session' }>): readonly unknown[] {
  const { columns } = meaning(input)
  return [gap, partitionBy.map((key) => at(columns, key)), at(columns, time), rowsDigest(input)]
}

function expandMeaning(plan: Extract<Plan, { kind: 'expand' }>): Meaning {
  const { columns, ...input } = meaning(plan.input)
  const sets = ['expand', plan.sets, plan.present, plan.marks]
  const kept = plan.kept.map((column) => at(columns, column))
  const copied = plan.copied.map((column, index) => digest([...sets, index, at(columns, column)]))
  const marks = plan.marks.map((mark) => digest([...sets, mark]))
  return { ...input, from: digest([...sets, copied, input.from]), columns: [...kept, ...copied, ...marks] }
}

/** What an aggregate is of. */
function callParts(
  { function: name, distinct, argument, filter, settings, field }: AggregateCall,
  columns: readonly string[],
) {
  const told = settings === undefined ? [] : [settings]
  return [name, distinct, optional(columns, argument), optional(columns, filter), typeName(field.type), ...told]
}

/** What is over which frames. Another ttl is no other state, as with first rows. */
function overParts(plan: Extract<Plan, { kind: 'over' }>): readonly unknown[] {
  const { input, partitionBy, order, frame, calls, functions } = plan
  const { columns } = meaning(input)
  const called = calls.map(({ function: name, argument, field }) => {
    return [name, optional(columns, argument), typeName(field.type)]
  })
  const by = [partitionBy.map((key) => at(columns, key)), order.map(({ column }) => at(columns, column))]
  const placed = functions.map((each) => {
    const argument = 'argument' in each ? optional(columns, each.argument) : undefined
    return [each.function, argument, 'offset' in each ? each.offset : undefined, typeName(each.field.type)]
  })
  const frames = [frame.unit, String(frame.from), String(frame.to)]
  return [...by, frames, called, ...(placed.length === 0 ? [] : [placed]), rowsDigest(input)]
}

function joinParts(plan: Extract<Plan, { kind: 'join' }>): readonly unknown[] {
  const { join, left, right, keys, condition, time, demand } = plan
  const [ofLeft, ofRight] = [meaning(left).columns, meaning(right).columns]
  const pair = (key: JoinKey) => [at(ofLeft, key.left), at(ofRight, key.right)]
  const tested = condition && conjunctsOf(condition).map((each) => digestOf(each, [...ofLeft, ...ofRight]))
  const inTime = time && [time.kind, timeKeys(time).map(pair), 'from' in time ? [time.from, time.to] : []]
  const pairs = unique(keys.map((key) => digest(pair(key))))
  return [join, pairs, unique(tested ?? []), inTime ?? '', demand ?? '', rowsDigest(left), rowsDigest(right)]
}

function lookupMeaning(plan: Extract<Plan, { kind: 'lookup' }>): Meaning {
  const input = meaning(plan.input)
  const keys = plan.keys.map((column) => at(input.columns, column))
  const found = ['lookup', plan.table, keys, plan.on.map(({ column }) => column), plan.outer]
  const columns = [...input.columns, ...plan.columns.map((column) => digest([...found, column]))]
  const condition = plan.condition && digestOf(plan.condition, columns)
  return { ...input, from: digest([...found, condition ?? '', input.from]), columns }
}

/** Which keys are in trouble, and their last rows: the conditions and times of an alert may change, and what stands goes on. */
function alertParts({ input, alert }: Extract<Plan, { kind: 'alert' }>): readonly unknown[] {
  const { from, columns, where } = meaning(input)
  const { key, time, width, watches } = alert
  const conditions = watches.kind === 'when' && [watches.clear !== undefined, watches.enough !== undefined]
  // Rows that wait for their time have what the conditions say of them beside them.
  const waiting = time.kind === 'rowtime' && conditions
  const keys = key.map((column) => at(columns, column))
  const rows = [time.kind, at(columns, time.column), from, columns.slice(0, width), unique(where)]
  return [watches.kind, waiting, keys, rows]
}

/** Rows that an operator makes: columns are known by their number from here on. */
function made(plan: Plan, by: readonly unknown[]): Meaning {
  const from = digest(by)
  return { from, columns: plan.fields.map((_, column) => digest([from, column])), where: [] }
}

function digestOf(expression: Expression, columns: readonly string[]): string {
  if (expression.kind === 'column') return at(columns, expression.column)
  const type = typeName(expression.type)
  if (expression.kind === 'literal') {
    const { value } = expression
    return digest(['literal', type, typeof value === 'number' ? String(value) : value])
  }
  const does = expression.kind === 'call' ? callMeaning(expression) : [expression.kind]
  return digest([...does, type, operandsOf(expression).map((operand) => digestOf(operand, columns))])
}

function callMeaning({ name, keywords = [], call }: ExpressionOf<'call'>): readonly unknown[] {
  return call.code === undefined ? [name, keywords] : [name, keywords, { code: call.code }]
}

function at(columns: readonly string[], column: number): string {
  const found = columns[column]
  assert(found !== undefined, 'a plan speaks of columns that its input has')
  return found
}

const optional = (columns: readonly string[], column: number | undefined): string | undefined =>
  column === undefined ? undefined : at(columns, column)

const unique = (digests: readonly string[]): readonly string[] => [...new Set(digests)].sort()

/** 32 hexadecimal digits that stand for a value of plain objects and arrays, as `JSON.stringify` writes it. */
export function digest(value: unknown, replacer: (key: string, value: unknown) => unknown = withoutBigints): string {
  return sha256(JSON.stringify(value, replacer), 'hex').slice(0, 32)
}

const withoutBigints = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)
