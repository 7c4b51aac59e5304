/**
 * Grouping: in a grouped query, SELECT, HAVING and ORDER BY are about groups. An expression that equals a group key is that
 * key, an aggregate is a column, and any other column is refused.
 *
 * Columns of the aggregate node: the keys, then the aggregates, each once however often it is written.
 */

import { assert } from '../../base/assert.ts'
import {
  BIGINT,
  BOOLEAN,
  decimal,
  type Field,
  isNested,
  isNumeric,
  shortTypeName,
  type Type,
  typeName,
} from '../../record/type.ts'
import { columnExpression, isSameColumn } from '../expression/columns.ts'
import type { Expression } from '../expression/expression.ts'
import { haveWindow } from '../plan/inputs.ts'
import type { AggregateCall, AggregateName, Plan } from '../plan/plan.ts'
import type { ExpressionSyntax, SelectItem, SyntaxOf } from '../syntax/ast.ts'
import { isNode } from '../syntax/children.ts'
import { AGGREGATES, hasAggregate, isAggregate } from './call.ts'
import { bindCondition, bindExpression } from './expression.ts'
import { expectKey } from './keys.ts'
import { bindColumn, fieldAt, pathOf, quote, resolveColumns } from './name.ts'
import { orProblem } from './problems.ts'
import { refuse, type Scope, writtenText } from './statement.ts'

export type Grouping = {
  /** The scope of expressions over the groups. */
  readonly scope: Scope
  /** The aggregate over the rows. Call it when every expression over the groups is bound: they add the aggregates. */
  plan(rows: Plan): Plan
}

/**
 * A text that is equal for expressions with the same meaning: it has no ranges, names of functions are in upper case, and
 * columns are indexes.
 */
export function syntaxMeaning(node: ExpressionSyntax, scope: Scope): string {
  return JSON.stringify(node, (key, value: unknown) => {
    if (key === 'range') return undefined
    if (!isNode(value) || !('kind' in value)) return value
    if (value.kind === 'column') {
      const whole = pathOf(value as SyntaxOf<'column'>, scope)
      if (whole.kind !== 'column') return whole
      const found = resolveColumns(value as SyntaxOf<'column'>, scope)
      return found.length === 1 ? found[0] : value
    }
    if (value.kind === 'call') return { ...value, name: (value as SyntaxOf<'call'>).name.name.toUpperCase() }
    return value
  })
}

/** Groups rows by expressions over them; no expressions make one group of all rows. `items` are those of SELECT, for hints. */
export function bindGrouping(
  groupBy: readonly ExpressionSyntax[],
  items: readonly SelectItem[],
  rows: Scope,
): Grouping {
  const keyScope: Scope = { ...rows, clause: 'GROUP BY' }
  let isBroken = false
  const inputs: Expression[] = []
  const inputFields: Field[] = []
  const input = (expression: Expression, name: string): number => {
    const same = inputs.findIndex((other) => isSameColumn(other, expression))
    if (same !== -1) return same
    inputFields.push(fieldOf(expression, name, rows))
    return inputs.push(expression) - 1
  }
  const keys = new Map<string, Expression>()
  const keyInputs: number[] = []
  for (const node of groupBy) {
    const text = syntaxMeaning(node, rows)
    if (keys.has(text)) continue
    const key = orProblem(() => bindExpression(node, keyScope), rows, { node, scope: keyScope, rows })
    isBroken ||= key === undefined
    if (key === undefined) continue
    expectKey(key.type, 'GROUP BY', node.range, rows.statement)
    const index = input(key, writtenText(rows.statement, node.range))
    // A constant stays one wherever it is written: lists and patterns want constants.
    keys.set(text, key.kind === 'literal' ? key : columnExpression(inputFields[index] as Field, keyInputs.length))
    keyInputs.push(index)
  }
  const keyFields = keyInputs.map((index) => inputFields[index] as Field)
  const calls = new Map<string, AggregateCall>()

  const scope: Scope = {
    ...rows,
    clause: 'SELECT',
    intercept(node, { clause }) {
      const text = syntaxMeaning(node, rows)
      const key = keys.get(text)
      if (key !== undefined) return key
      if (isAggregate(node)) {
        const call = calls.get(text) ?? bindAggregate(node, rows, input)
        calls.set(text, call)
        return columnExpression(call.field, keyFields.length + [...calls.keys()].indexOf(text))
      }
      if (node.kind !== 'column' || pathOf(node, rows).kind !== 'column') return undefined
      const column = bindColumn(node, { ...rows, clause })
      // Where a key could not be bound, it is not known what the rows are grouped by.
      if (isBroken) return column
      const { name } = column
      const hint = insteadOfOrdinals(groupBy, items, rows) ?? `add it to GROUP BY, or aggregate it: MAX(${quote(name)})`
      return refuse(rows.statement, node.range, `column ${quote(name)} is neither grouped by nor aggregated`, hint)
    },
  }
  const plan = (from: Plan): Plan => {
    const aggregates = [...calls.values()]
    return {
      kind: 'aggregate',
      input: { kind: 'project', input: from, expressions: inputs, fields: inputFields },
      keys: keyInputs,
      aggregates,
      windowed: haveWindow(keyFields),
      fields: [...keyFields, ...aggregates.map((call) => call.field)],
    }
  }
  return { scope, plan }
}

