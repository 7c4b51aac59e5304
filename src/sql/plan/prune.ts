/**
 * Removes every column that nothing above uses, so that a scan lists, and a format decodes, only the columns that the
 * query needs.
 *
 * A pruned node has the columns that the node above needs and those that it needs itself, in their old order.
 */
import { assert } from '../../base/assert.ts'
import type { Field } from '../../record/type.ts'
import { columnExpression, columnsOf, replaceColumns } from '../expression/columns.ts'
import type { Expression } from '../expression/expression.ts'
import type { AggregateCall } from './aggregate.ts'
import { joinedFields, movedAggregate, movedFunction, movedTime, timeKeys } from './inputs.ts'
import type { Plan, PlanOf } from './plan.ts'

type Pruned = {
  readonly plan: Plan
  /** The new index of an old column that was needed. */
  at(column: number): number
}

/** The plan with the same columns; the nodes below have only the columns that these need. */
export function prune(plan: Plan): Plan {
  return exactly(
    plan,
    plan.fields.map((_, index) => index),
  )
}

/** The plan's columns `wanted`, and no others, in that order. */
function exactly(plan: Plan, wanted: readonly number[]): Plan {
  const pruned = pruneTo(plan, new Set(wanted))
  const columns = wanted.map((column) => pruned.at(column))
  if (columns.length === pruned.plan.fields.length && columns.every((column, index) => column === index))
    return pruned.plan
  return {
    kind: 'project',
    input: pruned.plan,
    expressions: columns.map((column) => columnExpression(pruned.plan.fields[column] as Field, column)),
    fields: wanted.map((column) => plan.fields[column] as Field),
  }
}

function pruneTo(plan: Plan, needed: ReadonlySet<number>): Pruned {
  switch (plan.kind) {
    case 'scan': {
      const clock = plan.clock === undefined ? -1 : plan.columns.indexOf(plan.clock)
      const kept = sorted(clock < 0 ? needed : new Set([...needed, clock]))
      const columns = kept.map((column) => plan.columns[column] as number)
      return placed({ ...plan, columns, fields: pick(plan.fields, kept) }, kept)
    }
    case 'values': {
      const kept = sorted(needed)
      return placed({ ...plan, rows: plan.rows.map((row) => pick(row, kept)), fields: pick(plan.fields, kept) }, kept)
    }
    case 'filter': {
      const input = pruneTo(plan.input, union(needed, columnsOf(plan.predicate)))
      return {
        ...input,
        plan: { ...plan, input: input.plan, predicate: moved(plan.predicate, input), fields: input.plan.fields },
      }
    }
    case 'project': {
      const kept = sorted(needed)
      const expressions = pick(plan.expressions, kept)
      const input = pruneTo(plan.input, union(...expressions.map((expression) => columnsOf(expression))))
      const fields = pick(plan.fields, kept)
      return placed(
        { ...plan, input: input.plan, expressions: expressions.map((each) => moved(each, input)), fields },
        kept,
      )
    }
    case 'window':
      return pruneWindow(plan, needed)
    case 'session':
      return pruneSession(plan, needed)
    case 'unnest':
      return pruneUnnest(plan, needed)
    case 'lookup':
      return pruneLookup(plan, needed)
    case 'expand':
      return pruneExpand(plan, needed)
    case 'join':
      return pruneJoin(plan, needed)
    case 'aggregate':
      return pruneAggregate(plan, needed)
    case 'rank':
      return pruneRank(plan, needed)
    case 'first': {
      const input = pruneTo(plan.input, union(needed, new Set([...plan.partitionBy, plan.time])))
      const partitionBy = plan.partitionBy.map((column) => input.at(column))
      const moved = { partitionBy, time: input.at(plan.time), fields: input.plan.fields }
      return { ...input, plan: { ...plan, ...moved, input: input.plan } }
    }
    case 'over':
      return pruneOver(plan, needed)
    case 'sort': {
      const input = pruneTo(plan.input, union(needed, new Set(plan.order.map(({ column }) => column))))
      const order = plan.order.map((key) => ({ ...key, column: input.at(key.column) }))
      return { ...input, plan: { ...plan, input: input.plan, order, fields: input.plan.fields } }
    }
    case 'changes':
    case 'alert':
      return { plan: plan.kind === 'changes' ? { ...plan, input: prune(plan.input) } : plan, at: (column) => column }
    case 'union': {
      const kept = sorted(needed)
      return placed(
        { ...plan, inputs: plan.inputs.map((each) => exactly(each, kept)), fields: pick(plan.fields, kept) },
        kept,
      )
    }
  }
}

