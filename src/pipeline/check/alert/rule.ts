/** Plans an alert over the rows of a query: conditions as SQL beside the row, and what they mean. */
import { collectFailure, type Failure, throwAll } from '../../../base/failure.ts'
import type { Duration } from '../../../base/quantity.ts'
import { durationText } from '../../../base/units.ts'
import { messageFields } from '../../../engine/alert/output.ts'
import { windowStep } from '../../../engine/window/time.ts'
import { type Field, typeName } from '../../../record/type.ts'
import { quote } from '../../../sql/bind/name.ts'
import { ALERT_FIELDS, alertFields, withAlert } from '../../../sql/plan/alert.ts'
import { takesBack } from '../../../sql/plan/changes.ts'
import type { AlertRule, AlertTime, Query } from '../../../sql/plan/plan.ts'
import { planQuery, warningsOf } from '../../../sql/plan-query.ts'
import { unknownNames } from '../../../template/columns.ts'
import { parseTemplate, type Template } from '../../../template/template.ts'
import type { CheckedQuery } from '../../checked.ts'
import type { PlainAlert } from '../../definition.ts'
import type { Path } from '../../file/yaml-tree.ts'
import { type Checking, tablesForSql } from '../checking.ts'
import type { SpelledQuery } from '../short-form.ts'
import { didYouMean, inSql, movedToFile } from '../spelled-in-file.ts'
import { asWritten } from './as-written.ts'
import { timeOf } from './time.ts'

/** An alert of the file, and the query whose rows it watches. */
export type WatchedQuery = {
  readonly name: string
  readonly entry: PlainAlert
  readonly from: CheckedQuery
  readonly queries: ReadonlyMap<string, CheckedQuery>
}

const CONDITIONS = ['when', 'clear', 'min_count'] as const
type Condition = (typeof CONDITIONS)[number]

/** The alert as a query. Throws a Failure with all mistakes in it. */
export function planAlert(watched: WatchedQuery, checking: Checking): Query {
  const { name, entry, from } = watched
  const { text } = checking
  const at: Path = ['alerts', name]
  refuseUnfit(watched, checking)
  const given = CONDITIONS.filter((condition) => entry[condition] !== undefined)
  const spelled = spell(from.name, entry, given)
  const { session, warnings } = checking
  const options = { mode: 'streaming', session } as const
  const query = inSql(at, spelled, text, () => planQuery(spelled.sql, tablesForSql(checking, 'streaming'), options))
  warnings.push(...warningsOf(query).map((warning) => movedToFile(at, spelled, text, warning)))
  const row = query.plan.fields.slice(0, query.plan.fields.length - given.length)
  const failures: Failure[] = []
  if (row.length !== from.query.plan.fields.length) {
    throw text.failure(at, `a condition of alert "${name}" is not one expression`, { at: 'key' })
  }
  const columns = new Map(given.map((condition, index) => [condition, row.length + index]))
  for (const [condition, column] of columns) {
    collectFailure(failures, () => refuseCondition({ at: [...at, condition], condition, column, query }, checking))
  }
  const time = collectFailure(failures, () => neededTime(watched, checking))
  const key = collectFailure(failures, () => keyOf(watched, checking)) ?? []
  const message = collectFailure(failures, () => messageOf(watched, row, key, checking))
  throwAll(failures)
  const { severity, limit, remind } = entry
  const rule = { pipeline: checking.file.name, name, severity, key, width: row.length, remindMs: remind, limit }
  const own = { ...rule, message: message as Template, time: time as AlertTime }
  return withAlert(query, { ...own, watches: watchesOf(watched, columns, own.time) })
}

function watchesOf(
  { entry }: WatchedQuery,
  columns: ReadonlyMap<Condition, number>,
  time: AlertTime,
): AlertRule['watches'] {
  const when = columns.get('when')
  if (when === undefined) return { kind: 'absent', absentMs: entry.absent ?? 0 }
  const step = time.kind === 'window' && time.window !== undefined ? windowStep(time.window) : undefined
  const { for: forMs = 0, quiet = step } = entry
  const quietMs = quiet === Number.POSITIVE_INFINITY ? undefined : quiet
  return { kind: 'when', when, clear: columns.get('clear'), enough: columns.get('min_count'), forMs, quietMs }
}

/** The rows with the conditions beside them, each with its place in the file. */
function spell(from: string, entry: PlainAlert, given: readonly Condition[]): SpelledQuery {
  const parts: SpelledQuery['parts'][number][] = []
  let sql = 'SELECT *'
  for (const condition of given) {
    const written = entry[condition] ?? ''
    sql += ', ('
    parts.push({ span: { start: sql.length, end: sql.length + written.length }, path: [condition] })
    // A comment would hide the bracket.
    sql += `${written}${written.includes('--') ? '\n' : ''}) AS \`alert ${condition}\``
  }
  sql += '\nFROM '
  const table = quote(from)
  parts.push({ span: { start: sql.length, end: sql.length + table.length }, path: ['from'] })
  return { sql: sql + table, parts }
}

