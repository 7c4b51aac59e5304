/** Operands that mean something in other dialects of SQL: refused, or warned of, with what to write instead. */
import { isNumeric, isTimestamp } from '../../../record/type.ts'
import type { Expression } from '../../expression/expression.ts'
import type { SyntaxOf } from '../../syntax/ast.ts'
import { addWarning, refuse, type Statement, writtenText } from '../statement.ts'

/** Refuses a + of texts, and a number beside a time. */
export function refuseOtherOperands(
  node: SyntaxOf<'binary'>,
  left: Expression,
  right: Expression,
  statement: Statement,
): void {
  const { operator } = node
  if (operator !== '+' && operator !== '-') return
  const [first, second] = [node.left, node.right].map(({ range }) => writtenText(statement, range)) as [string, string]
  if (operator === '+' && left.type.kind === 'STRING' && right.type.kind === 'STRING')
    refuse(statement, node.range, 'texts are put together by ||', `write ${first} || ${second}`)
  const isTime = left.type.kind === 'DATE' || isTimestamp(left.type)
  if (!isTime || !isNumeric(right.type)) return
  const days = node.right.kind === 'number' && /^\d+$/.test(node.right.text) ? node.right.text : '1'
  refuse(
    statement,
    node.range,
    'a number beside a time has no unit',
    `write ${first} ${operator} INTERVAL '${days}' DAY`,
  )
}

/** Warns of a comparison with NULL by = or <>. */
export function warnOfNull(node: SyntaxOf<'binary'>, left: Expression, right: Expression, statement: Statement): void {
  const isNull = ({ kind, type }: Expression) => kind === 'literal' && type.kind === 'NULL'
  if ((node.operator !== '=' && node.operator !== '<>') || isNull(left) === isNull(right)) return
  const other = writtenText(statement, (isNull(left) ? node.right : node.left).range)
  addWarning(statement, {
    message: `${writtenText(statement, node.range)} is never TRUE: nothing is equal or unequal to NULL`,
    hint: `write ${other} IS ${node.operator === '=' ? '' : 'NOT '}NULL`,
    range: node.range,
  })
}
