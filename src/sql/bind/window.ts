/** TUMBLE, HOP and CUMULATE in FROM: their arguments by place or by name, and the rules that these must keep. */
import { type Field, TIMESTAMP, typeName } from '../../record/type.ts'
import type { Plan, WindowKind } from '../plan/plan.ts'
import type { Identifier, TableSyntax, TextRange, WindowArgument } from '../syntax/ast.ts'
import { bindExpression } from './expression.ts'
import { hintOf, quote } from './name.ts'
import { refuse, type Scope, type Statement } from './statement.ts'

export type WindowSyntax = Extract<TableSyntax, { kind: 'window' }>
type WindowValue = WindowArgument['value']

/** The arguments of each function, in order; all but OFFSET must be there. */
const ARGUMENTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['TUMBLE', ['DATA', 'TIMECOL', 'SIZE', 'OFFSET']],
  ['HOP', ['DATA', 'TIMECOL', 'SLIDE', 'SIZE', 'OFFSET']],
  ['CUMULATE', ['DATA', 'TIMECOL', 'STEP', 'SIZE', 'OFFSET']],
])

const USAGE: Readonly<Record<string, string>> = {
  TUMBLE: "TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE)",
  HOP: "HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE): slide, then size",
  CUMULATE: "CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE): step, then size",
}

const WINDOW_COLUMNS = ['window_start', 'window_end', 'window_time'] as const

/** The window over the rows of its table, which `bindTable` binds. */
export function bindWindow(syntax: WindowSyntax, statement: Statement, bindTable: (table: TableSyntax) => Plan): Plan {
  const name = syntax.function.name.toUpperCase()
  const values = matchArguments(name, syntax, statement)
  const data = values.get('DATA')?.value
  if (data?.kind !== 'data') {
    return refuse(statement, syntax.range, `${name} wants a table first`, `write ${USAGE[name]}`)
  }
  const [partition] = data.partitionBy
  if (partition !== undefined) {
    refuse(statement, partition.range, `PARTITION BY is not for ${name}`, 'add the columns to GROUP BY instead')
  }
  const input = bindTable(data.table)
  const time = bindTime(values.get('TIMECOL'), input, name, syntax.range, statement)
  const field = input.fields[time] as Field
  const taken = input.fields.find((each) => WINDOW_COLUMNS.some((column) => column === each.name))
  if (taken !== undefined) {
    const hint = `rename it in a sub-query or in WITH: SELECT ${taken.name} AS inner_${taken.name.slice('window_'.length)}, …`
    refuse(statement, data.table.range, `${name} adds a column ${taken.name}, and its table has one already`, hint)
  }
  const fields: Field[] = [
    // What an inner window said of its columns is over: from here on, the new window's columns speak.
    ...input.fields.map(({ name, type }) => ({ name, type })),
    { name: 'window_start', type: TIMESTAMP, window: 'start' },
    { name: 'window_end', type: TIMESTAMP, window: 'end' },
    { name: 'window_time', type: field.type, window: 'time', rowtime: true },
  ]
  return { kind: 'window', input, window: bindKind(name, values, syntax.range, statement), time, fields }
}

function matchArguments(name: string, syntax: WindowSyntax, statement: Statement): ReadonlyMap<string, WindowArgument> {
  const names = ARGUMENTS.get(name)
  if (names === undefined) {
    const hint =
      name === 'SESSION'
        ? 'TUMBLE, HOP and CUMULATE are there'
        : hintOf(name, [...ARGUMENTS.keys()], 'window functions')
    const message = name === 'SESSION' ? 'SESSION windows are not supported yet' : `there is no window function ${name}`
    return refuse(statement, syntax.function.range, message, hint)
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

/** The column that DESCRIPTOR names: event time in streaming mode, any timestamp in batch mode. */
function bindTime(
  argument: WindowArgument | undefined,
  input: Plan,
  name: string,
  range: TextRange,
  statement: Statement,
): number {
  const value = argument?.value
  if (value === undefined || value.kind !== 'descriptor') {
    return refuse(
      statement,
      argument?.range ?? range,
      `${name} wants its time column as DESCRIPTOR(column)`,
      USAGE[name],
    )
  }
  const [column, another] = value.columns as readonly [Identifier, ...Identifier[]]
  if (another !== undefined)
    refuse(statement, another.range, 'DESCRIPTOR names one column here', `DESCRIPTOR(${column.name})`)
  const index = input.fields.findIndex((field) => field.name === column.name)
  const field = input.fields[index]
  const times = input.fields.filter(({ type }) => type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ')
  if (field === undefined) {
    const hint = hintOf(
      column.name,
      times.map((each) => each.name),
      'time columns',
    )
    return refuse(statement, column.range, `there is no column ${quote(column.name)}`, hint)
  }
  if (!times.includes(field)) {
    const message = `column ${quote(field.name)} is ${typeName(field.type)}, and windows want TIMESTAMP or TIMESTAMP_LTZ`
    refuse(
      statement,
      column.range,
      message,
      hintOf(
        '',
        times.map((each) => each.name),
        'time columns',
      ),
    )
  }
  if (statement.mode === 'streaming' && field.rowtime !== true) {
    const rowtimes = input.fields.filter((each) => each.rowtime === true).map((each) => each.name)
    const hint =
      rowtimes.length > 0
        ? `the event time is ${rowtimes.map(quote).join(', ')}`
        : 'give the topic a watermark on this column'
    refuse(
      statement,
      column.range,
      `column ${quote(field.name)} has no watermark, so no window over it would close`,
      hint,
    )
  }
  return index
}

function bindKind(
  name: string,
  values: ReadonlyMap<string, WindowArgument>,
  range: TextRange,
  statement: Statement,
): WindowKind {
  const length = (key: string, positive: boolean): number => {
    const argument = values.get(key)
    return argument === undefined ? 0 : bindLength(`${key} of ${name}`, argument, positive, statement)
  }
  const size = length('SIZE', true)
  const offset = length('OFFSET', false)
  if (Math.abs(offset) >= size) {
    const at = values.get('OFFSET')?.range ?? range
    refuse(statement, at, `the OFFSET of ${name} must be shorter than its SIZE: ${offset} ms, ${size} ms`)
  }
  if (name === 'TUMBLE') return { kind: 'tumble', size, offset }
  const part = name === 'HOP' ? 'SLIDE' : 'STEP'
  const step = length(part, true)
  if (size % step !== 0) {
    const at = values.get(part)?.range ?? range
    const hint = size < step ? `the ${part} comes before the SIZE: ${USAGE[name]}` : undefined
    refuse(statement, at, `the SIZE of ${name} must be a multiple of its ${part}: ${size} ms, ${step} ms`, hint)
  }
  return name === 'HOP' ? { kind: 'hop', slide: step, size, offset } : { kind: 'cumulate', step, size, offset }
}

/** A length in milliseconds. */
function bindLength(what: string, { value, range }: WindowArgument, positive: boolean, statement: Statement): number {
  const scope: Scope = { statement, relations: [], clause: what, aliases: new Map() }
  const length = isExpression(value) ? bindExpression(value, scope) : undefined
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