/** Throws a Failure where keys of the alert do not go together. */
function refuseUnfit({ name, entry, from }: WatchedQuery, { text }: Checking): void {
  if (takesBack(from.query.plan)) {
    const hint = `Let it have windows, whose rows stay as they are: ${from.query.instead ?? ''}`
    const message = `the rows of query "${from.name}" change, and an alert watches rows that stay`
    throw text.failure(['alerts', name, 'from'], message, { hint })
  }
  const at: Path = ['alerts', name]
  if (entry.when === undefined && entry.absent === undefined) {
    throw text.failure(at, `alert "${name}" does not say what trouble is`, {
      at: 'key',
      hint: 'Give it a condition over the rows (when: error_rate > 0.05), or say for how long there may be none (absent: 5m).',
    })
  }
  if (entry.absent === undefined) return
  for (const other of ['when', 'clear', 'min_count', 'for', 'quiet'] as const) {
    if (entry[other] === undefined) continue
    const hint = `Make two alerts of it: one with when, and one with absent over the rows of ${from.name}.`
    throw text.failure([...at, other], `absent is about rows that do not come, and ${other} about those that do`, {
      at: 'key',
      hint,
    })
  }
}

type Judged = { readonly at: Path; readonly condition: Condition; readonly column: number; readonly query: Query }

function refuseCondition({ at, condition, column, query: { plan } }: Judged, { text }: Checking): void {
  const { type } = plan.fields[column] as Field
  if (type.kind !== 'BOOLEAN') {
    const hint = 'Compare it with something: error_rate > 0.05'
    throw text.failure(at, `${condition} is a condition, and this is a ${typeName(type)}`, { hint })
  }
  const expression = plan.kind === 'project' ? plan.expressions[column] : undefined
  if (expression?.kind !== 'literal' || expression.value === true) return
  const why = {
    when: 'is never true: the alert never fires',
    clear: 'is never true: once it fires, the alert is never resolved',
    min_count: 'is never true: no row would count',
  }
  throw text.failure(at, `${condition} ${why[condition]}`, {
    hint: condition === 'clear' ? 'Leave it out: then the alert is resolved where `when` is not true.' : undefined,
  })
}

function neededTime(watched: WatchedQuery, { text }: Checking): AlertTime {
  const { name, entry, from, queries } = watched
  const at: Path = ['alerts', name]
  const time = timeOf(from, queries)
  if (time === undefined) {
    throw text.failure([...at, 'from'], `the rows of query "${from.name}" do not say when they are`, {
      hint: from.inWindows
        ? 'An alert goes by event time: select window_end in the query.'
        : 'An alert goes by event time: select the column of the watermark in the query, or ask it in windows.',
    })
  }
  const isSure = entry.quiet !== undefined || (time.kind === 'window' && time.window !== undefined)
  if ((entry.for ?? 0) > 0 && !isSure) {
    throw text.failure(
      [...at, 'for'],
      `the rows of query "${from.name}" are of no windows: one row alone would be true for ever`,
      {
        hint: 'Say for how long a row counts: quiet: 1m. Or let the query ask in windows.',
      },
    )
  }
  return time
}

function keyOf({ name, entry, from }: WatchedQuery, checking: Checking): readonly number[] {
  const row = from.query.plan.fields
  const { text, warnings, written } = checking
  const { rowKey = [], rowKeyParts = [] } = from.query
  const isOfWindow = (column: number) => row[column]?.window !== undefined
  if (entry.key === undefined) return rowKey.filter((column) => !isOfWindow(column))
  const failures: Failure[] = []
  const key = entry.key.map((column, index) => {
    const found = row.findIndex((field) => field.name === column)
    const path = asWritten(written, ['alerts', name, 'key', index])
    if (found < 0) {
      const hint = didYouMean(
        column,
        row.map((field) => field.name),
      )
      failures.push(text.failure(path, `query "${from.name}" has no column "${column}"`, { hint }))
    } else if (isOfWindow(found)) {
      const hint = 'The key says which of several alerts it is: leave the window out.'
      failures.push(text.failure(path, `each window would be an alert of its own`, { hint }))
    }
    return found
  })
  throwAll(failures)
  const lacking = rowKeyParts.filter((part) => !part.some((column) => key.includes(column) || isOfWindow(column)))
  // Of rows that may only be there or not, any counts.
  if (lacking.length > 0 && entry.absent === undefined) {
    const names = lacking.map(([column = 0]) => row[column]?.name).join(', ')
    const message = `a window has several rows with the same key, which differ in ${names}: the last of them counts`
    const hint = 'Let the query group by the columns of the key alone, or add these to the key.'
    warnings.push(text.failure(['alerts', name, 'key'], message, { hint }))
  }
  return [...new Set(key)]
}

function messageOf(
  { name, entry }: WatchedQuery,
  row: readonly Field[],
  key: readonly number[],
  { text }: Checking,
): Template {
  const at: Path = ['alerts', name, 'message']
  const failures: Failure[] = []
  const written = entry.message ?? defaultMessage(name, entry.absent, row, key)
  const template = collectFailure(failures, () => parseTemplate(written))
  const columns = messageFields(row).map((field) => field.name)
  if (template !== undefined) failures.push(...unknownNames(template, columns))
  throwAll(failures.map((failure) => text.sqlFailure(at, failure)))
  return template as Template
}

function defaultMessage(
  name: string,
  absent: Duration | undefined,
  row: readonly Field[],
  key: readonly number[],
): string {
  // A column that is called as one of the alert's own has another name there.
  const fields = alertFields(row).slice(ALERT_FIELDS.length)
  const values = key.map((column) => `${row[column]?.name} {{ \`${fields[column]?.name}\` | default "NULL" }}`)
  const which = [name, ...values].join(', ')
  return absent === undefined ? which : `${which}: no row for ${durationText(absent)}`
}
