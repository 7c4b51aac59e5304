/** A refusal that writes the whole statement anew: how a stream is grouped. */
import type { Span } from '../syntax/ast.ts'
import { refuse, rewritten, type SelectSyntax, type Statement, textOf } from './statement.ts'

type Edit = { readonly at: Span; readonly text: string }

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
