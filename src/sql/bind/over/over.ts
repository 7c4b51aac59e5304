/**
 * Windows of rows: AVG(x) OVER (PARTITION BY k ORDER BY ts RANGE …), LAG(x) OVER (…) in SELECT, ORDER BY and QUALIFY. Each window
 * makes an `over` node, with all that is computed over it. A stream has one window, in order of event time, that ends at the
 * current row, as in Flink; batch mode has any. A ROW_NUMBER alone is a rank (`rank.ts`).
 */
import type { Field } from '../../../record/type.ts'
import { columnExpression, isSameColumn, replaceColumns } from '../../expression/columns.ts'
import type { Expression } from '../../expression/expression.ts'
import { foldCase } from '../../expression/fold.ts'
import { movedAggregate, movedFunction } from '../../plan/inputs.ts'
import type { Plan, RowFunction } from '../../plan/plan.ts'
import type { ExpressionSyntax, SyntaxOf } from '../../syntax/ast.ts'
import { otherFunctionHint } from '../../syntax/other-dialects.ts'
import { syntaxMeaning } from '../aggregate.ts'
import { bindAggregate } from '../aggregate-call.ts'
import { AGGREGATES, OTHER_AGGREGATES, OVER_AGGREGATES } from '../aggregates.ts'
import { refuse, type Scope, type SelectSyntax, type Statement, writtenText } from '../statement.ts'
import { refuseOtherOrder } from './frame.ts'
import { withNamedWindows } from './named-windows.ts'
import { overOf } from './node.ts'
import { rankOf } from './rank.ts'
import { bindRowFunction, refuseCallForms, rowFunctionNamed } from './row-function.ts'
import { type FoundWindow, foundFor, type Inputs } from './window.ts'

type Call = SyntaxOf<'call'>

/** The column of the first result until the number of the other columns is known; that of the next is one less. */
const FIRST_COLUMN = -2

export type Overs = {
  /** The scope of SELECT: that of the rows, with what is over windows. */
  readonly scope: Scope
  /** The rows with all results. Call it when every expression of the scope is bound. */
  plan(rows: Plan): Plan
  /** An expression of the scope as one over the rows of `plan`, which was called before. */
  resolve(expression: Expression): Expression
}

/** The scope of SELECT with windows of rows; `windows` is its WINDOW clause. */
export function bindOvers(rows: Scope, windows: SelectSyntax['windows']): Overs {
  const { statement } = rows
  const inputs: Inputs[number][] = []
  const input = (expression: Expression, name: string): number => {
    const same = inputs.findIndex((other) => isSameColumn(other.expression, expression))
    return same === -1 ? inputs.push({ expression, name }) - 1 : same
  }
  const found: FoundWindow[] = []
  const columns: number[] = []
  const spelled = withNamedWindows(windows, statement)

  let count = 0
  const column = (field: Field): Expression => columnExpression(field, FIRST_COLUMN - count++)
  const aggregate = (call: Call, { calls }: FoundWindow): Expression => {
    const made = bindAggregate(call, rows, input)
    const field = { ...made.field, name: writtenText(statement, upToOver(call)).trim() }
    calls.push({ index: count, call: { ...made, field } })
    return column(field)
  }
  const placed = (name: RowFunction['function'], call: Call, { functions }: FoundWindow): Expression => {
    const made = bindRowFunction(name, call, rows, input)
    const [value, exists] = made.functions.map((each): Expression => {
      functions.push({ index: count, call: each })
      return column(each.field)
    })
    if (exists === undefined || made.otherwise === undefined) return value as Expression
    return foldCase([{ when: exists, then: value as Expression }], made.otherwise, made.otherwise.type)
  }
  const intercept = (node: ExpressionSyntax, scope: Scope): Expression | undefined => {
    if (node.kind !== 'call' || node.over === undefined) return rows.intercept?.(node, scope)
    const call = spelled(node)
    const name = rowFunctionNamed(call.name.name)
    if (name !== undefined) refuseCallForms(name, call, statement)
    else refuseForms(call, statement)
    const window = foundFor({ call, found, rows, input, name })
    const meaning = syntaxMeaning({ ...call, over: undefined }, rows)
    const known = window.results.get(meaning)
    if (known !== undefined) return known
    const result = name === undefined ? aggregate(call, window) : placed(name, call, window)
    window.results.set(meaning, result)
    return result
  }
  return {
    scope: { ...rows, clause: 'SELECT', intercept },
    plan: (from) => overAll(from, { found, inputs, columns }, rows),
    resolve: (expression) =>
      replaceColumns(expression, (each) =>
        each.column <= FIRST_COLUMN ? { ...each, column: columns[FIRST_COLUMN - each.column] as number } : each,
      ),
  }
}

