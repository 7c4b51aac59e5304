/** The words of joins, and where parentheses are around joined tables. */
import type { TableSyntax } from './ast.ts'
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
      tokens.expect('JOIN')
      return key
    case 'LEFT':
    case 'RIGHT':
    case 'FULL':
      tokens.take()
      refuseSemi(tokens)
      tokens.accept('OUTER')
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

/** LEFT SEMI JOIN of Spark and Hive, which Flink writes in WHERE. */
function refuseSemi(tokens: TokenReader): void {
  const { key, range } = tokens.peek()
  if (key !== 'SEMI' && key !== 'ANTI') return
  const not = key === 'ANTI' ? 'NOT ' : ''
  throw tokens.problem(
    `Flink SQL has no ${key} JOIN`,
    `write WHERE ${not}EXISTS (SELECT 1 FROM b WHERE b.k = a.k)`,
    range,
  )
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
