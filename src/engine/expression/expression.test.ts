/** Random expressions, computed by columns and row by row as defined: both must agree, failures included. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { batchOfRows, columnOf, type Value, valueAt } from '../../record/column.ts'
import { BOOLEAN, INT, STRING, type Type } from '../../record/type.ts'
import type { Expression } from '../../sql/expression/expression.ts'
import { scalarFunctions } from '../../sql/function/all.ts'
import { castTo } from '../../sql/function/cast/cast.ts'
import { compileExpression } from './expression.ts'

const session = { timezone: 'UTC', now: 0 }
type Row = readonly Value[]
type Result = Value | 'failed'
type Case = { readonly expression: Expression; naive(row: Row): Result }

const column = (index: number, type: Type): Case => ({
  expression: { kind: 'column', column: index, name: `c${index}`, type },
  naive: (row) => row[index] as Value,
})

const literal = (value: Value, type: Type): Case => ({
  expression: { kind: 'literal', value, type },
  naive: () => value,
})

/** A strict call: NULL wins, then the first failure. */
function call(name: string, operands: readonly Case[], compute: (...values: never[]) => Result): Case {
  const bound = scalarFunctions.get(name)?.bind({ arguments: operands.map((o) => o.expression), keywords: [], session })
  if (bound === undefined) throw new Error(`there is no function ${name}`)
  return {
    expression: { kind: 'call', name, call: bound, type: bound.type },
    naive(row) {
      const values = operands.map((operand) => operand.naive(row))
      if (values.includes(null)) return null
      return values.includes('failed') ? 'failed' : compute(...(values as never[]))
    },
  }
}

const castInt = (): Case => {
  const text = column(2, STRING)
  const expression = castTo(text.expression, INT, { try: false, session })
  const read = (value: Value): Result =>
    value === null ? null : /^\d+$/.test(String(value)) ? Number(value) : 'failed'
  return { expression, naive: (row) => read(row[2] as Value) }
}

const isNull = (operand: Case): Case => {
  const test = call('IS NULL', [operand], () => false)
  const naive = (row: Row) => {
    const value = operand.naive(row)
    return value === 'failed' ? value : value === null
  }
  return { ...test, naive }
}

function logic(kind: 'and' | 'or', operands: readonly Case[]): Case {
  const deciding = kind === 'or'
  return {
    expression: { kind, operands: operands.map((operand) => operand.expression), type: BOOLEAN },
    naive(row) {
      let result: Value = !deciding
      for (const operand of operands) {
        const value = operand.naive(row)
        if (value === 'failed' || value === deciding) return value
        if (value === null) result = null
      }
      return result
    },
  }
}

function choose(branches: readonly (readonly [when: Case, then: Case])[], otherwise: Case): Case {
  const { type } = otherwise.expression
  const bound = branches.map(([when, value]) => ({ when: when.expression, ['then' as const]: value.expression }))
  return {
    expression: { kind: 'case', branches: bound, otherwise: otherwise.expression, type },
    naive(row) {
      for (const [when, value] of branches) {
        const condition = when.naive(row)
        if (condition === 'failed') return 'failed'
        if (condition === true) return value.naive(row)
      }
      return otherwise.naive(row)
    },
  }
}

function coalesce(operands: readonly Case[]): Case {
  const { type } = (operands[0] as Case).expression
  return {
    expression: { kind: 'coalesce', operands: operands.map((operand) => operand.expression), type },
    naive(row) {
      for (const operand of operands) {
        const value = operand.naive(row)
        if (value !== null) return value
      }
      return null
    },
  }
}

const { int } = fc.letrec<{ int: Case; boolean: Case }>((tie) => {
  const two = fc.tuple(tie('int'), tie('int'))
  const conditions = fc.array(tie('boolean'), { minLength: 2, maxLength: 3 })
  return {
    int: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom(column(0, INT), castInt(), literal(2, INT), literal(0, INT), literal(null, INT)),
      two.map((operands) => call('+', operands, (a: number, b: number) => (a + b) | 0)),
      // A constant zero is refused before anything is computed.
      two
        .filter(([, { expression }]) => expression.kind !== 'literal' || expression.value !== 0)
        .map((operands) => call('%', operands, (a: number, b: number) => (b === 0 ? 'failed' : (a % b) + 0))),
      fc
        .tuple(fc.array(fc.tuple(tie('boolean'), tie('int')), { minLength: 1, maxLength: 2 }), tie('int'))
        .map(([branches, otherwise]) => choose(branches, otherwise)),
      fc.array(tie('int'), { minLength: 1, maxLength: 3 }).map(coalesce),
    ),
    boolean: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom(column(1, BOOLEAN), literal(true, BOOLEAN)),
      two.map((operands) => call('<', operands, (a: number, b: number) => a < b)),
      two.map((operands) => call('=', operands, (a: number, b: number) => a === b)),
      tie('int').map(isNull),
      tie('boolean').map((operand) => call('NOT', [operand], (a: boolean) => !a)),
      conditions.map((operands) => logic('and', operands)),
      conditions.map((operands) => logic('or', operands)),
    ),
  }
})

const row = fc.tuple(
  fc.option(fc.integer({ min: -3, max: 3 })),
  fc.option(fc.boolean()),
  fc.option(fc.constantFrom('1', '0', 'x', '2')),
)

const rows = fc.oneof(
  { weight: 9, arbitrary: fc.array(row, { maxLength: 6 }) },
  fc.array(row, { minLength: 40, maxLength: 60 }),
)

test('columns and rows agree, batch after batch', () => {
  fc.assert(
    fc.property(int, fc.array(rows, { maxLength: 3 }), ({ expression, naive }, batches) => {
      const evaluate = compileExpression(expression)
      for (const rows of batches) {
        const columns = [INT, BOOLEAN, STRING].map((type, index) =>
          columnOf(
            type,
            rows.map((values) => values[index] as Value),
          ),
        )
        const result = evaluate(batchOfRows(rows.length, columns))
        const got = rows.map((_, index) => (result.failures?.has(index) ? 'failed' : valueAt(result, index)))
        expect(got).toEqual(rows.map(naive))
      }
    }),
    { numRuns: 2000 },
  )
})

test('COALESCE takes strings from different buffers', () => {
  const [first, second] = [column(0, STRING), column(1, STRING)]
  const evaluate = compileExpression(coalesce([first, second, literal('none', STRING)]).expression)
  const columns = [
    ['a', null, null],
    ['x', 'bcd', null],
  ].map((values) => columnOf(STRING, values))
  const result = evaluate(batchOfRows(3, columns))
  expect([0, 1, 2].map((row) => valueAt(result, row))).toEqual(['a', 'bcd', 'none'])
})
