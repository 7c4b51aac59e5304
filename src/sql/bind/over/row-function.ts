/**
 * Functions of a row's place among the rows of its partition: ROW_NUMBER, RANK, DENSE_RANK, PERCENT_RANK, CUME_DIST, NTILE,
 * LAG and LEAD. They have no frame. Flink has a stream of ROW_NUMBER and LAG; some types it does not take, and neither do we.
 */
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  isInteger,
  isZoned,
  sameType,
  shortTypeName,
  type Type,
  typeName,
} from '../../../record/type.ts'
import type { Expression } from '../../expression/expression.ts'
import { commonTypeOf } from '../../function/common-type.ts'
import type { RowFunction } from '../../plan/plan.ts'
import type { ExpressionSyntax, SyntaxOf } from '../../syntax/ast.ts'
import { castExpression } from '../call.ts'
import { bindExpression } from '../expression.ts'
import { emptyScope, refuse, type Scope, type Statement, writtenText } from '../statement.ts'

type Call = SyntaxOf<'call'>
type Name = RowFunction['function']

const NAMES = ['ROW_NUMBER', 'RANK', 'DENSE_RANK', 'PERCENT_RANK', 'CUME_DIST', 'NTILE', 'LAG', 'LEAD'] as const

/** The function of that name, in any case; undefined where there is none. */
export const rowFunctionNamed = (name: string): Name | undefined => NAMES.find((each) => each === name.toUpperCase())

/** Functions that number rows in an order: without one they mean nothing. */
const RANKS: ReadonlySet<Name> = new Set(['ROW_NUMBER', 'RANK', 'DENSE_RANK', 'PERCENT_RANK', 'CUME_DIST'])

/** What a call needs of the rows: the functions, and for LAG with a default what stands where there is no such row. */
export type BoundFunctions = {
  readonly functions: readonly RowFunction[]
  /** The value where the last of the functions is FALSE. */
  readonly otherwise: Expression | undefined
}

/** Binds a call over the rows of a scope; `input` gives the index of an expression over them. */
export function bindRowFunction(
  name: Name,
  call: Call,
  rows: Scope,
  input: (expression: Expression, name: string) => number,
): BoundFunctions {
  const field = (type: Type) => ({ name: writtenCall(call, rows.statement), type })
  switch (name) {
    case 'ROW_NUMBER':
    case 'RANK':
    case 'DENSE_RANK':
      return { functions: [{ function: name, field: field(BIGINT) }], otherwise: undefined }
    case 'PERCENT_RANK':
    case 'CUME_DIST':
      return { functions: [{ function: name, field: field(DOUBLE) }], otherwise: undefined }
    case 'NTILE': {
      const buckets = wholeConstant(call.arguments[0], 1, call, rows)
      return { functions: [{ function: name, buckets, field: field(BIGINT) }], otherwise: undefined }
    }
    case 'LAG':
    case 'LEAD':
      return bindNeighbour(name, call, rows, input)
  }
}

function bindNeighbour(
  name: 'LAG' | 'LEAD',
  call: Call,
  rows: Scope,
  input: (expression: Expression, name: string) => number,
): BoundFunctions {
  const { statement } = rows
  const [node, offsetNode, otherwiseNode] = call.arguments as readonly [ExpressionSyntax, ...ExpressionSyntax[]]
  const value = bindExpression(node, { ...rows, clause: `the inside of ${name}` })
  refuseType(name, value.type, node, statement)
  const offset = offsetNode === undefined ? 1 : wholeConstant(offsetNode, 0, call, rows)
  const argument = input(value, writtenText(statement, node.range))
  const field = { name: writtenCall(call, statement), type: value.type }
  const found = { function: name, argument, offset, field } as const
  if (otherwiseNode === undefined) return { functions: [found], otherwise: undefined }
  const otherwise = bindOtherwise(otherwiseNode, value.type, { name, node, rows })
  const exists = { name: `${field.name} IS THERE`, type: BOOLEAN }
  return { functions: [found, { function: name, argument: undefined, offset, field: exists }], otherwise }
}

/** The default of LAG, in the type of the value: Flink refuses others, or fails when it runs. */
function bindOtherwise(
  node: ExpressionSyntax,
  type: Type,
  { name, node: value, rows }: { readonly name: string; readonly node: ExpressionSyntax; readonly rows: Scope },
): Expression {
  const { statement } = rows
  const bound = bindExpression(node, { ...rows, clause: `the inside of ${name}` })
  if (statement.mode === 'streaming' && bound.kind !== 'literal') {
    const hint = `write COALESCE(${name}(…) OVER (…), …) where the values are never NULL`
    refuse(statement, node.range, `in a stream, the default of ${name} must be a constant`, hint)
  }
  const common = bound.type.kind === 'NULL' ? type : commonTypeOf([type, bound.type])
  const isTaken = common !== undefined && sameType(common, type)
  const isSameKind = bound.type.kind === type.kind || bound.type.kind === 'NULL'
  if (!isTaken || (statement.mode === 'streaming' && !isSameKind)) {
    const written = writtenText(statement, value.range)
    refuse(
      statement,
      node.range,
      `the default of ${name} must have the type of ${written}, ${typeName(type)}, not ${shortTypeName(bound.type)}`,
      `write CAST(${writtenText(statement, node.range)} AS ${typeName(type)})`,
    )
  }
  return castExpression(bound, { type }, node.range, rows)
}

