/** Binds FROM: a table of the catalog, a query of WITH, a sub-query or a window over one of these. */
import type { Field } from '../../record/type.ts'
import type { Plan } from '../plan/plan.ts'
import type { AliasSyntax, Identifier, TableSyntax } from '../syntax/ast.ts'
import { JOINS_HINT, NO_JOINS } from '../syntax/table.ts'
import { hintOf, quote } from './name.ts'
import { type NamedQueries, refuse, type Statement } from './statement.ts'
import { bindWindow } from './window.ts'

/** The rows, their fields, and the name `t` of `t.column`. */
export type BoundTable = { readonly plan: Plan; readonly name: string | undefined; readonly fields: readonly Field[] }

/** The table of FROM; `tables` are the queries of WITH. */
export function bindTable(syntax: TableSyntax, statement: Statement, tables: NamedQueries): BoundTable {
  switch (syntax.kind) {
    case 'table': {
      const name = syntax.path.at(-1) as Identifier
      return named(bindName(syntax.path, statement, tables), syntax.alias, name.name, statement)
    }
    case 'derived':
      return named(statement.bindQuery(syntax.query, tables), syntax.alias, undefined, statement)
    case 'window': {
      const plan = bindWindow(syntax, statement, (table) => {
        const { plan, fields } = bindTable(table, statement, tables)
        return { ...plan, fields }
      })
      return named(plan, syntax.alias, undefined, statement)
    }
    case 'join':
      return refuse(statement, syntax.range, `${NO_JOINS} not supported yet`, JOINS_HINT)
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
  const fields = table.fields.map(({ name, type }, index) =>
    index === table.rowtime?.field ? { name, type, rowtime: true } : { name, type },
  )
  return { kind: 'scan', table: table.name, columns: fields.map((_, index) => index), fields }
}

function named(plan: Plan, alias: AliasSyntax | undefined, name: string | undefined, statement: Statement): BoundTable {
  if (alias === undefined) return { plan, name, fields: plan.fields }
  if (alias.columns.length === 0) return { plan, name: alias.name.name, fields: plan.fields }
  return { plan, name: alias.name.name, fields: renamed(plan.fields, alias, statement) }
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
