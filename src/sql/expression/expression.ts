/** Expressions after binding: every name resolved, every type known, every implicit cast written out. */
import type { Column, Value } from '../../record/column.ts'
import type { Type } from '../../record/type.ts'

export type Expression = { readonly type: Type } & (
  | { readonly kind: 'column'; readonly column: number; readonly name: string }
  | { readonly kind: 'literal'; readonly value: Value }
  /** `keywords` only where the call has any: see `ast.ts`. */
  | { readonly kind: 'call'; readonly name: string; readonly keywords?: readonly string[]; readonly call: BoundCall }
  /** Three-valued AND and OR: a failure of a later operand counts only where the earlier ones have not decided. */
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Expression[] }
  /** Each row takes the first branch whose `when` is TRUE; failures of branches not taken do not count. */
  | {
      readonly kind: 'case'
      readonly branches: readonly { readonly when: Expression; readonly then: Expression }[]
      readonly otherwise: Expression
    }
  /** The first operand that is not NULL; failures of later ones do not count. */
  | { readonly kind: 'coalesce'; readonly operands: readonly Expression[] }
)

/** Expressions of one kind. */
export type ExpressionOf<Kind extends Expression['kind']> = Extract<Expression, { kind: Kind }>

/** A call whose types are known, from `ScalarFunction.bind`. */
export type BoundCall = {
  readonly type: Type
  /** The arguments, with the casts that the function needs. */
  readonly arguments: readonly Expression[]
  /** 'strict': NULL if any argument is NULL (the default); 'own': the function looks at `nulls` itself. */
  readonly nulls?: 'strict' | 'own'
  /** Of a function of the user, the digest of its file: it says what the function does. */
  readonly code?: string
  /** The results follow from chance, or from how many rows came before, and not from the arguments alone. */
  readonly isChance?: true
  /** Called once for each running copy of the call, as a `Compute` owns the arrays that it returns. */
  open(): Compute
}

/**
 * Computes a column from columns, row by row for rows [0, count). The arrays that it returns are valid until its next
 * call; its arguments stay unchanged. Unless the call has `nulls: 'own'`, the caller takes care of NULL: a row with a NULL
 * argument is NULL, and its value and its failure are ignored.
 */
export type Compute = (columns: readonly Column[], count: number) => Column