/** Whether an expression of the scope uses a result over a window. */
export const isOverColumn = (column: number): boolean => column <= FIRST_COLUMN

const upToOver = ({ range, over }: Call) => ({ start: range.start, end: over?.range.start ?? range.end })

type All = { readonly found: readonly FoundWindow[]; readonly inputs: Inputs; readonly columns: number[] }

/** The rows with all results. Puts the column of each into `columns`. */
function overAll(from: Plan, { found, inputs, columns }: All, rows: Scope): Plan {
  const { statement } = rows
  const at = (index: number) => columnOf(inputs[index]?.expression, from, inputs, index)
  const all = withInputs(from, inputs)
  return found.reduce((plan, window) => {
    const { over, partitionBy, order, frame, calls, functions } = window
    const parts = {
      partitionBy: [...new Set(partitionBy.map(at))],
      order: order.map((key) => ({ ...key, column: at(key.column) })),
    }
    for (const [place, { index }] of [...calls, ...functions].entries()) columns[index] = plan.fields.length + place
    if (found.length === 1 && calls.length === 0 && functions.length === 1) {
      const [only] = functions
      if (only?.call.function === 'ROW_NUMBER')
        return rankOf(plan, parts, { call: window.call, field: only.call.field }, statement)
    }
    const [time] = parts.order
    if (statement.mode === 'streaming' && (time === undefined || all.fields[time.column]?.rowtime !== true))
      refuseOtherOrder(over, rows)
    const moved = {
      calls: calls.map(({ call }) => movedAggregate(call, at)),
      functions: functions.map(({ call }) => movedFunction(call, at)),
    }
    return overOf(plan, { ...parts, ...moved, frame }, statement)
  }, all)
}

function refuseForms(call: Call, statement: Statement): void {
  const text = writtenText(statement, call.arguments[0]?.range ?? call.range)
  const name = call.name.name.toUpperCase()
  if (!OVER_AGGREGATES.has(name)) refuseUnknown(call, statement)
  if (call.distinct) {
    const hint = `join the groups: LEFT JOIN (SELECT k, ${name}(DISTINCT ${text}) AS x FROM … GROUP BY k) AS g ON a.k = g.k`
    refuse(statement, call.range, `${name}(DISTINCT …) OVER (…) is not supported yet`, hint)
  }
  if (call.filter !== undefined) {
    const value = call.star ? '1' : text
    const hint = `write ${name}(CASE WHEN ${writtenText(statement, call.filter.range)} THEN ${value} END) OVER (…)`
    refuse(statement, call.filter.range, 'FILTER cannot stand before OVER', hint)
  }
}

function refuseUnknown(call: Call, statement: Statement): never {
  const name = call.name.name.toUpperCase()
  if (name === 'NTH_VALUE') {
    const hint = 'number the rows with ROW_NUMBER() in a sub-query, and take MAX(CASE WHEN rn = 2 THEN x END) OVER (…)'
    refuse(statement, call.range, 'Flink SQL has no NTH_VALUE', hint)
  }
  if (AGGREGATES.has(name) || OTHER_AGGREGATES.has(name))
    refuse(statement, call.range, `${name}(…) OVER (…) is not supported yet`)
  const texts = call.arguments.map(({ range }) => writtenText(statement, range))
  const advice = otherFunctionHint(name, texts)
  if (advice !== undefined) refuse(statement, call.range, `there is no function ${name}`, advice)
  const names = [...OVER_AGGREGATES, 'ROW_NUMBER', 'RANK', 'DENSE_RANK', 'LAG', 'LEAD']
  return refuse(statement, call.range, `${name} cannot have OVER`, `these can: ${names.join(', ')}`)
}

/** The rows with a column for each expression that is none of them yet. */
function withInputs(from: Plan, inputs: Inputs): Plan {
  const added = inputs.filter(({ expression }) => expression.kind !== 'column')
  if (added.length === 0) return from
  return {
    kind: 'project',
    input: from,
    expressions: [...from.fields.map(columnExpression), ...added.map(({ expression }) => expression)],
    fields: [...from.fields, ...added.map(({ expression: { type }, name }) => ({ name, type }))],
  }
}

/** The column of an expression in `withInputs`. */
function columnOf(expression: Expression | undefined, from: Plan, inputs: Inputs, index: number): number {
  if (expression?.kind === 'column') return expression.column
  return from.fields.length + inputs.slice(0, index).filter((other) => other.expression.kind !== 'column').length
}
