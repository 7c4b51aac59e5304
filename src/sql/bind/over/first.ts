/**
 * The first row of each key: ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts) = 1, where `ts` is the event time, is no rank but a
 * `first`. A stream can answer it without a window, as a row is first for certain once the watermark has passed it. Any other
 * rank over a stream without a window changes.
 */
import { BIGINT } from '../../../record/type.ts'
import { columnExpression } from '../../expression/columns.ts'
import { literal } from '../../expression/fold.ts'
import { inputsOf } from '../../plan/inputs.ts'
import type { Plan, PlanOf } from '../../plan/plan.ts'
import type { SyntaxOf } from '../../syntax/ast.ts'
import { quote } from '../name.ts'
import { addWarning, noteChanging, type Statement, writtenText } from '../statement.ts'

/** The rank as it is, or as first rows; undefined where it is over a stream and would never be complete. */
export function firstOf(rank: PlanOf<'rank'>, statement: Statement): Plan | undefined {
  const { input, partitionBy, from, to, windowed, fields } = rank
  const [order, another] = rank.order
  const isStream = statement.mode === 'streaming'
  if (windowed) return rank
  const other = isStream ? undefined : rank
  if (order === undefined || another !== undefined || from !== 1 || to !== 1) return other
  // In batch mode there may be rows without an event time, and the order says where these are.
  if (order.descending || !(isStream || order.nullsFirst)) return other
  if (input.fields[order.column]?.rowtime !== true || !isOfRecords(input)) return other
  const ttl = statement.ttl === Infinity ? undefined : statement.ttl
  const first: Plan = { kind: 'first', input, partitionBy, time: order.column, ttl, fields: input.fields }
  if (isStream && statement.ttl === undefined && partitionBy.length > 0) warnOfGrowth(first, statement)
  return {
    kind: 'project',
    input: first,
    expressions: [...input.fields.map(columnExpression), literal(1n, BIGINT)],
    fields,
  }
}

/** Whether no window is below: the rows of a window have no order of their own. */
function isOfRecords(plan: Plan): boolean {
  const isKnown = ['scan', 'filter', 'project', 'unnest', 'union', 'first', 'lookup'].includes(plan.kind)
  return isKnown && inputsOf(plan).every(isOfRecords)
}

function warnOfGrowth({ partitionBy, fields }: PlanOf<'first'>, statement: Statement): void {
  const keys = partitionBy.map((column) => fields[column]?.name).join(', ')
  addWarning(statement, {
    message: `every ${keys} that was ever seen is kept, to know whether a row is its first: the state grows without end`,
    hint: 'say how long, in event time: state: { ttl: 7d } of the query; or ttl: forever, where there are few',
  })
}

/** A rank over a stream without a window, which is never complete: it changes. */
export function noteUnwindowed({ input }: PlanOf<'rank'>, call: SyntaxOf<'call'>, statement: Statement): void {
  const written = call.over?.partitionBy.map((each) => writtenText(statement, each.range)) ?? []
  const keys = written.filter((text) => text !== 'window_start' && text !== 'window_end')
  const windowed = `over a TUMBLE or HOP, write PARTITION BY ${['window_start', 'window_end', ...keys].join(', ')}`
  const time = input.fields.find(({ rowtime }) => rowtime === true)?.name
  const ofKeys =
    time === undefined || !isOfRecords(input)
      ? ''
      : `; for the first row of each key alone, ORDER BY ${quote(time)} and WHERE … = 1`
  noteChanging(statement, call.range, `${windowed}${ofKeys}`)
}
