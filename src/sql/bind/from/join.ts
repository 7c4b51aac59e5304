/**
 * Binds joins of tables: JOIN … ON, USING and NATURAL, CROSS JOIN and a comma. What ON says is the condition of the join; which
 * parts of it are keys is found later, with those of WHERE (`plan/join.ts`).
 *
 * Columns of USING and of NATURAL come first, and once: without the name of a table, each is the value of the side that has one.
 */
import { BOOLEAN, type Field, typeName } from '../../../record/type.ts'
import { columnExpression } from '../../expression/columns.ts'
import type { Expression } from '../../expression/expression.ts'
import { foldCoalesce, foldLogic, isTrueLiteral, literal } from '../../expression/fold.ts'
import { commonTypeOf } from '../../function/common-type.ts'
import { joinedFields } from '../../plan/inputs.ts'
import { filtered } from '../../plan/join.ts'
import type { JoinKind, Plan } from '../../plan/plan.ts'
import type { ExpressionSyntax, Identifier, TableSyntax, TextRange } from '../../syntax/ast.ts'
import { childrenOf } from '../../syntax/children.ts'
import { bindOperator, castExpression } from '../call.ts'
import { bindCondition } from '../expression.ts'
import { hintOf, quote } from '../name.ts'
import { emptyScope, type NamedQueries, type Relation, refuse, type Scope, type Statement } from '../statement.ts'
import { AttachedJoins } from '../subquery/attach.ts'
import { bindWithSubqueries } from '../subquery/choose.ts'
import type { BoundTables } from './unnest.ts'

export type JoinSyntax = Extract<TableSyntax, { kind: 'join' }>

const KINDS: Readonly<Record<JoinSyntax['type'], JoinKind>> = {
  INNER: 'inner',
  CROSS: 'inner',
  LEFT: 'left',
  RIGHT: 'right',
  FULL: 'full',
}

/** Both tables, joined. */
export function bindTableJoin(
  syntax: JoinSyntax,
  left: BoundTables,
  right: BoundTables,
  { statement, tables }: { readonly statement: Statement; readonly tables: NamedQueries },
): BoundTables {
  refuseSameName(left, right, syntax, statement)
  const { on, using } = syntax
  const joined = withCondition(KINDS[syntax.type], left, right, statement)
  if (on !== undefined) {
    const scope = { ...emptyScope(statement, 'ON'), relations: joined.relations }
    if (KINDS[syntax.type] === 'inner' && statement.mode === 'batch' && hasSubquery(on)) {
      return chosenPairs(joined.where(undefined), on, scope, tables)
    }
    return joined.where(bindCondition(on, 'ON', scope))
  }
  if (using === undefined) return joined.where(undefined)
  const common = using === 'NATURAL' ? commonNames(left, right, syntax, statement) : using
  return merged(common, [left, right], joined, { syntax, statement })
}

const hasSubquery = (node: ExpressionSyntax): boolean =>
  ['scalar-query', 'exists', 'quantified'].includes(node.kind) ||
  (node.kind === 'in' && 'body' in node.list) ||
  childrenOf(node).some(hasSubquery)

/** All pairs of an inner join, of which ON chooses as WHERE does. */
function chosenPairs(pairs: BoundTables, on: ExpressionSyntax, scope: Scope, tables: NamedQueries): BoundTables {
  const joins = new AttachedJoins(scope.statement)
  const condition = bindWithSubqueries(on, 'ON', scope, { joins, tables })
  const input = filtered(joins.attach(pairs.plan), [joins.resolve(condition)])
  const { fields } = pairs.plan
  return { ...pairs, plan: { kind: 'project', input, expressions: fields.map(columnExpression), fields } }
}

type Joined = Pick<BoundTables, 'relations'> & { where(condition: Expression | undefined): BoundTables }

/** The join without its condition, which is bound over its columns. */
function withCondition(join: JoinKind, left: BoundTables, right: BoundTables, { mode }: Statement): Joined {
  const [ofLeft, ofRight] = [fieldsOf(left), fieldsOf(right)]
  const both = [...ofLeft, ...ofRight]
  // In a stream, which columns still have a time is known with the time of the join.
  const fields =
    mode === 'streaming' ? both : joinedFields({ join, time: undefined }, { fields: ofLeft }, { fields: ofRight })
  const width = ofLeft.length
  const relations = [...left.relations, ...right.relations.map((each) => ({ ...each, first: each.first + width }))].map(
    (relation) => ({ ...relation, fields: fields.slice(relation.first, relation.first + relation.fields.length) }),
  )
  return {
    relations,
    where: (condition) => ({
      relations,
      plan: {
        kind: 'join',
        join,
        left: { ...left.plan, fields: ofLeft },
        right: { ...right.plan, fields: ofRight },
        keys: [],
        condition: condition !== undefined && isTrueLiteral(condition) ? undefined : condition,
        time: undefined,
        demand: undefined,
        fields,
      },
    }),
  }
}

