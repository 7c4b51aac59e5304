/**
 * The key of a table: rows with one key are one row there, the last that was written. So it must tell all rows of a result
 * apart that the row key tells apart; `check` proves that by the columns that reach the table's key unchanged, or wants
 * `overwrites: accept`, or `overwrites` with the columns that rows may differ in and be one row there.
 *
 * A row is named by its row key; a record of a topic, and a row without a row key, by partition and offset.
 */
import { Failure } from '../../base/failure.ts'
import { nearest } from '../../base/nearest.ts'
import { columnsOf } from '../../sql/expression/columns.ts'
import type { SinkMistake, SinkRows } from '../sink.ts'
import type { ColumnSource, MappedColumn, TableRules } from './mapping.ts'
import type { Overwrites, TableOptions } from './options.ts'

type Choosing = TableRules & {
  readonly options: Pick<TableOptions, 'table' | 'key' | 'columns' | 'overwrites'>
  /** Those without a mistake. */
  readonly columns: readonly MappedColumn[]
  /** Whether no column has a mistake: else one may be missing for that reason, and nothing is proved. */
  readonly isWhole: boolean
}

type ChosenKey = { readonly key: readonly number[] | undefined; readonly mistakes: readonly SinkMistake[] }

/** A part of what tells rows apart: sources of which any one is enough, and what to write for it. */
export type NamePart = {
  readonly holds: (source: ColumnSource) => boolean
  readonly called: string
  readonly written: string
  /** The columns of the rows that it is. */
  readonly columns: readonly string[]
}

/**
 * The columns of the key as the options give them, else those that the row key goes into, if they are there. Rows that change
 * must have a key that stays.
 */
export function chooseKey(choosing: Choosing, rows: SinkRows): ChosenKey {
  const chosen = keyFor(choosing, rows)
  if (rows.changing !== true || !choosing.isWhole || chosen.mistakes.some(({ isWarning }) => isWarning !== true))
    return chosen
  return {
    ...chosen,
    mistakes: [...chosen.mistakes.filter(({ isWarning }) => isWarning !== true), ...unchanging(chosen, choosing, rows)],
  }
}

/** What keeps a row that has changed from being found again by its key. */
function unchanging({ key }: ChosenKey, { options, columns }: Choosing, rows: SinkRows): readonly SinkMistake[] {
  const named = listed(namesOf(rows, rows.rowKey ?? []))
  const isOne = rows.rowKey?.length === 0
  const hint = isOne
    ? 'There is one row: give it a column id: { row_key: uuid }, and key: [id].'
    : `Let the key be the columns of ${named}, or a column id: { row_key: uuid }.`
  if (key === undefined) {
    const message = `rows of ${rows.from} change, so table ${options.table} needs a key by which a row is found again`
    return [{ path: [options.columns === undefined ? 'table' : 'columns'], at: 'key', failure: failed(message, hint) }]
  }
  const chosen = key.map((index) => columns[index] as MappedColumn)
  const moved = chosen.find(({ source }) => !followsRowKey(source, rows.rowKey ?? []))
  if (moved !== undefined) {
    const message = `rows of ${rows.from} change, and column ${moved.name} of the key of table ${options.table} changes with them`
    return [{ path: ['key'], failure: failed(message, hint) }]
  }
  if (options.overwrites === undefined) return []
  const message = `rows of ${rows.from} are deleted by the key of table ${options.table}, which must be of one row alone`
  return [{ path: ['overwrites'], failure: failed(message, hint) }]
}

/** The same, as it is for rows that stay. */
function keyFor(choosing: Choosing, rows: SinkRows): ChosenKey {
  const { options, columns, isWhole, keyed } = choosing
  if (options.key === undefined) {
    // A record is written once, whether or not the store can find it again.
    const key = keyed || rows.rowKey !== undefined ? ownKey(columns, rows) : undefined
    const isMissing = key === undefined && keyed && isWhole
    return { key, mistakes: isMissing ? [withoutKey(options, rows)] : [] }
  }
  const mistakes: SinkMistake[] = []
  const key = options.key.map((name, i) => {
    const index = columns.findIndex((column) => column.name === name)
    const isKnown = index >= 0 || Object.hasOwn(options.columns ?? {}, name)
    if (!isKnown) mistakes.push({ path: ['key', i], failure: noSuchColumn(name, columns) })
    else if (options.key?.indexOf(name) !== i) {
      mistakes.push({ path: ['key', i], failure: failed(`column ${name} is in the key twice`) })
    }
    return index
  })
  if (mistakes.length === 0 && isWhole) {
    mistakes.push(
      ...unproved(
        key.map((index) => columns[index] as MappedColumn),
        choosing,
        rows,
      ),
    )
  }
  return { key: mistakes.every(({ isWarning }) => isWarning) ? key : undefined, mistakes }
}

/** What is wrong with a key: rows that it does not tell apart, or, as a warning, a row that it may not find again. */
function unproved(key: readonly MappedColumn[], { options }: Choosing, rows: SinkRows): readonly SinkMistake[] {
  const isNamed = key.some(({ source }) => namesRow(source, rows))
  const parts = isNamed ? [] : namePartsOf(rows).filter(({ holds }) => !key.some(({ source }) => holds(source)))
  const { missing, mistakes } = afterOverwrites(parts, options.overwrites, rows)
  if (mistakes.length > 0) return mistakes
  if (missing.length > 0) {
    const names = missing.map(({ called }) => called)
    const written = missing.map(({ written }) => written)
    const message = `rows of ${rows.from} that differ only in ${listed(names)} would overwrite each other in table ${options.table}`
    const added = `put ${listed(written)} into columns of the key, or let the key be a column id: { row_key: uuid }`
    const hint = `Either ${added}; or accept that the last row wins: ${acceptance(missing, rows)}.`
    return [{ path: ['key'], failure: failed(message, hint) }]
  }
  if (rows.rowKey === undefined) return []
  const moved = key.filter(({ source }) => !followsRowKey(source, rows.rowKey ?? []))
  return moved.map(({ name }) => ({
    path: ['key', options.key?.indexOf(name) ?? 0],
    failure: failed(
      `column ${name} of the key is not made of the row key alone: a row that backfill computes again, with another value there, is a second row`,
      `The row key of ${rows.from} is ${listed(namesOf(rows, rows.rowKey ?? []))}.`,
    ),
    isWarning: true,
  }))
}

