/** Expressions after binding: every name resolved, every type known, every implicit cast written out. */
import type { Column, Value } from '../../record/column.ts'
import type { Type } from '../../record/type.ts'

export type Expression =
  | { readonly kind: 'column'; readonly column: number; readonly name: string; readonly type: Type }
  | { readonly kind: 'literal'; readonly value: Value; readonly type: Type }
  /** `keywords` only where the call has some: see `ast.ts`. */
  | {
      readonly kind: 'call'
      readonly name: string
      readonly keywords?: readonly string[]
      readonly call: BoundCall
      readonly type: Type
    }
  /** Three-valued AND and OR: a failure of a later operand counts only where the earlier ones have not decided. */
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Expression[]; readonly type: Type }
  /** Each row takes the first branch whose `when` is TRUE; failures of branches not taken do not count. */
  | {
      readonly kind: 'case'
      readonly branches: readonly { readonly when: Expression; readonly then: Expression }[]
      readonly otherwise: Expression
      readonly type: Type
    }
  /** The first operand that is not NULL; failures of later ones do not count. */
  | { readonly kind: 'coalesce'; readonly operands: readonly Expression[]; readonly type: Type }

/** A call whose types are known, from `ScalarFunction.bind`. */
export type BoundCall = {
  readonly type: Type
  /** The arguments, with the casts that the function wants put in. */
  readonly arguments: readonly Expression[]
  /** 'strict': NULL if any argument is NULL (the default); 'own': the kernel looks at `nulls` itself. */
  readonly nulls?: 'strict' | 'own'
  /** Makes a kernel with arrays of its own; called once for each place of the plan that runs. */
  open(): Compute
}

/**
 * Computes a column from columns, row by row for rows [0, count). It may overwrite, at its next call, the arrays that it
 * returned; it never changes its arguments. Unless it says otherwise (`nulls: 'own'`), the caller has taken care of
 * NULL: where any argument is NULL the result is, and what the kernel computes there is not looked at, nor a failure there.
 */
export type Compute = (columns: readonly Column[], count: number) => Column
