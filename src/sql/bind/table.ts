/** Binds FROM: a table of the catalog, a query of WITH, a sub-query or a window over one of these, and UNNEST beside them. */
import type { Field } from '../../record/type.ts'
import type { Plan } from '../plan/plan.ts'
import type { AliasSyntax, Identifier, TableSyntax } from '../syntax/ast.ts'
import { bindCondition } from './expression.ts'
import { bindTableJoin, type JoinSyntax } from './from/join.ts'
import { bindLookup, isLookup, lookupHint } from './from/lookup.ts'
import { type BoundTables, bindUnnest, NO_TABLE, type UnnestSyntax } from './from/unnest.ts'
import { bindWindow } from './from/window.ts'
import { hintOf, quote } from './name.ts'
import { emptyScope, type NamedQueries, refuse, type Statement } from './statement.ts'
import { bindView } from './view/view.ts'

/** The tables of FROM; `tables` are the queries of WITH. */
export function bindTables(syntax: TableSyntax, statement: Statement, tables: NamedQueries): BoundTables {
  switch (syntax.kind) {
    case 'table': {
      const { asOf } = syntax
      if (asOf !== undefined) {
        const message = 'FOR SYSTEM_TIME AS OF stands in a join, behind a lookup table'
        return refuse(statement, asOf.range, message, lookupHint(syntax.path.at(-1)?.name ?? 'ports'))
      }
      const name = syntax.path.at(-1) as Identifier
      return named(bindName(syntax.path, statement, tables), syntax.alias, name.name, statement)
    }
    case 'derived':
      return named(statement.bindQuery(syntax.query, statement, tables), syntax.alias, undefined, statement)
    case 'window': {
      const plan = bindWindow(syntax, statement, (table) => {
        const { plan, relations } = bindTables(table, statement, tables)
        return { ...plan, fields: relations.flatMap(({ fields }) => fields) }
      })
      return named(plan, syntax.alias, undefined, statement)
    }
    case 'unnest':
      return joinUnnest(syntax, NO_TABLE, false, statement)
    case 'join':
      return bindJoin(syntax, statement, tables)
  }
}

/** Joins with a lookup table or an UNNEST go over the rows of the left side; others are of two tables. */
function bindJoin(syntax: JoinSyntax, statement: Statement, tables: NamedQueries): BoundTables {
  const { type, left, right, on } = syntax
  if (isLookup(syntax)) {
    const { alias } = syntax.right
    return bindLookup(syntax, bindTables(left, statement, tables), statement, (fields) =>
      alias === undefined || alias.columns.length === 0 ? fields : renamed(fields, alias, statement),
    )
  }
  if (right.kind !== 'unnest') {
    const sides = [left, right].map((side) => bindTables(side, statement, tables)) as [BoundTables, BoundTables]
    return bindTableJoin(syntax, ...sides, { statement, tables })
  }
  const isOuter = type === 'LEFT'
  if (!isOuter && type !== 'CROSS' && type !== 'INNER') {
    const hint = 'write CROSS JOIN UNNEST(…), or LEFT JOIN UNNEST(…) ON TRUE'
    return refuse(statement, right.range, `${type} JOIN cannot be with UNNEST`, hint)
  }
  const joined = joinUnnest(right, bindTables(left, statement, tables), isOuter, statement)
  if (on === undefined || (on.kind === 'boolean' && on.value)) return joined
  if (isOuter) return refuse(statement, on.range, 'LEFT JOIN UNNEST(…) takes no condition', 'write ON TRUE')
  const scope = { ...emptyScope(statement, 'ON'), relations: joined.relations }
  const predicate = bindCondition(on, 'ON', scope)
  return { ...joined, plan: { kind: 'filter', input: joined.plan, predicate, fields: joined.plan.fields } }
}

function joinUnnest(syntax: UnnestSyntax, left: BoundTables, outer: boolean, statement: Statement): BoundTables {
  const { plan, fields } = bindUnnest(syntax, left, outer, statement)
  const { alias } = syntax
  const given = alias === undefined || alias.columns.length === 0 ? fields : renamed(fields, alias, statement)
  const relation = { name: alias?.name.name, fields: given, first: plan.kept.length }
  return {
    plan: { ...plan, fields: [...plan.fields.slice(0, plan.kept.length), ...given] },
    relations: [...left.relations, relation],
  }
}

function bindName(path: readonly Identifier[], statement: Statement, tables: NamedQueries): Plan {
  const [first, another] = path as readonly [Identifier, ...Identifier[]]
  if (another !== undefined) {
    const last = path.at(-1) as Identifier
    const message = `there is no catalog or database ${quote(first.name)}`
    refuse(statement, first.range, message, `write the table's name alone: ${quote(last.name)}`)
  }
  const query = tables.get(first.name)
  if (query !== undefined) return query
  const table = statement.catalog.get(first.name)
  if (table === undefined) {
    const names = [...tables.keys(), ...statement.catalog.keys()]
    const hint =
      names.length === 0
        ? 'no tables were given: name a file behind the statement (or - for standard input), or write rows with VALUES'
        : undefined
    refuse(
      statement,
      first.range,
      `there is no table ${quote(first.name)}`,
      hint ?? hintOf(first.name, names, 'tables'),
    )
  }
  if (table.lookup !== undefined) {
    const message = `${quote(table.name)} is a lookup table: rows are joined with it by its key`
    refuse(statement, first.range, message, lookupHint(table.name))
  }
  if (table.view !== undefined) return bindView(table.view, first, statement)
  const fields = table.fields.map(({ name, type }, index) =>
    index === table.rowtime?.field ? { name, type, rowtime: true } : { name, type },
  )
  return { kind: 'scan', table: table.name, columns: fields.map((_, index) => index), fields }
}

function named(
  plan: Plan,
  alias: AliasSyntax | undefined,
  name: string | undefined,
  statement: Statement,
): BoundTables {
  const fields =
    alias === undefined || alias.columns.length === 0 ? plan.fields : renamed(plan.fields, alias, statement)
  return { plan, relations: [{ name: alias?.name.name ?? name, fields, first: 0 }] }
}

/** The fields with the names of t(a, b), which must name all of them. */
export function renamed(
  fields: readonly Field[],
  { name, columns }: { readonly name: Identifier; readonly columns: readonly Identifier[] },
  statement: Statement,
): readonly Field[] {
  if (columns.length !== fields.length) {
    const message = `${quote(name.name)} names ${columns.length} columns and has ${fields.length}`
    refuse(statement, name.range, message, `the columns are ${fields.map((field) => quote(field.name)).join(', ')}`)
  }
  return fields.map((field, index) => ({ ...field, name: (columns[index] as Identifier).name }))
}