function pruneWindow(plan: PlanOf<'window'>, needed: ReadonlySet<number>): Pruned {
  const width = plan.input.fields.length
  const input = pruneTo(plan.input, new Set([...[...needed].filter((column) => column < width), plan.time]))
  const at = (column: number) => (column < width ? input.at(column) : column - width + input.plan.fields.length)
  const fields = [...input.plan.fields.map(({ name, type }) => ({ name, type })), ...plan.fields.slice(width)]
  return { plan: { ...plan, input: input.plan, time: input.at(plan.time), fields }, at }
}

function pruneSession(plan: PlanOf<'session'>, needed: ReadonlySet<number>): Pruned {
  const width = plan.input.fields.length
  const below = [...needed].filter((column) => column < width)
  const input = pruneTo(plan.input, new Set([...below, ...plan.partitionBy, plan.time]))
  const at = (column: number) => (column < width ? input.at(column) : column - width + input.plan.fields.length)
  const fields = [...input.plan.fields.map(({ name, type }) => ({ name, type })), ...plan.fields.slice(width)]
  const partitionBy = plan.partitionBy.map((column) => input.at(column))
  return { plan: { ...plan, input: input.plan, partitionBy, time: input.at(plan.time), fields }, at }
}

/** The list itself is rarely used above. */
function pruneUnnest(plan: PlanOf<'unnest'>, needed: ReadonlySet<number>): Pruned {
  const columns = sorted(needed)
  const width = plan.kept.length
  const kept = columns.filter((column) => column < width).map((column) => plan.kept[column] as number)
  const parts = columns.filter((column) => column >= width).map((column) => plan.parts[column - width] as number)
  const input = pruneTo(plan.input, new Set([...kept, plan.list]))
  const moved = { list: input.at(plan.list), kept: kept.map((column) => input.at(column)), parts }
  return placed({ ...plan, ...moved, input: input.plan, fields: pick(plan.fields, columns) }, columns)
}

function pruneExpand(plan: PlanOf<'expand'>, needed: ReadonlySet<number>): Pruned {
  const columns = sorted(needed)
  const firstCopy = plan.kept.length
  const firstMark = firstCopy + plan.copied.length
  const kept = columns.filter((column) => column < firstCopy).map((column) => plan.kept[column] as number)
  const copies = columns
    .filter((column) => column >= firstCopy && column < firstMark)
    .map((column) => column - firstCopy)
  const marks = columns.filter((column) => column >= firstMark).map((column) => column - firstMark)
  const copied = pick(plan.copied, copies)
  const input = pruneTo(plan.input, new Set([...kept, ...copied]))
  const moved = { kept: kept.map((column) => input.at(column)), copied: copied.map((column) => input.at(column)) }
  const picked = { present: pick(plan.present, copies), marks: pick(plan.marks, marks) }
  return placed({ ...plan, ...moved, ...picked, input: input.plan, fields: pick(plan.fields, columns) }, columns)
}

function pruneLookup(plan: PlanOf<'lookup'>, needed: ReadonlySet<number>): Pruned {
  const width = plan.input.fields.length
  const used = plan.condition === undefined ? needed : union(needed, columnsOf(plan.condition))
  const own = sorted(used).filter((column) => column >= width)
  const input = pruneTo(plan.input, new Set([...[...used].filter((column) => column < width), ...plan.keys]))
  const at = (column: number) => (column < width ? input.at(column) : input.plan.fields.length + own.indexOf(column))
  const condition = plan.condition && replaceColumns(plan.condition, (each) => ({ ...each, column: at(each.column) }))
  const columns = own.map((column) => plan.columns[column - width] as number)
  const fields = [...input.plan.fields, ...pick(plan.fields, own)]
  const keys = plan.keys.map((column) => input.at(column))
  return { plan: { ...plan, input: input.plan, keys, columns, condition, fields }, at }
}

function pruneJoin(plan: PlanOf<'join'>, needed: ReadonlySet<number>): Pruned {
  const { keys, time } = plan
  const width = plan.left.fields.length
  const used = plan.condition === undefined ? needed : union(needed, columnsOf(plan.condition))
  const pairs = [...keys, ...timeKeys(time)]
  const ofLeft = [...used].filter((column) => column < width)
  const ofRight = [...used].filter((column) => column >= width).map((column) => column - width)
  const left = pruneTo(plan.left, new Set([...ofLeft, ...pairs.map((key) => key.left)]))
  const right = pruneTo(plan.right, new Set([...ofRight, ...pairs.map((key) => key.right)]))
  const narrow = left.plan.fields.length
  const at = (column: number) => (column < width ? left.at(column) : narrow + right.at(column - width))
  // Columns keep the names that the join gives them; others are there for a node below.
  const fields = joinedFields(plan, left.plan, right.plan).slice()
  for (const column of [...ofLeft, ...ofRight.map((each) => each + width)]) {
    const field = plan.fields[column]
    if (field !== undefined) fields[at(column)] = field
  }
  const moved = {
    keys: keys.map((key) => ({ left: left.at(key.left), right: right.at(key.right) })),
    condition: plan.condition && replaceColumns(plan.condition, (each) => ({ ...each, column: at(each.column) })),
    time: movedTime(time, left.at, right.at),
  }
  return { plan: { ...plan, ...moved, left: left.plan, right: right.plan, fields }, at }
}

