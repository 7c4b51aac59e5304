/** Notes a stream that is grouped without a window, and suggests the statement rewritten with one. */
import type { TextRange } from '../syntax/ast.ts'
import { noteChanging, rewriteStatement, type SelectSyntax, type Statement, writtenText } from './statement.ts'

type Edit = { readonly at: TextRange; readonly text: string }

const WINDOW = 'window_start, window_end'

const before = (at: number, text: string): Edit => ({ at: { start: at, end: at }, text })

/** A grouped SELECT over a stream, whose groups are never complete: it changes. */
export function noteStreamingGroup(select: SelectSyntax, statement: Statement): void {
  const range = select.groupBy?.[0]?.range ?? select.range
  const edits = windowEdits(select, statement)
  const general = `read TABLE(TUMBLE(TABLE t, DESCRIPTOR(time), INTERVAL '1' MINUTE)) and GROUP BY ${WINDOW}`
  noteChanging(statement, range, edits === undefined ? general : `write ${rewriteStatement(statement, edits)}`)
}

/** The edits that put the SELECT over windows; undefined where it reads neither a table nor a window. */
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
    const name = writtenText(statement, (from.path[0] as { range: TextRange }).range)
    edits.push({
      at: from.range,
      text: `TABLE(TUMBLE(TABLE ${name}, DESCRIPTOR(${time}), INTERVAL '1' MINUTE))${alias}`,
    })
  } else if (from.kind !== 'window') return undefined
  const grouped = new Set(groupBy?.map((key) => writtenText(statement, key.range)))
  const missing = WINDOW.split(', ')
    .filter((name) => !grouped.has(name))
    .join(', ')
  if (!items.some(({ expression }) => /^window_/.test(writtenText(statement, expression.range)))) {
    edits.push(before(item.range.start, `${WINDOW}, `))
  }
  const [key] = groupBy ?? []
  if (key !== undefined) edits.push(before(key.range.start, `${missing}, `))
  else if (groupBy === undefined) edits.push(before((select.where ?? from).range.end, ` GROUP BY ${WINDOW}`))
  else return undefined
  return edits
}
