/** Calls functions over columns of given values, for the tests of this folder. */
import type { Column, Value } from '../../record/column.ts'
import { columnOf, valueAt } from '../../record/column.ts'
import type { Type } from '../../record/type.ts'
import type { BoundCall, Expression } from '../expression/expression.ts'
import { scalarFunctions } from './all.ts'
import { castTo } from './cast/cast.ts'
import type { Session } from './function.ts'

export const utc: Session = { timezone: 'UTC', now: Date.UTC(2024, 1, 29, 12, 34, 56, 789) }

export const column = (index: number, type: Type): Expression => ({
  kind: 'column',
  column: index,
  name: `c${index}`,
  type,
})
export const literal = (value: Value, type: Type): Expression => ({ kind: 'literal', value, type })

/** A column of these values. */
export const rows = (type: Type, ...values: readonly Value[]): readonly [Type, readonly Value[]] => [type, values]

export type Options = { readonly keywords?: readonly string[]; readonly session?: Session }

export function bind(name: string, operands: readonly Expression[], options: Options = {}): BoundCall {
  const { keywords = [], session = utc } = options
  const bound = scalarFunctions.get(name)?.bind({ arguments: operands, keywords, session })
  if (bound === undefined) throw new Error(`there is no function ${name}`)
  return bound
}

/** Each row's value, or 'failed'. A column is given as (type, values), a literal as an expression. */
export function call(
  name: string,
  operands: readonly (readonly [Type, readonly Value[]] | Expression)[],
  options: Options = {},
): (Value | 'failed')[] {
  const count = Math.max(1, ...operands.map((operand) => ('kind' in operand ? 0 : operand[1].length)))
  const expressions = operands.map((operand, index) => ('kind' in operand ? operand : column(index, operand[0])))
  const bound = bind(name, expressions, options)
  const inputs = operands.map((operand) => ('kind' in operand ? undefined : columnOf(...operand)))
  const columns = bound.arguments.map((argument) => evaluate(argument, inputs, count))
  return rowsOf(bound.open()(columns, count), columns, count, bound)
}

function evaluate(expression: Expression, inputs: readonly (Column | undefined)[], count: number): Column {
  if (expression.kind === 'column') return inputs[expression.column] as Column
  if (expression.kind === 'literal') return columnOf(expression.type, new Array<Value>(count).fill(expression.value))
  if (expression.kind !== 'call') throw new Error(`cannot evaluate ${expression.kind} here`)
  const columns = expression.call.arguments.map((argument) => evaluate(argument, inputs, count))
  return expression.call.open()(columns, count)
}

type Made = { readonly type: Type; readonly nulls?: 'strict' | 'own' }

function rowsOf(
  result: Column,
  columns: readonly Column[],
  count: number,
  { type, nulls: whose }: Made,
): (Value | 'failed')[] {
  return Array.from({ length: count }, (_, row) => {
    if (whose !== 'own' && columns.some(({ nulls }) => nulls?.[row] === 1)) return null
    if (result.failures?.has(row) || columns.some(({ failures }) => failures?.has(row))) return 'failed'
    return valueAt(result, row, type)
  })
}

export type CastOptions = { readonly try?: boolean; readonly session?: Session }

export function cast(from: Type, values: readonly Value[], to: Type, options: CastOptions = {}): (Value | 'failed')[] {
  const { session = utc } = options
  const expression = castTo(column(0, from), to, { try: options.try ?? false, session })
  if (expression.kind !== 'call') return [...values]
  const columns = [columnOf(from, values)]
  return rowsOf(expression.call.open()(columns, values.length), columns, values.length, { type: to })
}
