/**
 * Defines functions with a plain list of arguments. Their types are checked here, so that such a function consists of
 * its name, its types and its loop. A function whose result type depends on its arguments writes its own `bind`.
 */
import type { Type } from '../../record/type.ts'
import { BIGINT, DOUBLE, INT, isNumeric, STRING, typeName } from '../../record/type.ts'
import type { BoundCall, Compute, Expression } from '../expression/expression.ts'
import { castTo } from './cast/cast.ts'
import type { Call, ScalarFunction, Session, TypeProblem } from './function.ts'

/** What an argument may be; a number is cast to the type that the loop reads. */
export type Parameter = 'string' | 'int' | 'bigint' | 'double'

export type Definition = {
  readonly name: string
  readonly summary: string
  readonly usage: string
  readonly takes: readonly Parameter[]
  /** How many of the last arguments are optional. */
  readonly optional?: number
  /** Whether the last argument may be repeated. */
  readonly repeated?: boolean
  readonly gives: Type
  readonly nulls?: 'own'
  open(operands: readonly Expression[], session: Session): Compute
}

/** A function that checks the number and types of its arguments by the definition. */
export function define(definition: Definition): ScalarFunction {
  const { name, summary, usage, takes } = definition
  const least = takes.length - (definition.optional ?? 0)
  return {
    name,
    summary,
    usage,
    bind({ arguments: operands, session }: Call): BoundCall | TypeProblem {
      if (operands.length < least || (operands.length > takes.length && definition.repeated !== true)) {
        return { refused: `it takes ${countText(least, takes.length, definition.repeated === true)}`, hint: usage }
      }
      const cast = fitArguments(operands, takes, session)
      if ('refused' in cast) return { hint: usage, ...cast }
      const bound = { type: definition.gives, arguments: cast, open: () => definition.open(cast, session) }
      return definition.nulls === undefined ? bound : { ...bound, nulls: definition.nulls }
    },
  }
}

function countText(least: number, most: number, repeated: boolean): string {
  if (repeated) return `at least ${least} argument${least === 1 ? '' : 's'}`
  return least === most ? `${least} argument${least === 1 ? '' : 's'}` : `${least} to ${most} arguments`
}

/** Fits each argument to its parameter; the last parameter also stands for all arguments after it. */
export function fitArguments(
  operands: readonly Expression[],
  takes: readonly Parameter[],
  session: Session,
): Expression[] | TypeProblem {
  const fitted: Expression[] = []
  for (const [index, operand] of operands.entries()) {
    const argument = fitArgument(operand, takes[Math.min(index, takes.length - 1)] as Parameter, session)
    if ('refused' in argument) return argument
    fitted.push(argument)
  }
  return fitted
}

/** The argument as a value that the parameter takes, or why it is none. */
export function fitArgument(operand: Expression, parameter: Parameter, session: Session): Expression | TypeProblem {
  const { type } = operand
  if (type.kind === 'NULL') return untypedNull('STRING')
  const options = { try: false, session }
  switch (parameter) {
    case 'string':
      return type.kind === 'STRING' ? castTo(operand, STRING, options) : wanted('a text', type, 'CAST(… AS STRING)')
    case 'int':
      return type.kind === 'INT' ? castTo(operand, INT, options) : wanted('an INT', type, 'CAST(… AS INT)')
    case 'bigint':
      if (type.kind === 'INT' || type.kind === 'BIGINT') return castTo(operand, BIGINT, options)
      return wanted('an integer', type, 'CAST(… AS BIGINT)')
    case 'double':
      return isNumeric(type) ? castTo(operand, DOUBLE, options) : wanted('a number', type, 'CAST(… AS DOUBLE)')
  }
}

const wanted = (what: string, type: Type, hint: string): TypeProblem => ({
  refused: `it wants ${what}, not ${typeName(type)}`,
  hint: `Write ${hint}.`,
})

/** The problem with a NULL that has no type; the hint casts it to `type`. */
export const untypedNull = (type: string): TypeProblem => ({
  refused: 'NULL has no type here',
  hint: `Give it one: CAST(NULL AS ${type})`,
})
