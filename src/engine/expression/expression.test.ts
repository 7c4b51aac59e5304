import { expect, test } from 'vitest'
import type { Batch, Value } from '../../record/column.ts'
import { columnOf, valueAt } from '../../record/column.ts'
import { BIGINT, BOOLEAN, INT, STRING, type Type } from '../../record/type.ts'
import type { Expression } from '../../sql/expression/expression.ts'
import { scalarFunctions } from '../../sql/function/all.ts'
import { castTo } from '../../sql/function/cast/cast.ts'
import { compileExpression } from './expression.ts'

const session = { timezone: 'UTC', now: 0 }
const column = (index: number, type: Type): Expression => ({ kind: 'column', column: index, name: `c${index}`, type })
const literal = (value: Value, type: Type): Expression => ({ kind: 'literal', value, type })

function call(name: string, ...operands: Expression[]): Expression {
  const bound = scalarFunctions.get(name)?.bind({ arguments: operands, keywords: [], session })
  if (bound === undefined) throw new Error(`there is no function ${name}`)
  return { kind: 'call', name, call: bound, type: bound.type }
}

function cast(expression: Expression, type: Type): Expression {
  return castTo(expression, type, { try: false, session })
}

function batchOf(...columns: readonly (readonly [Type, readonly Value[]])[]): Batch {
  const count = columns[0]?.[1].length ?? 0
  const made = columns.map(([type, values]) => columnOf(type, values))
  return { count, columns: made, partition: 0, origin: undefined, watermark: undefined }
}

/** The values, with `failed` for a row that failed. */
function run(expression: Expression, batch: Batch): readonly (Value | 'failed')[] {
  const result = compileExpression(expression)(batch)
  return Array.from({ length: batch.count }, (_, row) => (result.failures?.has(row) ? 'failed' : valueAt(result, row)))
}

const text = column(0, STRING)
const asInt = cast(text, INT)

test('NULL wins over a failure in an argument, a failure over NULL made by the function', () => {
  const batch = batchOf([STRING, ['1', 'x', 'x', null]], [INT, [1, 1, null, 1]])
  expect(run(call('+', asInt, column(1, INT)), batch)).toEqual([2, 'failed', null, null])
  expect(run(call('IS NULL', asInt), batch)).toEqual([false, 'failed', 'failed', true])
})

test('AND and OR drop the failures of operands that cannot matter', () => {
  const batch = batchOf(
    [STRING, ['1', '1', 'x', 'x', 'x', null, null]],
    [BOOLEAN, [true, false, true, false, null, true, false]],
  )
  const one = call('=', asInt, literal(1, INT))
  const flag = column(1, BOOLEAN)
  const logic = (kind: 'and' | 'or', ...operands: Expression[]): Expression => ({ kind, operands, type: BOOLEAN })
  expect(run(logic('and', flag, one), batch)).toEqual([true, false, 'failed', false, 'failed', null, false])
  expect(run(logic('or', flag, one), batch)).toEqual([true, true, true, 'failed', 'failed', true, null])
  expect(run(logic('and', one, flag), batch)).toEqual([true, false, 'failed', 'failed', 'failed', null, false])
})

test('CASE takes the first branch that is TRUE and drops the failures of the others', () => {
  const batch = batchOf([STRING, ['1', 'x', '3', null]], [INT, [0, 1, 2, null]])
  const is = (value: number) => call('=', column(1, INT), literal(value, INT))
  const expression: Expression = {
    kind: 'case',
    branches: [
      { when: is(1), then: literal(-1, INT) },
      { when: is(2), then: asInt },
    ],
    otherwise: call('/', literal(10, INT), column(1, INT)),
    type: INT,
  }
  expect(run(expression, batch)).toEqual(['failed', -1, 3, null])
})

test('COALESCE takes the first value that is not NULL, also strings from different buffers', () => {
  const batch = batchOf([STRING, ['a', null, null]], [STRING, ['x', 'bcd', null]])
  const expression: Expression = {
    kind: 'coalesce',
    operands: [text, column(1, STRING), literal('none', STRING)],
    type: STRING,
  }
  expect(run(expression, batch)).toEqual(['a', 'bcd', 'none'])
})

test('a division by zero fails each row, also where its operands are constants', () => {
  expect(run(call('/', literal(7, INT), literal(2, INT)), batchOf([INT, [0, 0]]))).toEqual([3, 3])
  expect(run(call('%', literal(7, INT), literal(0, INT)), batchOf([INT, [0, 0]]))).toEqual(['failed', 'failed'])
})

test('one expression serves batches of any size', () => {
  const evaluate = compileExpression(call('+', cast(column(0, INT), BIGINT), literal(1n, BIGINT)))
  for (const count of [1, 5, 3, 0, 100]) {
    const values = Array.from({ length: count }, (_, row) => (row % 3 === 0 ? null : row))
    const result = evaluate(batchOf([INT, values]))
    expect(values.map((_, row) => valueAt(result, row))).toEqual(values.map((value) => value && BigInt(value) + 1n))
  }
})
