/**
 * Limits the height of the syntax tree, so that recursive functions over it cannot overflow the stack. The parser already
 * limits nesting in the text; a long chain, a OR b OR c …, is not nested in the text but makes a high tree too.
 */
import type { QuerySyntax, TextRange } from './ast.ts'
import { limitProblem } from './problem.ts'

const highest = 600

/** Throws a Failure of code 'limit' where the tree of `query`, read from `sql`, is too high. */
export function checkHeight(sql: string, query: QuerySyntax): void {
  // An explicit stack: recursion would overflow on the very trees that are refused here.
  const rest: { node: object; height: number }[] = [{ node: query, height: 0 }]
  for (let item = rest.pop(); item !== undefined; item = rest.pop()) {
    const { node, height } = item
    if (height > highest) {
      throw limitProblem(
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
