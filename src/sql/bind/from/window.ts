/** Binds TUMBLE, HOP, CUMULATE and SESSION in FROM: finds their arguments by position or by name, and checks them. */
import type { Duration } from '../../../base/quantity.ts'
import { type Field, TIMESTAMP } from '../../../record/type.ts'
import type { Plan, WindowKind } from '../../plan/plan.ts'
import type { ExpressionSyntax, Identifier, TableSyntax, TextRange, WindowArgument } from '../../syntax/ast.ts'
import { intervalText } from '../../syntax/interval-hint.ts'
import { bindExpression } from '../expression.ts'
import { expectKey } from '../keys.ts'
import { findTime, hintOf, quote } from '../name.ts'
import { emptyScope, refuse, type Statement } from '../statement.ts'
import { refuseProctime } from './processing-time.ts'

type WindowSyntax = Extract<TableSyntax, { kind: 'window' }>
type WindowValue = WindowArgument['value']
type WindowArguments = ReadonlyMap<string, WindowArgument>

/** The arguments of each function, in order; only OFFSET is optional. */
const ARGUMENTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['TUMBLE', ['DATA', 'TIMECOL', 'SIZE', 'OFFSET']],
  ['HOP', ['DATA', 'TIMECOL', 'SLIDE', 'SIZE', 'OFFSET']],
  ['CUMULATE', ['DATA', 'TIMECOL', 'STEP', 'SIZE', 'OFFSET']],
  ['SESSION', ['DATA', 'TIMECOL', 'GAP']],
])

const USAGE: Readonly<Record<string, string>> = {
  TUMBLE: "TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE)",
  HOP: "HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE): slide, then size",
  CUMULATE: "CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE): step, then size",
  SESSION: "SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL '5' MINUTE)",
}

/** Windows that a row is in at most: each of them is kept until it closes. */
const MOST_WINDOWS = 10_000

/** A step of at least `ms` which the size is a multiple of, as it is written. */
function stepText(ms: number): string {
  const size = ms * MOST_WINDOWS
  let step = Math.ceil(ms)
  while (size % step !== 0) step++
  // Of the longest size, 9999 days, such a step is shorter than a day.
  return intervalText(String(step / 1000), 'SECOND') ?? "INTERVAL '1' DAY"
}

const WINDOW_COLUMNS = ['window_start', 'window_end', 'window_time'] as const

const nameOf = (syntax: WindowSyntax): string => syntax.function.name.toUpperCase()

/** The window over the rows of its table, which `bindTable` binds. */
export function bindWindow(syntax: WindowSyntax, statement: Statement, bindTable: (table: TableSyntax) => Plan): Plan {
  const name = nameOf(syntax)
  const values = matchArguments(syntax, statement)
  const data = values.get('DATA')?.value
  if (data?.kind !== 'data') {
    return refuse(statement, syntax.range, `${name} wants a table first`, `write ${USAGE[name]}`)
  }
  const [partition] = data.partitionBy
  if (partition !== undefined && name !== 'SESSION') {
    refuse(statement, partition.range, `PARTITION BY is not for ${name}`, 'add the columns to GROUP BY instead')
  }
  const input = bindTable(data.table)
  const time = bindTime(syntax, values, input, statement)
  const field = input.fields[time] as Field
  const taken = input.fields.find((each) => WINDOW_COLUMNS.some((column) => column === each.name))
  if (taken !== undefined) {
    const hint = `rename it in a sub-query or in WITH: SELECT ${taken.name} AS inner_${taken.name.slice('window_'.length)}, …`
    refuse(statement, data.table.range, `${name} adds a column ${taken.name}, and its table has one already`, hint)
  }
  const fields: Field[] = [
    // Columns of an inner window become plain columns: only the new window's columns name the window of a row.
    ...input.fields.map(({ name, type, proctime }) => ({ name, type, ...(proctime && { proctime }) })),
    { name: 'window_start', type: TIMESTAMP, window: 'start' },
    { name: 'window_end', type: TIMESTAMP, window: 'end' },
    { name: 'window_time', type: field.type, window: 'time', rowtime: true },
  ]
  if (name !== 'SESSION') {
    return { kind: 'window', input, window: bindWindowKind(name, values, syntax.range, statement), time, fields }
  }
  const gap = bindGap(values, syntax.range, statement)
  return { kind: 'session', input, gap, partitionBy: bindPartition(data.partitionBy, input, statement), time, fields }
}

