/** Reads windows of rows: OVER (PARTITION BY … ORDER BY … ROWS …), OVER name, and the WINDOW clause; and the items of ORDER BY. */
import type { BoundSyntax, FrameSyntax, Identifier, OrderItem, OverSyntax } from './ast.ts'
import type { TokenReader } from './token-reader.ts'

/** What is behind a call: OVER (…) or OVER name. */
export function overAt(tokens: TokenReader): OverSyntax {
  const { start } = tokens.take().range
  if (tokens.sees('(')) return { ...windowAt(tokens), range: tokens.since(start) }
  const window = tokens.name('( after OVER')
  return { window, partitionBy: [], orderBy: [], frame: undefined, range: tokens.since(start) }
}

/** WINDOW w AS (…), v AS (…) */
export function windowsAt(tokens: TokenReader): readonly { readonly name: Identifier; readonly over: OverSyntax }[] {
  tokens.take()
  return tokens.list(() => {
    const name = tokens.name('the name of a window')
    tokens.expect('AS')
    if (!tokens.sees('(')) throw tokens.unexpected('( and PARTITION BY … ORDER BY …')
    return { name, over: windowAt(tokens) }
  })
}

/** (PARTITION BY … ORDER BY … ROWS …) */
function windowAt(tokens: TokenReader): OverSyntax {
  const { start } = tokens.take().range
  if (tokens.seesName()) {
    throw tokens.unsupported('a window that builds on another is', 'write it out: (PARTITION BY … ORDER BY …)')
  }
  const partitionBy = tokens.accept('PARTITION', 'BY') ? tokens.list(() => tokens.expression()) : []
  const orderBy = tokens.accept('ORDER', 'BY') ? tokens.list(() => orderItemAt(tokens)) : []
  const frame = tokens.seesAny(['ROWS', 'RANGE']) ? frameAt(tokens) : undefined
  if (tokens.sees('EXCLUDE')) throw tokens.unsupported('EXCLUDE is', 'take the row out of the sum: SUM(x) OVER w - x')
  tokens.expect(')')
  return { window: undefined, partitionBy, orderBy, frame, range: tokens.since(start) }
}

function frameAt(tokens: TokenReader): FrameSyntax {
  const word = tokens.take()
  const unit = word.key === 'ROWS' ? 'ROWS' : 'RANGE'
  if (!tokens.accept('BETWEEN')) {
    const from = boundAt(tokens)
    return {
      unit,
      from,
      to: { side: 'CURRENT', offset: undefined, range: from.range },
      range: tokens.since(word.range.start),
    }
  }
  const from = boundAt(tokens)
  tokens.expect('AND')
  return { unit, from, to: boundAt(tokens), range: tokens.since(word.range.start) }
}

function boundAt(tokens: TokenReader): BoundSyntax {
  const { start } = tokens.peek().range
  if (tokens.accept('CURRENT', 'ROW')) return { side: 'CURRENT', offset: undefined, range: tokens.since(start) }
  // A bound stands within BETWEEN … AND …: what binds less tightly than AND ends it.
  const offset = tokens.accept('UNBOUNDED') ? undefined : tokens.expression(33)
  const side = (['PRECEDING', 'FOLLOWING'] as const).find((one) => tokens.accept(one))
  if (side === undefined) throw tokens.unexpected('PRECEDING or FOLLOWING')
  return { side, offset, range: tokens.since(start) }
}

/** expression [ASC | DESC] [NULLS FIRST | NULLS LAST] */
export function orderItemAt(tokens: TokenReader): OrderItem {
  if (tokens.sees('ALL')) throw tokens.problem('Flink SQL has no ORDER BY ALL', 'name the columns')
  const expression = tokens.expression()
  const descending = tokens.accept('DESC')
  if (!descending) tokens.accept('ASC')
  let nulls: OrderItem['nulls']
  if (tokens.accept('NULLS', 'FIRST')) nulls = 'first'
  else if (tokens.accept('NULLS', 'LAST')) nulls = 'last'
  return { expression, descending, nulls, range: tokens.since(expression.range.start) }
}
