/**
 * Turns an expression of the plan into a function from a batch to a column. Each node is one pass over the batch, in typed
 * arrays; only the loops of the SQL functions do anything for each row.
 *
 * The column belongs to the compiled expression and is overwritten at its next batch (a plain column reference gives the
 * batch's own). `failures` has the rows whose value could not be computed. Branches are computed for all rows and merged,
 * and failures of branches that a row does not take are dropped.
 */
import { unreachable } from '../../base/assert.ts'
import { type Batch, batchOfRows, type Column, columnOf, type Value, valueAt } from '../../record/column.ts'
import { StrictNulls, withNulls } from '../../record/nulls.ts'
import type { Type } from '../../record/type.ts'
import type { BoundCall, Expression } from '../../sql/expression/expression.ts'
import { compileCase, compileCoalesce } from './branch.ts'
import { compileLogic } from './logic.ts'

export type Evaluate = (batch: Batch) => Column

/** Compiles an expression of the plan. */
export function compileExpression(expression: Expression): Evaluate {
  switch (expression.kind) {
    case 'column': {
      const { column } = expression
      return (batch) => batch.columns[column] as Column
    }
    case 'literal':
      return compileLiteral(expression.type, expression.value)
    case 'call':
      return compileConstant(expression) ?? compileCall(expression.call)
    case 'and':
    case 'or':
      return compileLogic(expression.kind, expression.operands.map(compileExpression))
    case 'case':
      return compileCase(
        expression.branches.map(({ when, then }) => ({
          when: compileExpression(when),
          value: compileExpression(then),
        })),
        compileExpression(expression.otherwise),
        expression.type,
      )
    case 'coalesce':
      return compileCoalesce(expression.operands.map(compileExpression), expression.type)
    default:
      return unreachable(expression)
  }
}

/** A column that repeats the value, kept and made longer when a batch is longer. */
function compileLiteral(type: Type, value: Value): Evaluate {
  let column = columnOf(type, [])
  let capacity = 0
  return (batch) => {
    if (capacity < batch.count) {
      capacity = Math.max(batch.count, 2 * capacity)
      column = repeated(type, value, capacity)
    }
    return column
  }
}

function repeated(type: Type, value: Value, count: number): Column {
  const column = repeatedRow(columnOf(type, [value]), count)
  column.nulls = value === null ? new Uint8Array(count).fill(1) : undefined
  return column
}

/** The first row of a column `count` times; the items of a list are there once. */
function repeatedRow(column: Column, count: number): Column {
  const nulls = column.nulls && new Uint8Array(count).fill(column.nulls[0] as number)
  switch (column.kind) {
    case 'boolean':
      return { kind: 'boolean', values: new Uint8Array(count).fill(column.values[0] as number), nulls }
    case 'int':
      return { kind: 'int', values: new Int32Array(count).fill(column.values[0] as number), nulls }
    case 'bigint': {
      const exact = column.exact && new BigInt64Array(count).fill(column.exact[0] as bigint)
      return { kind: 'bigint', values: new Float64Array(count).fill(column.values[0] as number), exact, nulls }
    }
    case 'double':
      return { kind: 'double', values: new Float64Array(count).fill(column.values[0] as number), nulls }
    case 'decimal':
      return { kind: 'decimal', values: new Array<bigint>(count).fill(column.values[0] as bigint), nulls }
    case 'string':
    case 'list':
    case 'map': {
      const start = new Int32Array(count).fill(column.start[0] as number)
      const end = new Int32Array(count).fill(column.end[0] as number)
      return { ...column, start, end, nulls }
    }
    case 'row':
      return { kind: 'row', fields: column.fields.map((field) => repeatedRow(field, count)), nulls }
  }
}

/** A call whose arguments are literals has one value, unless it fails: then it must fail for each row. */
function compileConstant(expression: Expression & { kind: 'call' }): Evaluate | undefined {
  if (!expression.call.arguments.every((argument) => argument.kind === 'literal')) return undefined
  const once = compileCall(expression.call)
  const result = once(batchOfRows(1, []))
  return result.failures === undefined
    ? compileLiteral(expression.type, valueAt(result, 0, expression.type))
    : undefined
}

function compileCall(call: BoundCall): Evaluate {
  const operands = call.arguments.map(compileExpression)
  const compute = call.open()
  const columns: Column[] = []
  const strict = new StrictNulls()
  const evaluate = (batch: Batch) => {
    for (let index = 0; index < operands.length; index++) {
      columns[index] = (operands[index] as Evaluate)(batch)
    }
    return compute(columns, batch.count)
  }
  if (call.nulls === 'own') return (batch) => withFailures(evaluate(batch), columns, batch.count)
  return (batch) => strict.apply(evaluate(batch), columns, batch.count)
}

/** For a function that handles NULLs itself: a failure of any argument is one of the result. */
function withFailures(result: Column, columns: readonly Column[], count: number): Column {
  if (columns.every((column) => column.failures === undefined)) return result
  const failures = new Map(result.failures)
  for (const column of columns) {
    for (const [row, reason] of column.failures ?? []) {
      if (row < count && !failures.has(row)) failures.set(row, reason)
    }
  }
  const nulls = result.nulls?.slice()
  if (nulls !== undefined) for (const row of failures.keys()) nulls[row] = 0
  return withNulls(result, nulls, failures)
}
