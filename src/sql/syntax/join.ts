/** The words of joins, and where parentheses are around joined tables. */
import type { TableSyntax } from './ast.ts'
import { OF_EACH, OTHER_JOINS, SAMPLED } from './other-clauses.ts'
import { reserved } from './reserved.ts'
import type { Token } from './token.ts'
import type { TokenReader } from './token-reader.ts'

type JoinType = Extract<TableSyntax, { kind: 'join' }>['type']

/** Takes the words of a join up to its right side. */
export function joinAt(tokens: TokenReader): JoinType | undefined {
  const { key } = tokens.peek()
  switch (key) {
    case 'JOIN':
      tokens.take()
      return 'INNER'
    case 'INNER':
    case 'CROSS':
      tokens.take()
      refuseOtherJoin(tokens)
      tokens.expect('JOIN')
      return key
    case 'LEFT':
    case 'RIGHT':
    case 'FULL':
      tokens.take()
      refuseOtherJoin(tokens)
      if (tokens.accept('OUTER')) refuseOtherJoin(tokens)
      tokens.expect('JOIN')
      return key
    case 'LATERAL':
      throw tokens.unsupported('LATERAL VIEW is', 'write CROSS JOIN UNNEST(a) AS t (x)')
    case 'ASOF':
      throw tokens.unsupported('ASOF JOIN is', 'write JOIN … ON a.k = b.k AND b.ts BETWEEN … AND a.ts')
    default:
      return undefined
  }
}

/** Refuses a join of another dialect that begins here: SEMI JOIN, ANY LEFT JOIN, ARRAY JOIN; also behind LEFT. */
export function refuseOtherJoin(tokens: TokenReader): void {
  const { kind, key, range } = tokens.peek()
  const hint = kind === 'word' ? OTHER_JOINS.get(key) : undefined
  const next = tokens.peek(1).key
  const isJoin = next === 'JOIN' || (['LEFT', 'RIGHT', 'INNER', 'FULL'].includes(next) && tokens.peek(2).key === 'JOIN')
  if (hint !== undefined && isJoin) throw tokens.problem(`Flink SQL has no ${key} JOIN`, hint, range)
  if (key === 'APPLY' || tokens.sees('OUTER', 'APPLY')) throw tokens.problem('Flink SQL has no APPLY', OF_EACH)
  if (tokens.sees('USING', 'SAMPLE')) throw tokens.problem('Flink SQL has no USING SAMPLE', SAMPLED)
  if (key === 'TABLESAMPLE') throw tokens.unsupported('TABLESAMPLE is', SAMPLED)
}

/** Whether parentheses around joined tables begin here, and not those around a query. */
export function seesJoins(tokens: TokenReader): boolean {
  if (!tokens.sees('(')) return false
  const { key, kind } = tokens.peek(1)
  if (key === '(') return isTable(tokens.peek(behindParentheses(tokens)))
  if (key === 'TABLE') return tokens.peek(2).key === '('
  return key === 'UNNEST' || isTable({ key, kind })
}

/** What can only be the name of a table, or stand behind one: an alias, or a join. */
const isTable = ({ key, kind }: Pick<Token, 'key' | 'kind'>): boolean =>
  kind === 'quoted' || (kind === 'word' && (!reserved.has(key) || BEHIND_TABLE.has(key)))

const BEHIND_TABLE: ReadonlySet<string> = new Set(['AS', 'JOIN', 'INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS', 'NATURAL'])

/** How far away the token is that follows the second of the parentheses that begin here: ((SELECT …) AS a JOIN b …). */
function behindParentheses(tokens: TokenReader): number {
  let open = 0
  for (let ahead = 1; ; ahead++) {
    const { key, kind } = tokens.peek(ahead)
    if (key === '(') open++
    if (key === ')') open--
    if (open === 0 || kind === 'end') return ahead + 1
  }
}