function pruneAggregate(plan: PlanOf<'aggregate'>, needed: ReadonlySet<number>): Pruned {
  const width = plan.keys.length
  const kept = plan.fields.flatMap((_, column) => (column < width || needed.has(column) ? [column] : []))
  const calls = kept.slice(width).map((column) => plan.aggregates[column - width] as AggregateCall)
  const used = calls.flatMap(({ argument, filter }) => [argument, filter]).filter((column) => column !== undefined)
  const input = pruneTo(plan.input, new Set([...plan.keys, ...used]))
  const aggregates = calls.map((call) => movedAggregate(call, input.at))
  const keys = plan.keys.map((column) => input.at(column))
  return placed({ ...plan, input: input.plan, keys, aggregates, fields: pick(plan.fields, kept) }, kept)
}

function pruneRank(plan: PlanOf<'rank'>, needed: ReadonlySet<number>): Pruned {
  const width = plan.input.fields.length
  const own = [...plan.partitionBy, ...plan.order.map(({ column }) => column), ...(plan.keyed ?? [])]
  const input = pruneTo(plan.input, new Set([...[...needed].filter((column) => column < width), ...own]))
  const keyed = plan.keyed?.map((column) => input.at(column))
  const withRank = plan.withRank && needed.has(width)
  const rank = plan.fields.slice(width)
  return {
    plan: {
      ...plan,
      input: input.plan,
      partitionBy: plan.partitionBy.map((column) => input.at(column)),
      order: plan.order.map((key) => ({ ...key, column: input.at(key.column) })),
      withRank,
      ...(keyed && { keyed }),
      fields: withRank ? [...input.plan.fields, ...rank] : input.plan.fields,
    },
    at: (column) => (column < width ? input.at(column) : input.plan.fields.length),
  }
}

/** Without any of its aggregates and functions the node is not needed, as none leaves out a row. */
function pruneOver(plan: PlanOf<'over'>, needed: ReadonlySet<number>): Pruned {
  const width = plan.input.fields.length
  const below = [...needed].filter((column) => column < width)
  const kept = sorted(needed).filter((column) => column >= width)
  if (kept.length === 0) return pruneTo(plan.input, new Set(below))
  const calls = plan.calls.filter((_, index) => needed.has(width + index))
  const functions = plan.functions.filter((_, index) => needed.has(width + plan.calls.length + index))
  const used = [...calls, ...functions].flatMap((each) =>
    'argument' in each && each.argument !== undefined ? [each.argument] : [],
  )
  const own = [...plan.partitionBy, ...plan.order.map(({ column }) => column), ...used]
  const input = pruneTo(plan.input, new Set([...below, ...own]))
  const { fields } = input.plan
  return {
    plan: {
      ...plan,
      input: input.plan,
      partitionBy: plan.partitionBy.map((column) => input.at(column)),
      order: plan.order.map((key) => ({ ...key, column: input.at(key.column) })),
      calls: calls.map((call) => movedAggregate(call, input.at)),
      functions: functions.map((each) => movedFunction(each, input.at)),
      fields: [...fields, ...[...calls, ...functions].map(({ field }) => field)],
    },
    at: (column) => (column < width ? input.at(column) : fields.length + kept.indexOf(column)),
  }
}

function placed(plan: Plan, kept: readonly number[]): Pruned {
  const at = (column: number): number => {
    const index = kept.indexOf(column)
    assert(index !== -1, `column ${column} is kept`)
    return index
  }
  return { plan, at }
}

const sorted = (columns: ReadonlySet<number>): readonly number[] => [...columns].sort((a, b) => a - b)

const pick = <T>(list: readonly T[], kept: readonly number[]): readonly T[] => kept.map((index) => list[index] as T)

const union = (...sets: readonly ReadonlySet<number>[]): ReadonlySet<number> => new Set(sets.flatMap((set) => [...set]))

const moved = (expression: Expression, input: Pruned): Expression =>
  replaceColumns(expression, (column) => ({ ...column, column: input.at(column.column) }))
