/**
 * Points of one measurement with the same tags and the same time are one point in InfluxDB, the last that was written. So measurement,
 * tags and time must tell all rows apart that the row key tells apart; `check` proves that by the columns that reach them
 * unchanged, or wants `overwrites: accept`.
 *
 * A time tells rows apart only as far as the precision goes. The end of a window is nearly always a whole second, so it is believed,
 * and a point whose time is not whole is refused when it comes; other times of a row may have milliseconds.
 */
import { Failure } from '../../base/failure.ts'
import { quote } from '../../sql/bind/name.ts'
import type { SinkMistake, SinkRows } from '../sink.ts'
import { acceptance, afterOverwrites, followsRowKey, type NamePart, namePartsOf, namesRow } from '../table/key.ts'
import type { ColumnSource, MappedColumn } from '../table/mapping.ts'
import type { InfluxdbOptions } from './options.ts'
import { ownTimeOf } from './own-time.ts'
import type { PointParts } from './point.ts'

export type Told = {
  /** The tags that are needed to tell rows apart. */
  readonly byTags: ReadonlySet<MappedColumn>
  /** Whether the time is. */
  readonly byTime: boolean
  readonly mistakes: readonly SinkMistake[]
}

/** What tells the rows apart, and what is wrong with it. */
export function tellRows(point: PointParts, options: InfluxdbOptions, rows: SinkRows): Told {
  const { measurement, tags, time } = point
  const series = 'source' in measurement ? [...tags, measurement] : tags
  const alone = series.find(({ source }) => namesRow(source, rows))
  if (alone !== undefined) return { byTags: new Set([alone]), byTime: false, mistakes: moved(point, rows) }
  const byTags = new Set<MappedColumn>()
  const parts = namePartsOf(rows).map((part, i) => ({ ...part, column: rows.rowKeyParts?.[i]?.at(-1) }))
  const rest = parts.filter(({ holds }) => {
    const found = series.find(({ source }) => holds(source))
    if (found !== undefined) byTags.add(found)
    return found === undefined
  })
  if (options.overwrites === 'accept') return { byTags: new Set(), byTime: false, mistakes: [] }
  const told = toldBy(time, rows)
  const untold = rest.filter(({ holds }) => told === undefined || !holds(told.source))
  const { missing, mistakes } = afterOverwrites(untold, options.overwrites, rows)
  if (mistakes.length > 0) return { byTags, byTime: false, mistakes }
  if (missing.length > 0) return { byTags, byTime: false, mistakes: [uncovered(missing, options, rows)] }
  const byTime = rest.length > untold.length
  const isCut = byTime && options.precision === 's' && told?.wholeSeconds === 'unknown'
  return { byTags, byTime, mistakes: isCut ? [tooCoarse(rows)] : moved(point, rows) }
}

/** The column that the time tells the values of, as if the time were that column. */
function toldBy(
  { source }: MappedColumn,
  { fields }: SinkRows,
): { readonly source: ColumnSource; readonly wholeSeconds: 'always' | 'maybe' | 'unknown' } | undefined {
  if (source.kind !== 'expression') return undefined
  const own = ownTimeOf(source.expression, fields)
  const field = fields[own?.column ?? -1]
  if (own === undefined || field === undefined) return undefined
  const expression = { kind: 'column', column: own.column, name: field.name, type: field.type } as const
  return { source: { kind: 'expression', expression }, wholeSeconds: own.wholeSeconds }
}

/** A part of the row key that nothing holds; `column`: that it is in, or one of them. */
type Missing = NamePart & { readonly column: number | undefined }

function uncovered(missing: readonly Missing[], { measurement }: InfluxdbOptions, rows: SinkRows): SinkMistake {
  const point = 'name' in measurement ? `one point of ${measurement.name}` : 'one point'
  const names = listed(missing.map(({ called }) => called))
  const message = `rows of ${rows.from} that differ only in ${names} would be ${point}, and only the last of them would be kept`
  const tags = missing.map((part) => tagFor(part, rows)).join(', ')
  const count = rows.rowKey === undefined ? 'count them in a query first, ' : ''
  const hint = `Either ${count}write tags: { ${tags} }${timeFor(missing, rows)}; or accept that the last row wins: ${acceptance(missing, rows)}.`
  return { path: [], at: 'key', failure: failed(message, hint) }
}

/** A tag that holds it, in YAML. */
function tagFor({ column, called, written }: Missing, { fields }: SinkRows): string {
  const name = fields[column ?? -1]?.name
  return name === undefined
    ? `${called}: ${JSON.stringify(written)}`
    : `${name.replaceAll(/\W+/g, '_')}: ${inYaml(quote(name))}`
}

/** A time that holds it, where there can be one. */
function timeFor(missing: readonly Missing[], { fields }: SinkRows): string {
  const { name, type } = fields[missing[0]?.column ?? -1] ?? {}
  if (missing.length > 1 || name === undefined) return ''
  switch (type?.kind) {
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return `, or time: ${inYaml(quote(name))}`
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
      return `, or a time of its own for each, as TIMESTAMPADD(YEAR, ${quote(name)} - 1970, TIMESTAMP '1970-01-01 00:00:00')`
    default:
      return ''
  }
}

const inYaml = (text: string): string => (/^\w+$/.test(text) ? text : JSON.stringify(text))

function tooCoarse(rows: SinkRows): SinkMistake {
  const message = `rows of ${rows.from} within one second would be one point, because \`precision: s\` cuts their times`
  const hint = 'Either write precision: ms; or accept that the last row wins: overwrites: accept.'
  return { path: ['precision'], failure: failed(message, hint) }
}

/** A row that is computed again with another tag or time is another point, and the first one stays. */
function moved({ measurement, tags, time }: PointParts, rows: SinkRows): readonly SinkMistake[] {
  const { rowKey } = rows
  if (rowKey === undefined) return []
  const made = [
    ...('source' in measurement ? [{ column: measurement, path: ['measurement'], called: 'measurement' }] : []),
    ...tags.map((column) => ({ column, path: ['tags', column.name], called: `tag ${column.name}` })),
    { column: time, path: ['time'], called: 'time' },
  ]
  return made
    .filter(({ column }) => !followsRowKey(column.source, rowKey))
    .map(({ path, called }) => ({
      path,
      failure: failed(
        `${called} is not made of the row key alone: a row that backfill computes again, with another value there, is a second point`,
        `The row key of ${rows.from} is ${listed(rowKey.map((column) => rows.fields[column]?.name ?? ''))}.`,
      ),
      isWarning: true,
    }))
}

const failed = (message: string, hint: string): Failure => new Failure('pipeline', message, { hint })

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
