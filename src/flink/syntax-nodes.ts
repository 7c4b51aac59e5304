/** Looks nodes up in a syntax tree by their kind, wherever they stand: in sub-queries and windows too. */
import type { TextRange } from '../sql/syntax/ast.ts'
import { isNode } from '../sql/syntax/children.ts'

/** The nodes of one kind, in order of their places. */
export function syntaxNodes<Node extends { readonly range: TextRange }>(tree: unknown, kind: string): readonly Node[] {
  const found: Node[] = []
  const visit = (node: unknown): void => {
    if (!isNode(node)) return
    if ('kind' in node && node.kind === kind) found.push(node as Node)
    Object.values(node).forEach(visit)
  }
  visit(tree)
  return found.sort((a, b) => a.range.start - b.range.start)
}
