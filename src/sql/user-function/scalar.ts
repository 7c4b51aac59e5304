/** A function of the user as one of SQL: the types that it declares, and the loop that calls it for each row. */
import { oneLine } from '../../base/one-line.ts'
import { type Column, columnOf, type Value } from '../../record/column.ts'
import { integerBits, isInteger, isNumeric, sameType, shortTypeName, type Type, typeName } from '../../record/type.ts'
import type { Compute, Expression } from '../expression/expression.ts'
import { castTo } from '../function/cast/cast.ts'
import { untypedNull } from '../function/define.ts'
import { type Session, TypeProblem, type UserFunction } from '../function/function.ts'
import { anyNull, fail } from '../function/output.ts'
import { TextOutput } from '../function/text/output.ts'
import { type Argument, argumentReader, isWrong, takerOf } from './values.ts'

/** What a file declares, once its types are read. */
export type DeclaredFunction = {
  /** In upper case. */
  readonly name: string
  readonly takes: readonly Type[]
  readonly gives: Type
  readonly seesNulls: boolean
  call(...values: readonly Argument[]): unknown
  /** The file, for people, and the digest of what it says. */
  readonly file: string
  readonly code: string
}

/** The function, for the binder. */
export function scalarOf(declared: DeclaredFunction): UserFunction {
  const { name, takes, gives, seesNulls, file, code } = declared
  const usage = `${name}(${takes.map(typeName).join(', ')})`
  return {
    name,
    summary: `Of ${file}.`,
    usage,
    code,
    bind({ arguments: operands, session }) {
      if (operands.length !== takes.length) {
        throw new TypeProblem(
          `it takes ${takes.length} argument${takes.length === 1 ? '' : 's'}`,
          `${usage} of ${file}`,
        )
      }
      const cast = operands.map((operand, index) => fitted(operand, takes[index] as Type, session))
      const nulls = seesNulls ? 'own' : 'strict'
      return { type: gives, arguments: cast, nulls, code, open: () => openLoop(declared) }
    },
  }
}

/** The argument as a value of the type: of numbers, a wider type takes a narrower one. */
function fitted(operand: Expression, to: Type, session: Session): Expression {
  const { type } = operand
  if (type.kind === 'NULL') throw untypedNull(typeName(to))
  if (sameType(type, to) || isWider(to, type)) return castTo(operand, to, { try: false, session })
  throw new TypeProblem(`it wants ${typeName(to)}, not ${shortTypeName(type)}`, `Write CAST(… AS ${typeName(to)}).`)
}

function isWider(to: Type, from: Type): boolean {
  if (to.kind === 'TIMESTAMP' || to.kind === 'TIMESTAMP_LTZ') return to.kind === from.kind
  if (isInteger(to)) return isInteger(from) && integerBits(from) <= integerBits(to)
  if (to.kind === 'DOUBLE') return isNumeric(from)
  if (to.kind !== 'DECIMAL') return false
  if (from.kind === 'DECIMAL') return from.scale <= to.scale && from.precision - from.scale <= to.precision - to.scale
  return isInteger(from) && (DIGITS[integerBits(from)] as number) <= to.precision - to.scale
}

/** The digits that the integers of 8 to 64 bits have at most. */
const DIGITS: { readonly [bits: number]: number } = { 8: 3, 16: 5, 32: 10, 64: 19 }

/** Takes the results of a batch, row by row. */
type Results = {
  begin(count: number): void
  put(row: number, value: Value): void
  fail(row: number, reason: string): void
  finish(): Column
}

function openLoop({ name, takes, gives, seesNulls, call }: DeclaredFunction): Compute {
  const readers = takes.map(argumentReader)
  const take = takerOf(gives)
  const results = gives.kind === 'STRING' ? textResults() : valueResults(gives)
  const values: Argument[] = takes.map(() => null)
  return (columns, count) => {
    results.begin(count)
    for (let row = 0; row < count; row++) {
      if (!seesNulls && anyNull(columns, row)) continue
      for (let index = 0; index < readers.length; index++) {
        values[index] = (readers[index] as (typeof readers)[number])(columns[index] as Column, row)
      }
      let given: unknown
      try {
        given = call(...values)
      } catch (error) {
        results.fail(row, `${name}: ${thrown(error)}`)
        continue
      }
      const taken = take(given)
      if (isWrong(taken)) results.fail(row, `${name}: ${taken.wrong}`)
      else results.put(row, taken)
    }
    return results.finish()
  }
}

function textResults(): Results {
  const output = new TextOutput()
  return {
    begin: (count) => output.begin(count),
    put: (row, value) => (value === null ? output.setNull(row) : output.row(row, String(value))),
    fail: (row, reason) => fail(output.column, row, reason),
    finish: () => output.finish(),
  }
}

function valueResults(type: Type): Results {
  let values: Value[] = []
  let failures = new Map<number, string>()
  return {
    begin(count) {
      values = new Array<Value>(count).fill(null)
      failures = new Map()
    },
    put(row, value) {
      values[row] = value
    },
    fail: (row, reason) => void failures.set(row, reason),
    finish() {
      const column = columnOf(type, values)
      for (const [row, reason] of failures) {
        // It is no NULL, which would hide the failure.
        if (column.nulls !== undefined) column.nulls[row] = 0
        fail(column, row, reason)
      }
      return column
    },
  }
}

const thrown = (error: unknown): string => {
  const message = oneLine(error instanceof Error ? error.message : String(error))
  return message === '' ? 'it threw an error without a message' : message
}
