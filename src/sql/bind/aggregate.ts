/**
 * Grouping: in a grouped query, SELECT, HAVING and ORDER BY are about groups. An expression that equals a group key is that
 * key, an aggregate is a column, and any other column is refused.
 *
 * Columns of the aggregate node: the keys, then the aggregates, each once however often it is written.
 */

import type { Field } from '../../record/type.ts'
import { columnExpression, isSameColumn } from '../expression/columns.ts'
import type { Expression } from '../expression/expression.ts'
import { madeObject } from '../function/json/made-object.ts'
import type { AggregateCall } from '../plan/aggregate.ts'
import { haveWindow } from '../plan/inputs.ts'
import { windowKind } from '../plan/key.ts'
import type { Plan } from '../plan/plan.ts'
import type { ExpressionSyntax, QuerySyntax, SelectItem, SyntaxOf } from '../syntax/ast.ts'
import { isNode } from '../syntax/children.ts'
import { bindAggregate } from './aggregate-call.ts'
import { hasAggregate, isAggregate } from './aggregates.ts'
import { bindExpression } from './expression.ts'
import { bindSets, expanded } from './grouping-sets.ts'
import { expectKey } from './keys.ts'
import { bindColumn, fieldAt, pathOf, quote, resolveColumns } from './name.ts'
import { orProblem } from './problems.ts'
import { refuse, type Scope, type SelectSyntax, writtenText } from './statement.ts'

export type Grouping = {
  /** The scope of expressions over the groups. */
  readonly scope: Scope
  /** The aggregate over the rows. Call it when every expression over the groups is bound: they add the aggregates. */
  plan(rows: Plan): Plan
  /** The columns of further keys. */
  readonly further: readonly Expression[]
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

/**
 * Groups rows by expressions over them; no expressions make one group of all rows. `query` is around the SELECT; `further` are keys
 * that no expression names.
 */
export function bindGrouping(
  select: SelectSyntax,
  query: QuerySyntax,
  rows: Scope,
  further: readonly Expression[] = [],
): Grouping {
  const { groupBy = [], items } = select
  const inputs: Expression[] = []
  const inputFields: Field[] = []
  const input = (expression: Expression, name: string): number => {
    const same = inputs.findIndex((other) => isSameColumn(other, expression))
    if (same !== -1) return same
    inputFields.push(fieldOf(expression, name, rows))
    return inputs.push(expression) - 1
  }
  const { keys, keyInputs: named, isBroken } = bindKeys(groupBy, rows, input, inputFields)
  const keyInputs = [...named, ...further.map((key) => input(key, 'of the row around'))]
  const allKeys = [...keys.keys()]
  const found = (index: number) => (index < 0 ? undefined : index)
  const indexOf = (node: ExpressionSyntax) => found(allKeys.indexOf(syntaxMeaning(node, rows)))
  const fields = keyInputs.map((index) => inputFields[index] as Field)
  const sets = bindSets(select, query, { fields, inputs: keyInputs, indexOf }, rows)
  const groupFields = [...sets.fields, ...sets.marks.map(({ field }) => field)]
  const calls = new Map<string, AggregateCall>()
  const written = new Map<AggregateCall, SyntaxOf<'call'>>()

  const scope: Scope = {
    ...rows,
    clause: 'SELECT',
    intercept(node, { clause }) {
      const text = syntaxMeaning(node, rows)
      const key = keys.get(text)
      if (key !== undefined && sets.sets === undefined) return key
      const index = allKeys.indexOf(text)
      if (index >= 0) return columnExpression(sets.fields[index] as Field, index)
      const grouping = sets.bind(node)
      if (grouping !== undefined) return grouping
      if (isAggregate(node)) {
        const call = calls.get(text) ?? bindAggregate(node, rows, input)
        calls.set(text, call)
        written.set(call, node)
        const column = columnExpression(call.field, groupFields.length + [...calls.keys()].indexOf(text))
        return call.function === 'JSON_OBJECTAGG' ? madeObject(column) : column
      }
      if (node.kind !== 'column' || pathOf(node, rows).kind !== 'column') return undefined
      const column = bindColumn(node, { ...rows, clause })
      // Where a key could not be bound, it is not known what the rows are grouped by.
      if (isBroken) return column
      const name = quote(column.name)
      const hint = insteadOfOrdinals(groupBy, items, rows) ?? `add it to GROUP BY, or aggregate it: MAX(${name})`
      return refuse(rows.statement, node.range, `column ${name} is neither grouped by nor aggregated`, hint)
    },
  }
  const plan = (from: Plan): Plan => {
    const aggregates = [...calls.values()]
    for (const call of aggregates) refuseUnmerged(call, written.get(call), from, rows)
    const input: Plan = { kind: 'project', input: from, expressions: inputs, fields: inputFields }
    const { plan, keys } = expanded(input, sets, keyInputs)
    return {
      kind: 'aggregate',
      input: plan,
      keys,
      aggregates,
      windowed: haveWindow(sets.fields),
      fields: [...groupFields, ...aggregates.map((call) => call.field)],
    }
  }
  return { scope, plan, further: fields.map(columnExpression).slice(named.length) }
}

type BoundKeys = {
  /** By the meaning of their expressions. */
  readonly keys: ReadonlyMap<string, Expression>
  readonly keyInputs: readonly number[]
  /** Whether one of them was refused. */
  readonly isBroken: boolean
}

/** The expressions of GROUP BY, each once; `fields` are those of the inputs. */
function bindKeys(
  groupBy: readonly ExpressionSyntax[],
  rows: Scope,
  input: (expression: Expression, name: string) => number,
  fields: readonly Field[],
): BoundKeys {
  const scope: Scope = { ...rows, clause: 'GROUP BY' }
  const keys = new Map<string, Expression>()
  const keyInputs: number[] = []
  let isBroken = false
  for (const node of groupBy) {
    const text = syntaxMeaning(node, rows)
    if (keys.has(text)) continue
    const key = orProblem(() => bindExpression(node, scope), rows, { node, scope, rows })
    isBroken ||= key === undefined
    if (key === undefined) continue
    expectKey(key.type, 'GROUP BY', node.range, rows.statement)
    const index = input(key, writtenText(rows.statement, node.range))
    // A constant stays one wherever it is written: lists and patterns want constants.
    keys.set(text, key.kind === 'literal' ? key : columnExpression(fields[index] as Field, keyInputs.length))
    keyInputs.push(index)
  }
  return { keys, keyInputs, isBroken }
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

/** Aggregates whose results Flink cannot merge, and so refuses over windows that share rows or grow together. */
const UNMERGED: readonly string[] = ['FIRST_VALUE', 'LAST_VALUE', 'JSON_ARRAYAGG']

function refuseUnmerged(
  { function: name }: AggregateCall,
  node: SyntaxOf<'call'> | undefined,
  from: Plan,
  { statement }: Scope,
): void {
  const kind = windowKind(from)
  if (node === undefined || statement.mode === 'batch' || !UNMERGED.includes(name)) return
  if (kind === undefined || kind === 'tumble') return
  const hint = 'write TUMBLE; Flink refuses it as well, as it cannot merge the parts of other windows'
  refuse(statement, node.range, `${name} is not for windows of ${kind.toUpperCase()} in a stream`, hint)
}