function wholeConstant(node: ExpressionSyntax | undefined, least: number, call: Call, { statement }: Scope): number {
  const name = call.name.name.toUpperCase()
  const what = name === 'NTILE' ? 'NTILE wants the number of groups' : `the distance of ${name} must be`
  const bound = node && bindExpression(node, emptyScope(statement, `the inside of ${name}`))
  const isWhole = bound?.kind === 'literal' && isInteger(bound.type)
  const number = isWhole && bound.value !== null ? Number(bound.value) : Number.NaN
  if (number >= least) return number
  const example = name === 'NTILE' ? 'NTILE(4)' : `${name}(x, 2)`
  return refuse(statement, node?.range ?? call.range, `${what}, a whole number from ${least} on`, `write ${example}`)
}

/** Types of which Flink's LAG and LEAD take no values in batch mode. */
const NOT_TAKEN: ReadonlySet<string> = new Set('ARRAY MAP ROW INTERVAL_DAY INTERVAL_MONTH NULL'.split(' '))

function refuseType(name: string, type: Type, { range }: ExpressionSyntax, statement: Statement): void {
  const written = writtenText(statement, range)
  const isKnown = !NOT_TAKEN.has(type.kind) && !isZoned(type)
  const isTaken = statement.mode === 'streaming' ? type.kind !== 'NULL' : isKnown
  if (isTaken) return
  const hint = isZoned(type)
    ? `write ${name}(CAST(${written} AS TIMESTAMP(3)))`
    : 'take a value of it that is a number, a text or a time'
  refuse(statement, range, `in batch mode, ${name} takes no ${shortTypeName(type)}; neither does Flink's`, hint)
}

/** Refuses a rank in the order of a time with a zone, which Flink does not know how to compare here. */
export function refuseOrderType(name: Name, type: Type, { range }: ExpressionSyntax, statement: Statement): void {
  if (!isZoned(type) || !['RANK', 'DENSE_RANK', 'PERCENT_RANK'].includes(name)) return
  const hint = `write ORDER BY CAST(${writtenText(statement, range)} AS TIMESTAMP(3))`
  refuse(statement, range, `${name}() takes no order by a ${shortTypeName(type)}; neither does Flink's`, hint)
}

/** Refuses what a call cannot have, before its window is bound. */
export function refuseCallForms(name: Name, call: Call, statement: Statement): void {
  const {
    over,
    arguments: { length },
  } = call
  const [least, most] = name === 'LAG' || name === 'LEAD' ? [1, 3] : name === 'NTILE' ? [1, 1] : [0, 0]
  if (call.star || call.distinct || length < least || length > most) {
    const forms = most === 3 ? `${name}(x), ${name}(x, 2) or ${name}(x, 2, 0)` : most === 1 ? 'NTILE(4)' : `${name}()`
    refuse(statement, call.range, `${name} has other arguments`, `write ${forms} OVER (…)`)
  }
  if (call.filter !== undefined) {
    refuse(statement, call.filter.range, `FILTER cannot stand behind ${name}`, 'put a WHERE into a sub-query in FROM')
  }
  if (over?.frame !== undefined) {
    refuse(
      statement,
      over.frame.range,
      `${name} takes no ROWS or RANGE: it looks at the whole partition`,
      'leave it out',
    )
  }
  if (RANKS.has(name) && over?.orderBy.length === 0) {
    refuse(statement, call.range, `${name}() wants an order`, 'write OVER (PARTITION BY … ORDER BY …)')
  }
  if (statement.mode === 'streaming' && name !== 'ROW_NUMBER' && name !== 'LAG') refuseInStream(name, call, statement)
}

function refuseInStream(name: Name, call: Call, statement: Statement): never {
  const isRank = name === 'RANK' || name === 'DENSE_RANK'
  const reason = isRank ? '' : name === 'LEAD' ? ': the next row is not there yet' : ': the partition has no end'
  const hint = isRank
    ? 'ROW_NUMBER() numbers the rows: 1, 2, 3, …, and the first N of a window are WHERE rn <= N around it'
    : name === 'LEAD'
      ? 'LAG looks at the row before: what it gives is known when the later row comes'
      : 'ask it in batch mode, of what is kept'
  return refuse(statement, call.range, `${name} is not supported over a stream${reason}; nor is Flink's`, hint)
}

/** The call without its OVER. */
function writtenCall(call: Call, statement: Statement): string {
  const end = call.over?.range.start ?? call.range.end
  return writtenText(statement, { start: call.range.start, end }).replace(/\s*(?:OVER)?\s*$/i, '')
}