/** The gap of SESSION, which Flink has in streaming mode only. */
export function bindGap(values: WindowArguments, range: TextRange, statement: Statement): Duration {
  if (statement.mode === 'batch' && !statement.beyondFlink) {
    refuse(statement, range, 'SESSION is for streaming mode', 'Flink has TUMBLE, HOP and CUMULATE in batch mode')
  }
  return bindLength('GAP of SESSION', values.get('GAP') as WindowArgument, true, statement)
}

/** The columns of PARTITION BY, each once. */
function bindPartition(by: readonly ExpressionSyntax[], { fields }: Plan, statement: Statement): readonly number[] {
  const columns = by.map((node) => {
    if (node.kind !== 'column' || node.path.length !== 1) {
      const hint =
        'compute it in WITH: WITH w AS (SELECT *, … AS k FROM t) SELECT … FROM TABLE(SESSION(TABLE w PARTITION BY k, …))'
      return refuse(statement, node.range, 'PARTITION BY names columns of the table here', hint)
    }
    const [{ name }] = node.path as readonly [Identifier]
    const index = fields.findIndex((field) => field.name === name)
    const names = fields.map((field) => field.name)
    if (index < 0)
      return refuse(statement, node.range, `there is no column ${quote(name)}`, hintOf(name, names, 'columns'))
    const field = fields[index] as Field
    expectKey(field.type, 'PARTITION BY', node.range, statement)
    refuseProctime(field, node.range, emptyScope(statement, 'PARTITION BY'))
    return index
  })
  return [...new Set(columns)]
}

function matchArguments(syntax: WindowSyntax, statement: Statement): WindowArguments {
  const name = nameOf(syntax)
  const names = ARGUMENTS.get(name)
  if (names === undefined) {
    const hint = hintOf(name, [...ARGUMENTS.keys()], 'window functions')
    return refuse(statement, syntax.function.range, `there is no window function ${name}`, hint)
  }
  const values = new Map<string, WindowArgument>()
  for (const [index, argument] of syntax.arguments.entries()) {
    const key = argument.name === undefined ? names[index] : argument.name.name.toUpperCase()
    if (key === undefined) refuse(statement, argument.range, `${name} has too many arguments`, `write ${USAGE[name]}`)
    if (!names.includes(key))
      refuse(statement, argument.range, `${name} has no argument ${key}`, hintOf(key, names, 'arguments'))
    if (values.has(key)) refuse(statement, argument.range, `${name} has ${key} twice`)
    values.set(key, argument)
  }
  const missing = names.find((key) => key !== 'OFFSET' && !values.has(key))
  if (missing !== undefined) {
    refuse(statement, syntax.range, `${name} has no ${missing}`, `write ${USAGE[name]}`)
  }
  return values
}

/** The index of the column that DESCRIPTOR names: event time in streaming mode, any timestamp in batch mode. */
function bindTime(syntax: WindowSyntax, values: WindowArguments, { fields }: Plan, statement: Statement): number {
  const { value, range = syntax.range } = values.get('TIMECOL') ?? {}
  if (value?.kind !== 'descriptor') {
    const name = nameOf(syntax)
    return refuse(statement, range, `${name} wants its time column as DESCRIPTOR(column)`, USAGE[name])
  }
  // As in Flink, other columns may be named too, and mean nothing.
  const [first, ...others] = value.columns as readonly [Identifier, ...Identifier[]]
  for (const { name, range } of others) {
    if (fields.some((field) => field.name === name)) continue
    const names = fields.map((field) => field.name)
    refuse(statement, range, `there is no column ${quote(name)}`, hintOf(name, names, 'columns'))
  }
  return bindTimeColumn(first, fields, statement)
}

