/** Binds UNNEST: the items of an array or a map become rows, beside the row that the list is in. */
import { type Field, INT, isMultiset, isNested, shortTypeName } from '../../../record/type.ts'
import { columnExpression } from '../../expression/columns.ts'
import type { Expression } from '../../expression/expression.ts'
import { itemParts } from '../../plan/inputs.ts'
import type { Plan, PlanOf } from '../../plan/plan.ts'
import type { TableSyntax } from '../../syntax/ast.ts'
import { bindExpression } from '../expression.ts'
import { emptyScope, type Relation, refuse, type Statement, writtenText } from '../statement.ts'

export type UnnestSyntax = Extract<TableSyntax, { kind: 'unnest' }>

/** Rows, and the tables that their columns are of. */
export type BoundTables = { readonly plan: Plan; readonly relations: readonly Relation[] }

/** One row without columns, for an UNNEST that stands alone. */
export const NO_TABLE: BoundTables = { plan: { kind: 'values', rows: [[]], fields: [] }, relations: [] }

/** The rows of the tables before it with those of UNNEST; `outer`: also where there is no item. The fields are not yet renamed. */
export function bindUnnest(
  syntax: UnnestSyntax,
  { plan, relations }: BoundTables,
  outer: boolean,
  statement: Statement,
): { readonly plan: PlanOf<'unnest'>; readonly fields: readonly Field[] } {
  const scope = { ...emptyScope(statement, 'UNNEST'), relations }
  const list = bindExpression(syntax.expression, scope)
  const { type } = list
  if (!isNested(type) || type.kind === 'ROW' || isMultiset(type)) {
    const { range } = syntax.expression
    const written = writtenText(statement, range)
    const asText = `if it is JSON, declare the column as ARRAY<…>, or write JSON_QUERY(${written}, '$' RETURNING ARRAY<STRING>)`
    const hint = type.kind === 'STRING' ? asText : undefined
    refuse(statement, range, `UNNEST wants an ARRAY or a MAP, and ${written} is ${shortTypeName(type)}`, hint)
  }
  // Names as the tables before it give them.
  const kept = relations.flatMap(({ fields }) => fields)
  const place: readonly Field[] = syntax.ordinality ? [{ name: 'ORDINALITY', type: INT }] : []
  const parts = [...itemParts(type).map(({ name, type }) => ({ name, type })), ...place]
  const input = withList(plan, list)
  return {
    plan: {
      kind: 'unnest',
      ...input,
      kept: kept.map((_, index) => index),
      parts: [...parts.keys()],
      numbered: syntax.ordinality,
      outer,
      fields: [...kept, ...parts],
    },
    fields: namedAfter(syntax, parts),
  }
}

/** The rows with the list among their columns. */
function withList(plan: Plan, list: Expression): { readonly input: Plan; readonly list: number } {
  if (list.kind === 'column') return { input: plan, list: list.column }
  const expressions = [...plan.fields.map(columnExpression), list]
  const fields = [...plan.fields, { name: 'the list', type: list.type }]
  return { input: { kind: 'project', input: plan, expressions, fields }, list: plan.fields.length }
}

/** The only column beside the place has the name of the table, where that is all that AS gives. */
function namedAfter({ alias, ordinality }: UnnestSyntax, parts: readonly Field[]): readonly Field[] {
  const [first, ...others] = parts
  if (alias === undefined || alias.columns.length > 0 || first === undefined) return parts
  return others.length === (ordinality ? 1 : 0) ? [{ ...first, name: alias.name.name }, ...others] : parts
}