/** The hint for a GROUP BY that counts the columns of SELECT: 1, 2; undefined where it does not. */
function insteadOfOrdinals(
  groupBy: readonly ExpressionSyntax[],
  items: readonly SelectItem[],
  { statement }: Scope,
): string | undefined {
  const number = groupBy.find(({ kind }) => kind === 'number')
  if (number === undefined) return undefined
  const keys = groupBy.flatMap((key) => {
    const item = key.kind === 'number' ? items[Number(key.text) - 1]?.expression : key
    return item === undefined || item.kind === 'star' || hasAggregate(item) ? [] : [writtenText(statement, item.range)]
  })
  const reason = `${writtenText(statement, number.range)} in GROUP BY is a number and no column of SELECT`
  return keys.length === 0 ? reason : `${reason}: write GROUP BY ${[...new Set(keys)].join(', ')}`
}

/** The field of an expression over rows: a bare column is still a column of its window or of event time. */
function fieldOf(expression: Expression, name: string, rows: Scope): Field {
  if (expression.kind !== 'column') return { name, type: expression.type }
  return { ...fieldAt(rows, expression.column), name }
}

/** An aggregate over the rows of a scope; `input` gives the index of an expression over them. */
export function bindAggregate(
  node: SyntaxOf<'call'>,
  rows: Scope,
  input: (expression: Expression, name: string) => number,
): AggregateCall {
  const { statement } = rows
  const name = node.name.name.toUpperCase()
  const called = AGGREGATES.get(name)
  assert(called !== undefined, 'an aggregate is one of those that are listed')
  const inside: Scope = { ...rows, clause: `the inside of ${name}` }
  const [argument, another] = node.arguments
  if (another !== undefined || (argument === undefined) !== node.star || (node.star && name !== 'COUNT')) {
    const hint = name === 'COUNT' ? 'write COUNT(*), COUNT(x) or COUNT(DISTINCT x)' : `write ${name}(x)`
    refuse(statement, node.range, `${name} wants one argument`, hint)
  }
  const value = argument === undefined ? undefined : bindExpression(argument, inside)
  if (node.distinct && value !== undefined) expectKey(value.type, 'DISTINCT', node.range, statement)
  const filter =
    node.filter === undefined
      ? undefined
      : bindCondition(node.filter, 'FILTER (WHERE …)', { ...inside, clause: 'FILTER' })
  return {
    function: called,
    distinct: node.distinct,
    argument: value && argument && input(value, writtenText(statement, argument.range)),
    filter: filter && node.filter && input(filter, writtenText(statement, node.filter.range)),
    field: {
      name: writtenText(statement, node.range),
      type: value === undefined ? BIGINT : resultType(called, value.type, node, rows),
    },
  }
}

/** As in Flink: a SUM has the type of its argument, and wraps round; an AVG or STDDEV of integers is an integer. */
function resultType(name: AggregateName, type: Type, node: SyntaxOf<'call'>, { statement }: Scope): Type {
  const written = node.name.name.toUpperCase()
  const fail = (what: string, hint?: string): never => refuse(statement, node.range, `${written} ${what}`, hint)
  if (type.kind === 'NULL') return fail('of a bare NULL has no type', 'write CAST(NULL AS INT), or the type you mean')
  switch (name) {
    case 'COUNT':
      return BIGINT
    case 'MIN':
    case 'MAX':
      if (type.kind === 'BYTES') return fail('has no order for BYTES', 'as in Flink; CAST to STRING')
      return isNested(type) ? fail(`has no order for ${shortTypeName(type)}`, 'take an element or a field of it') : type
    case 'SUM':
    case 'AVG':
    case 'STDDEV_POP':
    case 'STDDEV_SAMP':
    case 'VAR_POP':
    case 'VAR_SAMP':
      if (!isNumeric(type)) {
        const hint = type.kind === BOOLEAN.kind ? 'write COUNT(*) FILTER (WHERE …)' : 'CAST it to a number first'
        return fail(`wants a number, not ${typeName(type)}`, hint)
      }
      if (type.kind !== 'DECIMAL') return type
      return decimal(38, name === 'SUM' ? type.scale : Math.max(6, type.scale))
  }
}
