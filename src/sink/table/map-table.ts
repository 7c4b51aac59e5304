/**
 * Maps rows to the columns of a table, as the options say. The same options over the same rows give the same mapping, so
 * `check` and the running sink make it each for itself.
 *
 * All mistakes are found in one go. A column with a mistake is left out of the table.
 */
import { assert } from '../../base/assert.ts'
import { collectFailure, Failure } from '../../base/failure.ts'
import { METADATA_KEYS, metadataOf, refusedMetadata } from '../../bus/metadata.ts'
import { STRING } from '../../record/type.ts'
import { type ComputedPart, isMetadata, parseComputed, parseMetadata } from '../../sql/bind/topic-column.ts'
import { columnExpression } from '../../sql/expression/columns.ts'
import { placeInSql } from '../../sql/syntax/problem.ts'
import type { SinkMistake, SinkRows } from '../sink.ts'
import { chooseKey } from './key.ts'
import type { ColumnSource, MappedColumn, TableMapping, TableRules } from './mapping.ts'
import type { ColumnContent, TableOptions } from './options.ts'

/** The mapping of rows to the table of these options, and the mistakes in the options. */
export function mapTable(
  options: TableOptions,
  rows: SinkRows,
  rules: TableRules,
): { readonly table: TableMapping; readonly mistakes: readonly SinkMistake[] } {
  const { columns, mistakes } =
    options.columns === undefined
      ? { columns: everyColumn(rows), mistakes: [] }
      : mapContents(options.columns, rows, { path: ['columns'], what: 'a column of a table' })
  const isWhole = mistakes.every(({ isWarning }) => isWarning === true)
  const chosen = chooseKey({ options, columns, isWhole, ...rules }, rows)
  const nulls = withNulls(chosen.key, columns, options, rows)
  return {
    table: { name: options.table, columns, key: chosen.key },
    mistakes: [...mistakes, ...chosen.mistakes, ...nulls],
  }
}

/** A warning of each column of the key that is NULL in rows of some grouping sets, which no table takes. */
function withNulls(
  key: readonly number[] | undefined,
  columns: readonly MappedColumn[],
  { table, key: written }: TableOptions,
  { from, nullKeys = [] }: SinkRows,
): readonly SinkMistake[] {
  return (key ?? []).flatMap((index): readonly SinkMistake[] => {
    const { name, source } = columns[index] as MappedColumn
    if (source.kind !== 'expression' || source.expression.kind !== 'column') return []
    if (!nullKeys.includes(source.expression.column)) return []
    const message = `column ${name} of the key of table ${table} is NULL in the rows of ${from} whose grouping set lacks it: they will be dead letters`
    const hint = 'Let the key be a column id: { row_key: uuid }, which such rows have too.'
    const failure = new Failure('usage', message, { hint })
    return [
      {
        path: [written === undefined ? 'table' : 'key'],
        at: written === undefined ? 'key' : 'value',
        failure,
        isWarning: true,
      },
    ]
  })
}

/** The mapping of options that `check` found no mistake in. */
export function checkedTable(options: TableOptions, rows: SinkRows, rules: TableRules): TableMapping {
  const { table, mistakes } = mapTable(options, rows, rules)
  assert(
    mistakes.every(({ isWarning }) => isWarning),
    'the options were checked',
  )
  return table
}

/** Whether a column is METADATA, which is read from what the topic keeps. The options are without a mistake. */
export const hasMetadata = ({ columns = {} }: TableOptions): boolean =>
  Object.values(columns).some((content) => typeof content === 'string' && isMetadata(content))

/** Each column of the row as it is. */
export const everyColumn = ({ fields }: SinkRows): readonly MappedColumn[] =>
  fields.map((field, index) => {
    const expression = columnExpression(field, index)
    return { name: field.name, type: field.type, source: { kind: 'expression', expression } }
  })

/** Where contents stand in the options, and what each of them is, for messages. */
type Contents = { readonly path: readonly string[]; readonly what: ComputedPart }

/** What goes into each column, by its name, and the mistakes in it; a column with a mistake is left out. */
export function mapContents(
  entries: NonNullable<TableOptions['columns']>,
  rows: SinkRows,
  { path, what }: Contents,
): { readonly columns: readonly MappedColumn[]; readonly mistakes: readonly SinkMistake[] } {
  const mistakes: SinkMistake[] = []
  const columns = Object.entries(entries).flatMap(([name, entry]): readonly MappedColumn[] => {
    const failures: Failure[] = []
    const warn = (failure: Failure) => mistakes.push({ path: [...path, name], failure, isWarning: true })
    const column = collectFailure(failures, () => mapColumn(name, entry, rows, { what, warn }))
    mistakes.push(...failures.map((failure) => ({ path: [...path, name], failure })))
    return column === undefined ? [] : [column]
  })
  return { columns, mistakes }
}

type Mapping = { readonly what: ComputedPart; warn(warning: Failure): void }

/** Throws a Failure with all mistakes in the text of the column. */
function mapColumn(name: string, entry: ColumnContent, rows: SinkRows, { what, warn }: Mapping): MappedColumn {
  if (typeof entry !== 'string') return { name, type: STRING, source: sourceOf(entry) }
  if (isMetadata(entry)) {
    const metadata = parseMetadata(entry, name, METADATA)
    return { name, type: metadata.type, source: { kind: 'metadata', metadata } }
  }
  const session = { timezone: rows.timezone, now: 0 }
  const { expression, warnings } = parseComputed(entry, rows.fields, session, what)
  for (const { message, hint, range = { start: 0, end: entry.length } } of warnings) {
    warn(new Failure('sql', message, { place: placeInSql(entry, range), hint }))
  }
  return { name, type: expression.type, source: { kind: 'expression', expression } }
}

function sourceOf(entry: Exclude<ColumnContent, string>): ColumnSource {
  if ('row_key' in entry) return { kind: 'row key', form: entry.row_key }
  return { kind: 'row' in entry ? 'row' : 'record' }
}

/** The path of a file is the key of its lines only where the topic has a column for it; so that column is what to take. */
const METADATA = {
  keys: METADATA_KEYS.filter((key) => !key.startsWith('file.')),
  find: metadataOf,
  refused: (key: string): string | undefined =>
    metadataOf(key)?.ofFile === true
      ? `give the topic a column of it (file: STRING METADATA FROM '${key}') and take that column`
      : refusedMetadata(key),
}
