/**
 * The sub-queries of one clause, each of which becomes a join of the rows that the clause is about. Until these rows are
 * known, the columns that a sub-query adds have numbers of their own, which `resolve` then replaces.
 */
import { columnExpression, columnsOf, replaceColumns } from '../../expression/columns.ts'
import type { Expression } from '../../expression/expression.ts'
import { foldLogic } from '../../expression/fold.ts'
import { joinedFields } from '../../plan/inputs.ts'
import type { JoinDemand, JoinKind, Plan, PlanOf } from '../../plan/plan.ts'
import type { TextRange } from '../../syntax/ast.ts'
import { settleJoins } from '../from/settle.ts'
import type { Statement } from '../statement.ts'
import { replaceBoth } from './outer.ts'

/** Far behind the columns of rows, and those of a row around a sub-query. */
const FIRST_COLUMN = 1 << 28

/** The join of one sub-query: its rows, and the conditions over their columns and those of the row around (`outer.ts`). */
export type Attached = {
  readonly join: Extract<JoinKind, 'inner' | 'left' | 'semi' | 'anti'>
  readonly plan: Plan
  readonly conditions: readonly Expression[]
  readonly demand?: JoinDemand
  readonly range: TextRange
}

/** The joins of one clause. */
export class AttachedJoins {
  readonly #statement: Statement
  readonly #joins: Attached[] = []
  /** The number of each column that was given out, in order: of which join, and which of its columns. */
  readonly #given: { readonly join: number; readonly column: number }[] = []
  /** Where the columns of each join begin, once it is there. */
  readonly #first: number[] = []

  constructor(statement: Statement) {
    this.#statement = statement
  }

  /** Adds a join; its columns, for expressions of the clause. */
  add(attached: Attached): readonly Expression[] {
    const join = this.#joins.push(attached) - 1
    return attached.plan.fields.map((field, column) => {
      const number = this.#given.push({ join, column }) - 1
      return columnExpression(field, FIRST_COLUMN + number)
    })
  }

  /** The rows with all joins; `resolve` makes an expression of the clause one over the rows. */
  attach(rows: Plan, resolve: (expression: Expression) => Expression = (each) => each): Plan {
    return this.#joins.slice(this.#first.length).reduce((left, attached) => this.#joined(left, attached, resolve), rows)
  }

  /** Whether the expression reads columns of the joins. */
  adds(expression: Expression): boolean {
    return [...columnsOf(expression)].some((column) => this.#given[column - FIRST_COLUMN] !== undefined)
  }

  /** The expression over the rows that `attach` gave. */
  resolve(expression: Expression): Expression {
    return replaceColumns(expression, (each) => {
      const given = this.#given[each.column - FIRST_COLUMN]
      if (given === undefined) return each
      return { ...each, column: (this.#first[given.join] as number) + given.column }
    })
  }

  #joined(left: Plan, attached: Attached, resolve: (expression: Expression) => Expression): Plan {
    const { join, plan: right, conditions, demand, range } = attached
    const width = left.fields.length
    this.#first.push(width)
    const placed = conditions.map((each) =>
      replaceBoth(
        each,
        (own) => ({ ...own, column: own.column + width }),
        (outer) => this.resolve(resolve(outer)),
      ),
    )
    const { mode } = this.#statement
    const node: PlanOf<'join'> = {
      kind: 'join',
      join,
      left,
      right,
      keys: [],
      condition: placed.length === 0 ? undefined : foldLogic('and', placed),
      time: undefined,
      demand,
      fields: [],
    }
    const isChoice = join === 'semi' || join === 'anti'
    const both = isChoice ? left.fields : [...left.fields, ...right.fields]
    const fields = mode === 'batch' ? joinedFields(node, left, right) : both
    return settleJoins({ ...node, fields }, [], range, this.#statement)
  }
}
