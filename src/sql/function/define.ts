/**
 * Defines functions with a plain list of arguments. Their types are checked here, so that such a function consists of
 * its usage, its types and its loop. A function whose result type depends on its arguments writes its own `bind`.
 */
import type { Type } from '../../record/type.ts'
import {
  BIGINT,
  DOUBLE,
  INT,
  isInteger,
  isNested,
  isNumeric,
  isSmallInteger,
  STRING,
  shortTypeName,
  typeName,
} from '../../record/type.ts'
import type { Compute, Expression } from '../expression/expression.ts'
import { castTo } from './cast/cast.ts'
import { type ScalarFunction, type Session, TypeProblem } from './function.ts'
import { type Row, type RowResult, textRows } from './rows.ts'

/** What an argument may be; a number is cast to the type that the loop reads. */
type Kind = 'any' | 'string' | 'bytes' | 'int' | 'bigint' | 'double'

/** With `?` the argument may be left out; with `…`, which only the last has, more of its kind may follow. */
export type Parameter = Kind | `${Kind}?` | `${Kind}…`

export type Definition = {
  /** Where it is not the word that `usage` begins with. */
  readonly name?: string
  readonly summary: string
  /** How it is written: "LEFT(text, length)". */
  readonly usage: string
  readonly takes: readonly Parameter[]
  readonly gives: Type
  readonly nulls?: 'own'
  /** Throws a TypeProblem for a constant with which every row would fail. */
  check?(operands: readonly Expression[]): void
  open(operands: readonly Expression[], session: Session): Compute
}

/** The name of a function that is written as `NAME(…)`. */
export const nameIn = (usage: string): string => usage.slice(0, usage.indexOf('('))

/** A function that checks the number and types of its arguments by the definition. */
export function define({ usage, summary, takes, gives, ...rest }: Definition): ScalarFunction {
  const { name = nameIn(usage), nulls = 'strict', check, open } = rest
  return {
    name,
    summary,
    usage,
    bind({ arguments: operands, session }) {
      const cast = fitArguments(operands, takes, session, usage)
      check?.(cast)
      return { type: gives, arguments: cast, nulls, open: () => open(cast, session) }
    },
  }
}

type TextDefinition = Omit<Definition, 'gives' | 'open'> & { text(row: Row): RowResult<string> }

/** A function that gives a text, which `text` makes of the arguments of each row. */
export const defineText = ({ text, ...rest }: TextDefinition): ScalarFunction =>
  define({ ...rest, gives: STRING, open: () => textRows(text) })

type Fitted<Takes extends readonly Parameter[]> = {
  -readonly [Place in keyof Takes]: Takes[Place] extends `${string}?` ? Expression | undefined : Expression
}

/** The arguments, each as its parameter takes it. Throws a TypeProblem, with the hint if their number is wrong. */
export function fitArguments<const Takes extends readonly Parameter[]>(
  operands: readonly Expression[],
  takes: Takes,
  session: Session,
  hint?: string,
): Fitted<Takes> {
  const least = takes.filter((parameter) => !parameter.endsWith('?')).length
  const repeated = takes.at(-1)?.endsWith('…') === true
  if (operands.length < least || (operands.length > takes.length && !repeated)) {
    const most = repeated ? `at least ${least}` : least === takes.length ? least : `${least} to ${takes.length}`
    throw new TypeProblem(`it takes ${most} argument${takes.length === 1 ? '' : 's'}`, hint)
  }
  return operands.map((operand, index) =>
    fitArgument(operand, (takes[index] ?? takes.at(-1) ?? 'any').replace(/[?…]$/, '') as Kind, session),
  ) as Fitted<Takes>
}

/** A CAST of an array would be a text, but none of JSON. */
const INSIDE = 'Take a value in it: a[1], m[key], r.field. JSON_STRING(…) makes JSON of it.'

/** The argument as a value that the parameter takes. Throws a TypeProblem if it is none. */
export function fitArgument(operand: Expression, parameter: Kind, session: Session): Expression {
  const { type } = operand
  const wanted = (what: string, target: string) =>
    new TypeProblem(
      `it wants ${what}, not ${shortTypeName(type)}`,
      isNested(type) ? INSIDE : `Write CAST(… AS ${target}).`,
    )
  const cast = (to: Type) => castTo(operand, to, { try: false, session })
  if (parameter === 'any') return operand
  if (type.kind === 'NULL') throw untypedNull(parameter.toUpperCase())
  switch (parameter) {
    case 'string':
      if (type.kind !== 'STRING') throw wanted('a text', 'STRING')
      return cast(STRING)
    case 'bytes':
      if (type.kind !== 'BYTES') throw wanted('BYTES', 'BYTES')
      return operand
    case 'int':
      if (!isSmallInteger(type)) throw wanted('an INT', 'INT')
      return cast(INT)
    case 'bigint':
      if (!isInteger(type)) throw wanted('an integer', 'BIGINT')
      return cast(BIGINT)
    case 'double':
      if (!isNumeric(type)) throw wanted('a number', 'DOUBLE')
      return cast(DOUBLE)
  }
}

/** The type as CAST(NULL AS …) takes it; INT where the type is not known either. */
export const nullType = (type: Type): string =>
  type.kind === 'NULL' || type.kind.startsWith('INTERVAL') ? 'INT' : typeName(type)

/** The problem with a NULL that has no type; the hint casts it to `type`. */
export const untypedNull = (type: string): TypeProblem =>
  new TypeProblem('NULL has no type here', `Give it one: CAST(NULL AS ${type})`)
