/**
 * GROUPING SETS, ROLLUP and CUBE: each row is in a group of each set, and a key is NULL in the groups of a set without it. The number
 * of the set is a key too, so that these groups stay apart from those of rows where the key is NULL. GROUPING, GROUPING_ID and
 * GROUP_ID follow from the set: each is a column of its own.
 */
import { BIGINT, type Field } from '../../record/type.ts'
import { columnExpression } from '../expression/columns.ts'
import type { Expression } from '../expression/expression.ts'
import { literal } from '../expression/fold.ts'
import type { Plan } from '../plan/plan.ts'
import type { ExpressionSyntax, QuerySyntax, SyntaxOf } from '../syntax/ast.ts'
import { childrenOf } from '../syntax/children.ts'
import { GROUPING_FUNCTIONS } from './aggregates.ts'
import { refuse, type Scope, type SelectSyntax, writtenText } from './statement.ts'

/** The keys of a grouping, by their index. */
export type GroupKeys = {
  readonly fields: readonly Field[]
  /** Columns of the rows that are grouped. */
  readonly inputs: readonly number[]
  /** The key that an expression of GROUP BY is. */
  indexOf(node: ExpressionSyntax): number | undefined
}

type Mark = { readonly field: Field; readonly values: readonly number[] }

export type GroupingSets = {
  /** Undefined where there is one set, of all keys. */
  readonly sets: readonly ReadonlySet<number>[] | undefined
  /** The keys, those that some set lacks being of no window any more. */
  readonly fields: readonly Field[]
  /** Columns of the groups between keys and aggregates. */
  readonly marks: readonly Mark[]
  /** GROUPING and its like as a column of the groups; undefined for other expressions. */
  bind(node: ExpressionSyntax): Expression | undefined
}

/** The sets of a SELECT; the calls of GROUPING are all those in it and in the ORDER BY around it. */
export function bindSets(
  { sets: written, groupBy = [], items, having }: SelectSyntax,
  { orderBy }: QuerySyntax,
  keys: GroupKeys,
  scope: Scope,
): GroupingSets {
  const { statement } = scope
  const known = (indexes: readonly number[]) =>
    new Set(indexes.map((index) => keys.indexOf(groupBy[index] as ExpressionSyntax)).filter((key) => key !== undefined))
  const sets = written === undefined || written.length === 1 ? undefined : written.map(known)
  const isEverywhere = (key: number) => sets === undefined || sets.every((set) => set.has(key))
  const fields = keys.fields.map((field, key): Field => (isEverywhere(key) ? field : plainField(field)))
  refuseLostWindow(keys, isEverywhere, groupBy, scope)
  const marks = new Map<string, Mark>()
  if (sets !== undefined) {
    const number = { name: '$set', type: BIGINT }
    marks.set('', { field: number, values: [...sets.keys()] })
    const around = [...items, ...orderBy].map(({ expression }) => expression)
    for (const node of [...around, ...(having === undefined ? [] : [having])].flatMap(groupingsIn)) {
      const values = valuesOf(node, sets, keys, scope)
      const field = { name: writtenText(statement, node.range), type: BIGINT }
      marks.set(values.join(), { field, values })
    }
  }
  return {
    sets,
    fields,
    marks: [...marks.values()],
    bind(node) {
      if (!isGroupingCall(node)) return undefined
      const values = valuesOf(node, sets ?? [new Set(fields.keys())], keys, scope)
      const mark = marks.get(values.join())
      if (mark === undefined) return literal(0n, BIGINT)
      return columnExpression(mark.field, fields.length + [...marks.values()].indexOf(mark))
    },
  }
}

const plainField = ({ name, type }: Field): Field => ({ name, type })

const isGroupingCall = (node: ExpressionSyntax): node is SyntaxOf<'call'> =>
  node.kind === 'call' && node.over === undefined && GROUPING_FUNCTIONS.has(node.name.name.toUpperCase())

const groupingsIn = (node: ExpressionSyntax): readonly SyntaxOf<'call'>[] =>
  isGroupingCall(node) ? [node] : childrenOf(node).flatMap(groupingsIn)

/** The value in each set. GROUPING_ID is a number with a bit for each argument, 1 where the set lacks it; the last is the lowest. */
function valuesOf(
  node: SyntaxOf<'call'>,
  sets: readonly ReadonlySet<number>[],
  keys: GroupKeys,
  { statement }: Scope,
): readonly number[] {
  const name = node.name.name.toUpperCase()
  if (name === 'GROUP_ID') {
    if (node.arguments.length > 0 || node.star)
      refuse(statement, node.range, 'GROUP_ID takes no argument', 'write GROUP_ID()')
    const texts = sets.map((set) => [...set].sort((a, b) => a - b).join())
    return texts.map((text, index) => texts.slice(0, index).filter((before) => before === text).length)
  }
  if (node.arguments.length === 0 || node.distinct || node.filter !== undefined) {
    refuse(statement, node.range, `${name} wants expressions of GROUP BY`, `write ${name}(a)`)
  }
  const wanted = node.arguments.map((argument) => {
    const key = keys.indexOf(argument)
    if (key !== undefined) return key
    const message = `${name} wants expressions of GROUP BY, and ${writtenText(statement, argument.range)} is none`
    return refuse(statement, argument.range, message)
  })
  return sets.map((set) => wanted.reduce((bits, key) => 2 * bits + (set.has(key) ? 0 : 1), 0))
}

/** In a stream every group is of a window. */
function refuseLostWindow(
  { fields }: GroupKeys,
  isEverywhere: (key: number) => boolean,
  groupBy: readonly ExpressionSyntax[],
  { statement }: Scope,
): void {
  const lost = fields.findIndex(({ window }, key) => (window === 'start' || window === 'end') && !isEverywhere(key))
  const [node] = groupBy
  if (statement.mode === 'batch' || lost < 0 || node === undefined) return
  const hint = 'write GROUP BY window_start, window_end, ROLLUP (…), or both in each of GROUPING SETS'
  refuse(statement, node.range, 'a set without window_start and window_end would never be complete in a stream', hint)
}

/** The rows with each once for each set, and the columns there that are the keys. */
export function expanded(
  rows: Plan,
  { sets, fields, marks }: GroupingSets,
  keyInputs: readonly number[],
): { readonly plan: Plan; readonly keys: readonly number[] } {
  if (sets === undefined) return { plan: rows, keys: keyInputs }
  const width = rows.fields.length
  const lacked = [...keyInputs.keys()].filter((key) => !sets.every((set) => set.has(key)))
  const at = (key: number) => (lacked.includes(key) ? width + lacked.indexOf(key) : (keyInputs[key] as number))
  const plan: Plan = {
    kind: 'expand',
    input: rows,
    sets: sets.length,
    kept: [...rows.fields.keys()],
    copied: lacked.map((key) => keyInputs[key] as number),
    present: lacked.map((key) => sets.map((set) => set.has(key))),
    marks: marks.map(({ values }) => values),
    fields: [...rows.fields, ...lacked.map((key) => fields[key] as Field), ...marks.map(({ field }) => field)],
  }
  const ofMarks = marks.map((_, index) => width + lacked.length + index)
  return { plan, keys: [...[...keyInputs.keys()].map(at), ...ofMarks] }
}
