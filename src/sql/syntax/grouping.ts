/**
 * Reads GROUP BY: expressions, GROUPING SETS, ROLLUP and CUBE. Several items beside each other multiply: each set of one with each of
 * the others. A set is the indexes of its expressions.
 */
import type { ExpressionSyntax } from './ast.ts'
import type { TokenReader } from './token-reader.ts'

export type GroupingSyntax = {
  readonly groupBy: readonly ExpressionSyntax[]
  /** Undefined where there is one set, of all expressions. */
  readonly sets?: readonly (readonly number[])[]
}

type Sets = readonly (readonly number[])[]

/** Each row is in a group of each set. */
const MOST_SETS = 256

/** Reads what follows GROUP BY, and these words. */
export function groupingAt(tokens: TokenReader): GroupingSyntax {
  tokens.take()
  tokens.expect('BY', 'after GROUP')
  if (tokens.seesAny(['ALL', 'DISTINCT'])) {
    throw tokens.unsupported(`GROUP BY ${tokens.peek().key} is`, 'name each column of SELECT that is no aggregate')
  }
  const groupBy: ExpressionSyntax[] = []
  const { start } = tokens.peek().range
  const items = tokens.list(() => tokens.attempt(() => setsAt(tokens, groupBy)) ?? [[]])
  if (tokens.sees('WITH') && ['ROLLUP', 'CUBE'].includes(tokens.peek(1).key)) {
    const { key } = tokens.peek(1)
    throw tokens.problem(`${key} stands around what is grouped by`, `write GROUP BY ${key} (a, b)`)
  }
  if (tokens.sees('WITH') && tokens.peek(1).key === 'TOTALS') {
    throw tokens.problem('Flink SQL has no WITH TOTALS', 'write GROUP BY GROUPING SETS ((a, b), ())')
  }
  const sets = items.reduce<Sets>((all, item) => all.flatMap((set) => item.map((more) => [...set, ...more])), [[]])
  if (sets.length > MOST_SETS) {
    throw tokens.unsupported(`a GROUP BY of more than ${MOST_SETS} sets is`, 'write fewer', tokens.since(start))
  }
  const [only] = sets
  const isPlain = sets.length === 1 && new Set(only).size === groupBy.length
  return isPlain ? { groupBy } : { groupBy, sets }
}

/** The sets of one item; its expressions are added to `groupBy`. */
function setsAt(tokens: TokenReader, groupBy: ExpressionSyntax[]): Sets {
  if (tokens.accept('(', ')')) return [[]]
  if (tokens.accept('GROUPING', 'SETS')) {
    return tokens.enclosed(() => tokens.list(() => setsAt(tokens, groupBy)), 'after GROUPING SETS').flat()
  }
  const { key } = tokens.peek()
  if ((key === 'ROLLUP' || key === 'CUBE') && tokens.peek(1).key === '(') {
    tokens.take()
    const parts = tokens.enclosed(() => tokens.list(() => partAt(tokens, groupBy)))
    return key === 'ROLLUP' ? rollup(parts) : cube(parts)
  }
  return [partAt(tokens, groupBy)]
}

const rollup = (parts: Sets): Sets => [...parts, []].map((_, dropped) => parts.slice(0, parts.length - dropped).flat())

function cube(parts: Sets): Sets {
  if (2 ** parts.length > MOST_SETS) return Array.from({ length: MOST_SETS + 1 }, () => [])
  return Array.from({ length: 2 ** parts.length }, (_, left) =>
    parts.flatMap((part, index) => ((left >> index) & 1 ? [] : part)),
  )
}

/** One expression, or several in parentheses, which then belong together. */
function partAt(tokens: TokenReader, groupBy: ExpressionSyntax[]): readonly number[] {
  const expressions = isTuple(tokens) ? tupleAt(tokens) : [tokens.expression()]
  return expressions.map((expression) => groupBy.push(expression) - 1)
}

/** Whether parentheses that begin here have a comma of their own: (a, b), but not (a + b) * c. */
function isTuple(tokens: TokenReader): boolean {
  if (!tokens.sees('(')) return false
  let open = 0
  for (let ahead = 0; tokens.peek(ahead).kind !== 'end'; ahead++) {
    const { key } = tokens.peek(ahead)
    if (key === '(') open++
    if (key === ')' && --open === 0) return false
    if (key === ',' && open === 1) return true
    if (key === 'SELECT' && open === 1) return false
  }
  return false
}

/** Expressions in parentheses. */
export function tupleAt(tokens: TokenReader): readonly ExpressionSyntax[] {
  return tokens.enclosed(() => tokens.list(() => tokens.expression()))
}