/**
 * The parts that rows must not differ in alone, of those that nothing holds; and the names in `overwrites` that are no part of
 * the row key, or are held already.
 */
export function afterOverwrites<P extends NamePart>(
  parts: readonly P[],
  overwrites: Overwrites | undefined,
  rows: SinkRows,
): { readonly missing: readonly P[]; readonly mistakes: readonly SinkMistake[] } {
  if (overwrites === undefined) return { missing: parts, mistakes: [] }
  if (overwrites === 'accept') return { missing: [], mistakes: [] }
  const names = parts.flatMap(({ columns }) => columns)
  const mistakes = overwrites.flatMap((name, i) =>
    names.includes(name) ? [] : [{ path: ['overwrites', i], failure: notOverwriting(name, names, rows) }],
  )
  return { missing: parts.filter(({ columns }) => !columns.some((name) => overwrites.includes(name))), mistakes }
}

/** What accepts that rows overwrite each other which differ in these parts. */
export function acceptance(missing: readonly NamePart[], rows: SinkRows): string {
  if (rows.rowKeyParts === undefined) return 'overwrites: accept'
  const names = missing.map(({ columns }) => columns.at(-1) ?? '')
  return `overwrites: [${names.map((name) => (/^\w[\w ]*$/.test(name) ? name : JSON.stringify(name))).join(', ')}]`
}

function notOverwriting(name: string, names: readonly string[], rows: SinkRows): Failure {
  const message = `rows of ${rows.from} that differ only in ${name} do not overwrite each other`
  if (names.length === 0) return failed(message, 'No two rows do: leave overwrites out.')
  const near = nearest(name, names)
  const all = `Those that differ only in ${listed(names)} do.`
  return failed(message, near === undefined ? all : `Did you mean ${near}? ${all}`)
}

/** Whether the source has the same value each time the same row is made. */
export function followsRowKey(source: ColumnSource, rowKey: readonly number[]): boolean {
  switch (source.kind) {
    case 'row key':
      return true
    case 'expression':
      return [...columnsOf(source.expression)].every((column) => rowKey.includes(column))
    case 'metadata':
      return source.metadata.key === 'key' || source.metadata.key === 'topic'
    default:
      return false
  }
}

/** A column that names the row alone; else one column for each part of the name. */
function ownKey(columns: readonly MappedColumn[], rows: SinkRows): readonly number[] | undefined {
  const whole = columns.findIndex(({ source }) => namesRow(source, rows))
  if (whole >= 0) return [whole]
  const parts = namePartsOf(rows).map(({ holds }) => columns.findIndex(({ source }) => holds(source)))
  return parts.length === 0 || parts.includes(-1) ? undefined : parts
}

/** Whether the source tells the row apart from all others. The key of a record of a result is its row key. */
export const namesRow = (source: ColumnSource, { rowKey }: SinkRows): boolean =>
  source.kind === 'row key' || (rowKey !== undefined && source.kind === 'metadata' && source.metadata.key === 'key')

/** What tells the rows apart. */
export function namePartsOf(rows: SinkRows): readonly NamePart[] {
  if (rows.rowKeyParts === undefined) {
    const places = rows.partitions === 1 ? (['offset'] as const) : (['partition', 'offset'] as const)
    return places.map((key) => ({
      holds: (source) => source.kind === 'metadata' && source.metadata.key === key,
      called: key,
      written: `${key === 'offset' ? 'BIGINT' : 'INT'} METADATA FROM '${key}'`,
      columns: [key],
    }))
  }
  return rows.rowKeyParts.map((part) => ({
    holds: (source) =>
      source.kind === 'expression' && source.expression.kind === 'column' && part.includes(source.expression.column),
    called: namesOf(rows, part).join(' or '),
    written: namesOf(rows, part).join(' or '),
    columns: namesOf(rows, part),
  }))
}

const namesOf = ({ fields }: SinkRows, columns: readonly number[]): readonly string[] =>
  columns.map((column) => fields[column]?.name ?? '')

function withoutKey({ table, columns }: Choosing['options'], rows: SinkRows): SinkMistake {
  const names = namePartsOf(rows).map(({ called }) => called)
  const message = `table ${table} needs a key, and the columns have none that tells all rows of ${rows.from} apart`
  const hint = `Give it a column id: { row_key: uuid }${names.length === 0 ? '' : `, or columns of ${listed(names)}`}; or choose a key of other columns: key: [id].`
  return { path: [columns === undefined ? 'table' : 'columns'], at: 'key', failure: failed(message, hint) }
}

function noSuchColumn(name: string, columns: readonly MappedColumn[]): Failure {
  const names = columns.map((column) => column.name)
  const near = nearest(name, names)
  const all = `The columns of the table are ${listed(names)}.`
  return failed(
    `there is no column ${name} to be in the key`,
    near === undefined ? all : `Did you mean ${near}? ${all}`,
  )
}

const failed = (message: string, hint?: string): Failure => new Failure('pipeline', message, { hint })

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
