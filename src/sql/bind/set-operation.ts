/** Binds UNION, INTERSECT and EXCEPT. The last two group the rows of both sides, and count those of each. */
import { BIGINT, BOOLEAN, type Field, typeName } from '../../record/type.ts'
import { columnExpression } from '../expression/columns.ts'
import type { Expression } from '../expression/expression.ts'
import { foldCase, foldLogic, literal } from '../expression/fold.ts'
import { repeated } from '../function/collection/repeated.ts'
import { commonTypeOf } from '../function/common-type.ts'
import type { AggregateCall } from '../plan/aggregate.ts'
import type { Plan } from '../plan/plan.ts'
import type { QueryBody } from '../syntax/ast.ts'
import { bindOperator, castExpression } from './call.ts'
import { refuseProctime } from './from/processing-time.ts'
import { expectKey } from './keys.ts'
import { hasMoreProblems } from './problems.ts'
import { projectOf } from './select.ts'
import {
  allColumns,
  emptyScope,
  type NamedQueries,
  noteChanging,
  refuse,
  type SelectColumn,
  type Statement,
} from './statement.ts'

type SetSyntax = Extract<QueryBody, { kind: 'set' }>

/** The plan of a set operation. */
export function bindSet(set: SetSyntax, statement: Statement, tables: NamedQueries): Plan {
  const { operator, all } = set
  if (operator !== 'UNION' && statement.mode === 'streaming') {
    const message = `${operator} compares all rows of both sides, and a stream never has them all`
    const hint = 'ask it of files with tailrace query; in a stream, join the rows of windows'
    return refuse(statement, set.range, message, hint)
  }
  if (operator === 'UNION' && !all && statement.mode === 'streaming')
    noteChanging(statement, set.range, 'write UNION ALL')
  const before = statement.problems.length
  const sides = [set.left, set.right].map((side) => ({
    plan: statement.bindQuery(side, statement, tables),
    range: side.range,
  }))
  const [left, right] = sides.map(({ plan }) => plan) as [Plan, Plan]
  if (hasMoreProblems(statement, before)) return left
  if (left.fields.length !== right.fields.length) {
    const message = `both sides of ${operator} must have as many columns: ${left.fields.length} and ${right.fields.length}`
    return refuse(statement, set.right.range, message)
  }
  const fields = left.fields.map((field, index) => sharedField(field, right.fields[index] as Field, set, statement))
  const columns = sides.map(({ plan, range }) => ({
    plan,
    columns: allColumns(plan).map(({ expression }, index): SelectColumn => {
      const { name, type } = fields[index] as Field
      return { expression: castExpression(expression, { type }, range, emptyScope(statement, operator)), name }
    }),
  }))
  if (!all || operator !== 'UNION') {
    for (const { type } of fields) expectKey(type, operator, set.range, statement)
  }
  if (operator !== 'UNION') return compared(set, fields, columns, statement)
  const inputs = columns.flatMap(({ plan, columns: cast }) => {
    const same = cast.every(({ expression }) => expression.kind === 'column')
    return plan.kind === 'union' && same ? plan.inputs : [same ? plan : projectOf(plan, cast)]
  })
  const union: Plan = { kind: 'union', inputs, fields }
  if (all) return union
  const keys = [...fields.keys()]
  return { kind: 'aggregate', input: union, keys, aggregates: [], windowed: false, fields }
}

type Side = { readonly plan: Plan; readonly columns: readonly SelectColumn[] }

/** INTERSECT and EXCEPT: the groups with the right numbers of rows; with ALL, each as often as these say. */
function compared(
  { operator, all, range }: SetSyntax,
  fields: readonly Field[],
  sides: readonly Side[],
  statement: Statement,
): Plan {
  const width = fields.length
  const keys = [...fields.keys()]
  const marks = ['of the left', 'of the right'].map((name): Field => ({ name, type: BOOLEAN }))
  const inputs = sides.map(({ plan, columns }, side) => {
    const marked = marks.map(({ name }, at) => ({ expression: literal(at === side, BOOLEAN), name }))
    return projectOf(plan, [...columns, ...marked])
  })
  const aggregates = marks.map(
    ({ name }, at): AggregateCall => ({
      function: 'COUNT',
      distinct: false,
      argument: undefined,
      filter: width + at,
      field: { name, type: BIGINT },
    }),
  )
  const groups: Plan = {
    kind: 'aggregate',
    input: { kind: 'union', inputs, fields: [...fields, ...marks] },
    keys,
    aggregates,
    windowed: false,
    fields: [...fields, ...aggregates.map(({ field }) => field)],
  }
  const scope = emptyScope(statement, operator)
  const compute = (sign: string, ...operands: readonly Expression[]) => bindOperator(sign, operands, range, scope)
  const [left, right] = aggregates.map(({ field }, at) => columnExpression(field, width + at)) as [
    Expression,
    Expression,
  ]
  const none = literal(0n, BIGINT)
  const kept = fields.map((field, index) => ({ expression: columnExpression(field, index), name: field.name }))
  if (!all) {
    const predicate = foldLogic('and', [
      compute('>', left, none),
      compute(operator === 'INTERSECT' ? '>' : '=', right, none),
    ])
    return projectOf({ kind: 'filter', input: groups, predicate, fields: groups.fields }, kept)
  }
  const times =
    operator === 'EXCEPT'
      ? compute('-', left, right)
      : foldCase([{ when: compute('<', left, right), then: left }], right, BIGINT)
  const input = projectOf(groups, [...kept, { expression: repeated(times), name: 'times' }])
  return { kind: 'unnest', input, list: width, kept: keys, parts: [], numbered: false, outer: false, fields }
}

/** The column has the left side's name, and carries event time where both sides of a UNION do. Windows of two queries differ. */
function sharedField(left: Field, right: Field, set: SetSyntax, statement: Statement): Field {
  const { operator } = set
  const isTimed = left.proctime === true && right.proctime === true && set.all && operator === 'UNION'
  if (!isTimed) for (const field of [left, right]) refuseProctime(field, set.range, emptyScope(statement, operator))
  const type = commonTypeOf([left.type, right.type])
  if (type === undefined) {
    const message = `column ${left.name} of ${operator} is ${typeName(left.type)} on the left and ${typeName(right.type)} on the right`
    return refuse(statement, set.right.range, message, 'CAST one side to the type of the other')
  }
  if (isTimed) return { name: left.name, type, proctime: true }
  return operator === 'UNION' && left.rowtime === true && right.rowtime === true
    ? { name: left.name, type, rowtime: true }
    : { name: left.name, type }
}
