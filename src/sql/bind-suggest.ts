/** Refusals that write the whole statement anew: how a stream is grouped, and what became of TUMBLE in GROUP BY. */
import type { ExpressionSyntax, Span } from './ast.ts'
import { childrenOf } from './ast-children.ts'
import type { CallSyntax } from './bind-call.ts'
import { refuse, rewritten, type SelectSyntax, type Statement, textOf } from './bind-statement.ts'

type Edit = { readonly at: Span; readonly text: string }

const OLD_WINDOWS: ReadonlySet<string> = new Set(['TUMBLE', 'HOP', 'SESSION'])
const WINDOW = 'window_start, window_end'

const before = (at: number, text: string): Edit => ({ at: { start: at, end: at }, text })

/** Groups of a stream are complete when their window is; without one they never are. */
export function refuseStreamingGroup(select: SelectSyntax, statement: Statement): never {
  const span = select.groupBy?.[0]?.span ?? select.span
  const message =
    select.from?.kind === 'window'
      ? 'groups of a stream are complete with their window: GROUP BY must have window_start and window_end'
      : 'groups of a stream are never complete without a window'
  const edits = windowEdits(select, statement)
  const general = `read TABLE(TUMBLE(TABLE t, DESCRIPTOR(time), INTERVAL '1' MINUTE)) and GROUP BY ${WINDOW}`
  refuse(statement, span, message, edits === undefined ? general : `write ${rewritten(statement, edits)}`)
}

/** The same SELECT over windows, if it reads a table or already a window. */
function windowEdits(select: SelectSyntax, statement: Statement): Edit[] | undefined {
  const { from, groupBy, items } = select
  const [item] = items
  if (from === undefined || item === undefined) return undefined
  const edits: Edit[] = []
  if (from.kind === 'table') {
    const table = statement.catalog.get(from.path[0]?.name ?? '')
    const time = table?.fields[table.rowtime?.field ?? -1]?.name
    if (time === undefined) return undefined
    const alias = from.alias === undefined ? '' : ` AS ${from.alias.name.name}`
    const name = textOf(statement, (from.path[0] as { span: Span }).span)
    edits.push({
      at: from.span,
      text: `TABLE(TUMBLE(TABLE ${name}, DESCRIPTOR(${time}), INTERVAL '1' MINUTE))${alias}`,
    })
  } else if (from.kind !== 'window') return undefined
  const grouped = new Set(groupBy?.map((key) => textOf(statement, key.span)))
  const missing = WINDOW.split(', ')
    .filter((name) => !grouped.has(name))
    .join(', ')
  if (!items.some(({ expression }) => /^window_/.test(textOf(statement, expression.span)))) {
    edits.push(before(item.span.start, `${WINDOW}, `))
  }
  const [key] = groupBy ?? []
  if (key !== undefined) edits.push(before(key.span.start, `${missing}, `))
  else if (groupBy === undefined) edits.push(before((select.where ?? from).span.end, ` GROUP BY ${WINDOW}`))
  else return undefined
  return edits
}

/** GROUP BY TUMBLE(ts, INTERVAL …) is Flink's older way; the window functions in FROM say the same. */
export function refuseOldWindow(select: SelectSyntax, statement: Statement): void {
  const old = select.groupBy?.find(isOldWindow)
  if (old === undefined) return
  const name = old.name.name.toUpperCase()
  const [time, ...sizes] = old.arguments.map((argument) => textOf(statement, argument.span))
  const { from } = select
  const table = from?.kind === 'table' ? textOf(statement, (from.path[0] as { span: Span }).span) : 't'
  const window = `TABLE(${name}(TABLE ${table}, DESCRIPTOR(${time}), ${sizes.join(', ')}))`
  const edits: Edit[] = [{ at: old.span, text: WINDOW }]
  if (from?.kind === 'table') edits.push({ at: from.span, text: window })
  for (const { expression } of select.items) edits.push(...boundaryEdits(expression))
  const hint =
    from?.kind === 'table' ? `write ${rewritten(statement, edits)}` : `write FROM ${window} … GROUP BY ${WINDOW}`
  refuse(statement, old.span, `${name}(…) in GROUP BY is not supported: windows are made in FROM`, hint)
}

const isOldWindow = (node: ExpressionSyntax): node is CallSyntax =>
  node.kind === 'call' && OLD_WINDOWS.has(node.name.name.toUpperCase())

/** TUMBLE_START(…) is window_start, and so on. */
function boundaryEdits(node: ExpressionSyntax): Edit[] {
  const boundary =
    node.kind === 'call' ? /^(?:TUMBLE|HOP|SESSION)_(START|END|ROWTIME)$/i.exec(node.name.name)?.[1] : undefined
  if (boundary === undefined) return childrenOf(node).flatMap(boundaryEdits)
  const end = boundary.toUpperCase() === 'ROWTIME' ? 'time' : boundary.toLowerCase()
  return [{ at: node.span, text: `window_${end}` }]
}