function bindTimeColumn({ name, range }: Identifier, fields: readonly Field[], statement: Statement): number {
  const fail = (message: string, hint?: string): never => refuse(statement, range, message, hint)
  const index = findTime(name, fields, 'windows want', fail)
  expectEventTime(fields, index, range, statement)
  return index
}

/** Refuses a column over which there are no windows: in a stream one without a watermark. */
export function expectEventTime(fields: readonly Field[], index: number, range: TextRange, statement: Statement): void {
  const field = fields[index] as Field
  const fail = (message: string, hint?: string): never => refuse(statement, range, message, hint)
  findTime(field.name, [field], 'windows want', fail)
  refuseProctime(field, range, emptyScope(statement, 'DESCRIPTOR'))
  if (statement.mode === 'batch' || field.rowtime === true) return
  const rowtimes = fields.filter((each) => each.rowtime === true).map((each) => quote(each.name))
  const hint =
    rowtimes.length > 0 ? `the event time is ${rowtimes.join(', ')}` : 'give the topic a watermark on this column'
  fail(`column ${quote(field.name)} has no watermark, so no window over it would close`, hint)
}

/** The kind and the lengths of a window, of the arguments with which it is called. */
export function bindWindowKind(
  name: string,
  values: WindowArguments,
  range: TextRange,
  statement: Statement,
): WindowKind {
  const rangeOf = (key: string) => values.get(key)?.range ?? range
  const length = (key: string, positive: boolean): Duration => {
    const argument = values.get(key)
    return argument === undefined ? 0 : bindLength(`${key} of ${name}`, argument, positive, statement)
  }
  const size = length('SIZE', true)
  const offset = length('OFFSET', false)
  if (Math.abs(offset) >= size) {
    const message = `the OFFSET of ${name} must be shorter than its SIZE: ${offset} ms, ${size} ms`
    refuse(statement, rangeOf('OFFSET'), message)
  }
  if (name === 'TUMBLE') return { kind: 'tumble', size, offset }
  const part = name === 'HOP' ? 'SLIDE' : 'STEP'
  const step = length(part, true)
  if (name === 'CUMULATE' && size % step !== 0) {
    const hint = size < step ? `the ${part} comes before the SIZE: ${USAGE[name]}` : undefined
    const message = `the SIZE of ${name} must be a multiple of its ${part}: ${size} ms, ${step} ms`
    refuse(statement, rangeOf(part), message, hint)
  }
  if (size / step > MOST_WINDOWS) {
    const message = `a row would be in ${Math.ceil(size / step)} windows of this ${name}, and can be in at most ${MOST_WINDOWS}`
    refuse(statement, rangeOf(part), message, `make the ${part} at least ${stepText(size / MOST_WINDOWS)}`)
  }
  return name === 'HOP' ? { kind: 'hop', slide: step, size, offset } : { kind: 'cumulate', step, size, offset }
}

function bindLength(what: string, { value, range }: WindowArgument, positive: boolean, statement: Statement): Duration {
  const length = isExpression(value) ? bindExpression(value, emptyScope(statement, what)) : undefined
  if (length?.type.kind === 'INTERVAL_MONTH') {
    refuse(
      statement,
      range,
      `the ${what} is in months, which have no one length`,
      "write it in days: INTERVAL '30' DAY",
    )
  }
  if (length?.kind !== 'literal' || length.type.kind !== 'INTERVAL_DAY') {
    return refuse(statement, range, `the ${what} must be an interval`, "write INTERVAL '5' MINUTE")
  }
  const ms = Number(length.value)
  if (positive && ms <= 0) refuse(statement, range, `the ${what} must be longer than nothing`, "INTERVAL '1' MINUTE")
  return ms
}

const isExpression = (value: WindowValue): value is Exclude<WindowValue, { kind: 'data' | 'descriptor' }> =>
  value.kind !== 'data' && value.kind !== 'descriptor'
