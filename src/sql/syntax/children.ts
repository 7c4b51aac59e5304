/** The expressions inside an expression of the syntax tree. */
import type { ExpressionSyntax } from './ast.ts'

/** The expressions directly inside `node`, without those of sub-queries, which are about other rows. */
export function childrenOf(node: ExpressionSyntax): readonly ExpressionSyntax[] {
  const children: ExpressionSyntax[] = []
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit)
    else if (isNode(value)) {
      if ('kind' in value && 'range' in value) children.push(value as ExpressionSyntax)
      else if (!('body' in value)) Object.values(value).forEach(visit)
    }
  }
  Object.values(node).forEach(visit)
  return children
}

export const isNode = (value: unknown): value is object => typeof value === 'object' && value !== null
