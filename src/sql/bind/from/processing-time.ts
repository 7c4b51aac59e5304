/**
 * PROCTIME(), a column of a SELECT that has no value: a value would be another one when the same records are read again. It
 * only says that a lookup join takes a table as it is when the row comes (`lookup.ts`). Fields that are it are marked.
 */
import { type Field, TIMESTAMP_LTZ } from '../../../record/type.ts'
import type { Expression } from '../../expression/expression.ts'
import { literal } from '../../expression/fold.ts'
import type { ExpressionSyntax, QuerySyntax, SyntaxOf, TextRange } from '../../syntax/ast.ts'
import { refuse, type Scope, type Statement } from '../statement.ts'

/** The column PROCTIME(), known by identity. Nothing reads the value. */
const PROCTIME: Expression = literal(null, TIMESTAMP_LTZ)

const HINT =
  'write it as a column of a sub-query, (SELECT *, PROCTIME() AS proc FROM t) AS l, and FOR SYSTEM_TIME AS OF l.proc'

/** Whether the expression is PROCTIME(). */
export const isProctime = (expression: Expression): boolean => expression === PROCTIME

/** Whether the part of SELECT may be processing time: a column alone, or PROCTIME() itself. */
export const mayBeProctime = (node: ExpressionSyntax): boolean => node.kind === 'column' || isCall(node)

const isCall = (node: ExpressionSyntax): node is SyntaxOf<'call'> =>
  node.kind === 'call' && node.name.name.toUpperCase() === 'PROCTIME'

/** PROCTIME(), where the scope takes it. */
export function bindProctime(node: SyntaxOf<'call'>, { statement, takesProctime }: Scope): Expression {
  if (node.arguments.length > 0) refuse(statement, node.range, 'PROCTIME() takes no arguments')
  if (takesProctime === true) return PROCTIME
  return refuse(statement, node.range, 'PROCTIME() has no value: it only says at which time a table is looked up', HINT)
}

/** Refuses a column of processing time where its value would be used. */
export function refuseProctime(field: Field, range: TextRange, { statement, takesProctime }: Scope): void {
  if (field.proctime !== true || takesProctime === true) return
  const message = `column ${field.name} is PROCTIME(), which has no value: another reading of the same records would be at another time`
  refuse(statement, range, message, 'only FOR SYSTEM_TIME AS OF takes it')
}

/** Refuses a result that has a column of processing time. */
export function refuseShownProctime(
  fields: readonly Field[],
  { body, range }: QuerySyntax,
  statement: Statement,
): void {
  const field = fields.find(({ proctime }) => proctime === true)
  if (field === undefined) return
  const items = body.kind === 'select' ? body.items : []
  const named = items.find(({ alias, expression }) => (alias?.name ?? lastName(expression)) === field.name)
  const at = named ?? items.find(({ expression }) => expression.kind === 'star')
  const message = `column ${field.name} of the result would be PROCTIME(), which has no value`
  refuse(statement, at?.range ?? range, message, 'select the other columns by their names')
}

const lastName = (node: ExpressionSyntax): string | undefined =>
  node.kind === 'column' ? node.path.at(-1)?.name : undefined
