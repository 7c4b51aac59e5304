/**
 * Bounds how deep a tree of syntax is, so that whoever walks it by recursion never overflows the stack. Nesting in the
 * text is bounded while it is read; a long chain, a OR b OR c …, is not nested in the text but makes a deep tree too.
 */
import type { QuerySyntax, TextRange } from './ast.ts'
import { problemOf } from './problem.ts'

const highest = 600

export function checkHeight(sql: string, query: QuerySyntax): void {
  // A stack of our own: this walk must not overflow where it protects others.
  const rest: { node: object; height: number }[] = [{ node: query, height: 0 }]
  for (let item = rest.pop(); item !== undefined; item = rest.pop()) {
    const { node, height } = item
    if (height > highest) {
      throw problemOf(
        'limit',
        sql,
        rangeOf(node),
        `more than ${highest} operators hang together here`,
        'write IN (…) for many comparisons with one value',
      )
    }
    const deeper = 'kind' in node ? height + 1 : height
    for (const child of Object.values(node)) {
      if (typeof child === 'object' && child !== null) rest.push({ node: child, height: deeper })
    }
  }
}

function rangeOf(node: object): TextRange {
  return 'range' in node ? (node.range as TextRange) : { start: 0, end: 0 }
}
