/** Expressions after binding: every name resolved, every type known, every implicit cast written out. */
import type { Value } from '../record/column.ts'
import type { Type } from '../record/type.ts'
import type { BoundCall } from './function/function.ts'

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