/** The columns as the tables before it name them. */
const fieldsOf = ({ relations }: BoundTables): readonly Field[] => relations.flatMap(({ fields }) => fields)

function refuseSameName(left: BoundTables, right: BoundTables, { range }: JoinSyntax, statement: Statement): void {
  const names = left.relations.flatMap(({ name }) => name ?? [])
  const twice = right.relations.find(({ name }) => name !== undefined && names.includes(name))?.name
  if (twice === undefined) return
  const hint = `give one of them another name: ${quote(twice)} AS b`
  refuse(statement, range, `two tables in FROM have the name ${quote(twice)}`, hint)
}

/** The columns that a table shows without its name. */
const shown = ({ relations }: BoundTables): readonly { readonly name: string; readonly column: number }[] =>
  relations.flatMap(({ fields, first, merged = NONE }) =>
    fields.flatMap(({ name }, index) => (merged.has(name) ? [] : [{ name, column: first + index }])),
  )

const NONE: ReadonlySet<string> = new Set()

function commonNames(
  left: BoundTables,
  right: BoundTables,
  { range }: JoinSyntax,
  statement: Statement,
): readonly Identifier[] {
  const names = new Set(shown(right).map(({ name }) => name))
  const common = [...new Set(shown(left).map(({ name }) => name))].filter((name) => names.has(name))
  if (common.length === 0) {
    const hint = 'write CROSS JOIN for all pairs, or JOIN … ON and a condition'
    refuse(statement, range, 'both sides of the NATURAL JOIN have no column of the same name', hint)
  }
  return common.map((name) => ({ name, range }))
}

type Around = { readonly syntax: JoinSyntax; readonly statement: Statement }

/** The join by columns of the same names, with these as columns of no table in front. */
function merged(
  common: readonly Identifier[],
  [left, right]: readonly [BoundTables, BoundTables],
  joined: Joined,
  { syntax, statement }: Around,
): BoundTables {
  const width = fieldsOf(left).length
  const all = joined.relations.flatMap(({ fields }) => fields)
  const at = (column: number) => columnExpression(all[column] as Field, column)
  const names = new Set(common.map(({ name }) => name))
  const scope = emptyScope(statement, 'USING')
  const pairs = common.map(({ name, range }) => {
    const sides = [at(columnOf(name, left, range, statement)), at(width + columnOf(name, right, range, statement))]
    const type = commonTypeOf(sides.map((side) => side.type))
    const equal = bindOperator('=', sides, range === syntax.range ? syntax.range : range, scope)
    if (type === undefined) {
      const [a, b] = sides.map((side) => typeName(side.type))
      return refuse(
        statement,
        range,
        `${quote(name)} is ${a} on the left and ${b} on the right`,
        'write ON with a CAST',
      )
    }
    const values = sides.map((side) => castExpression(side, { type }, range, scope))
    return { name, equal, value: foldCoalesce(values, type), type }
  })
  const condition =
    pairs.length === 0
      ? literal(true, BOOLEAN)
      : foldLogic(
          'and',
          pairs.map(({ equal }) => equal),
        )
  const { plan } = joined.where(condition)
  const own = pairs.map(({ name, type }): Field => ({ name, type }))
  const fields = [...own, ...plan.fields]
  const expressions = [...pairs.map(({ value }) => value), ...plan.fields.map(columnExpression)]
  const moved = joined.relations.map(
    (relation): Relation => ({
      ...relation,
      first: relation.first + own.length,
      merged: new Set([
        ...(relation.merged ?? NONE),
        ...relation.fields.map(({ name }) => name).filter((name) => names.has(name)),
      ]),
    }),
  )
  const project: Plan = { kind: 'project', input: plan, expressions, fields }
  return { plan: project, relations: [{ name: undefined, fields: own, first: 0 }, ...moved] }
}

function columnOf(name: string, side: BoundTables, range: TextRange, statement: Statement): number {
  const columns = shown(side)
  const [found, another] = columns.filter((column) => column.name === name)
  if (found !== undefined && another === undefined) return found.column
  if (found !== undefined) refuse(statement, range, `column ${quote(name)} is ambiguous`, 'write ON in place of USING')
  const hint = hintOf(
    name,
    columns.map((column) => column.name),
    'columns',
  )
  return refuse(statement, range, `there is no column ${quote(name)} on both sides of the join`, hint)
}
