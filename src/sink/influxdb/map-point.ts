/**
 * Maps rows to points, as the options say. The same options over the same rows give the same mapping, so `check` and the running
 * sink make it each for itself. All mistakes are found in one go.
 */
import { assert } from '../../base/assert.ts'
import { Failure } from '../../base/failure.ts'
import { type Type, typeName } from '../../record/type.ts'
import { columnExpression } from '../../sql/expression/columns.ts'
import type { SinkMistake, SinkRows } from '../sink.ts'
import { everyColumn, hasMetadata, mapContents } from '../table/map-table.ts'
import type { MappedColumn } from '../table/mapping.ts'
import { escapedText, IN_MEASUREMENT, IN_TAG } from './line/texts.ts'
import type { InfluxdbOptions, PartContents } from './options.ts'
import type { PointMapping, PointParts } from './point.ts'
import { tellRows } from './tell-rows.ts'

type Found<Part> = { readonly part: Part; readonly mistakes: readonly SinkMistake[] }

/** The mapping of rows to points, and the mistakes in the options; undefined where they leave none. */
export function mapPoint(
  options: InfluxdbOptions,
  rows: SinkRows,
): { readonly mapping: PointMapping | undefined; readonly mistakes: readonly SinkMistake[] } {
  const measurement = measurementOf(options, rows)
  const time = timeOf(options, rows)
  const tags = keyed('tags', options.tags ?? {}, rows)
  const used = [measurement.part, time.part, ...tags.part].flatMap((part) => columnOf(part) ?? [])
  const fields =
    options.fields === undefined
      ? otherFields(rows, used, Object.keys(options.tags ?? {}))
      : keyed('fields', options.fields, rows)
  const found = [...measurement.mistakes, ...tags.mistakes, ...fields.mistakes, ...time.mistakes]
  const mistakes = [...found, ...sameNames(tags.part, fields.part)]
  if (measurement.part === undefined || time.part === undefined || mistakes.some(isError)) {
    return { mapping: undefined, mistakes }
  }
  const parts = { measurement: measurement.part, tags: tags.part, fields: fields.part, time: time.part }
  const told = tellRows(parts, options, rows)
  const all = [...mistakes, ...told.mistakes]
  return { mapping: all.some(isError) ? undefined : mappingOf(parts, options, told), mistakes: all }
}

/** The mapping of options that `check` found no mistake in. */
export function checkedPoint(options: InfluxdbOptions, rows: SinkRows): PointMapping {
  const { mapping } = mapPoint(options, rows)
  assert(mapping !== undefined, 'the options were checked')
  return mapping
}

/** Whether a part is METADATA, which is read from what the topic keeps. The options are without a mistake. */
export function pointHasMetadata({ measurement, tags = {}, fields = {}, time }: InfluxdbOptions): boolean {
  const texts = { ...('sql' in measurement && { measurement: measurement.sql }), ...(time !== undefined && { time }) }
  return [tags, fields, texts].some((columns) => hasMetadata({ table: '', columns }))
}

const isError = ({ isWarning }: SinkMistake): boolean => isWarning !== true

type Told = ReturnType<typeof tellRows>

function mappingOf(
  { measurement, tags, fields, time }: PointParts,
  { precision }: InfluxdbOptions,
  { byTags, byTime }: Told,
): PointMapping {
  const columns: MappedColumn[] = []
  const place = (part: MappedColumn): number => columns.push(part) - 1
  const inOrder = tags.toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
  return {
    measurement: 'source' in measurement ? { column: place(measurement) } : measurement,
    tags: inOrder.map((tag) => ({ name: tag.name, column: place(tag), tellsRows: byTags.has(tag) })),
    fields: fields.map((field) => ({ name: field.name, column: place(field) })),
    time: place(time),
    precision,
    tellsByTime: byTime,
    columns,
  }
}

function measurementOf({ measurement }: InfluxdbOptions, rows: SinkRows): Found<PointParts['measurement'] | undefined> {
  if ('name' in measurement) {
    const { name } = measurement
    const isFit = escapedText(name, IN_MEASUREMENT) !== undefined && !/^#|\p{Cc}/u.test(name)
    const message = `'${name}' cannot be a measurement: ${NO_KEY}, nor does it begin with #`
    return isFit
      ? { part: { name }, mistakes: [] }
      : { part: undefined, mistakes: [{ path: ['measurement'], failure: failed(message) }] }
  }
  const { columns, mistakes } = mapContents({ sql: measurement.sql }, rows, { path: ['measurement'], what: PART })
  const [column] = columns
  if (column === undefined || column.type.kind === 'STRING') {
    return { part: column && { ...column, name: 'measurement' }, mistakes }
  }
  const message = `a measurement is a STRING, and this is ${typeName(column.type)}`
  const failure = failed(message, 'Write CAST(… AS STRING).')
  return { part: undefined, mistakes: [...mistakes, { path: ['measurement', 'sql'], failure }] }
}

function timeOf({ time }: InfluxdbOptions, rows: SinkRows): Found<MappedColumn | undefined> {
  if (time === undefined) {
    const index = rows.fields.findIndex(({ rowtime }) => rowtime === true)
    const field = rows.fields[index]
    if (field !== undefined) {
      const source = { kind: 'expression', expression: columnExpression(field, index) } as const
      return { part: { name: 'time', type: field.type, source }, mistakes: [] }
    }
    const message = `the rows of ${rows.from} have no event time, so the sink does not know the time of a point`
    const [first = '…'] = rows.fields.flatMap(({ name, type, window }) =>
      window !== undefined || TIMES.includes(type.kind) ? [name] : [],
    )
    return { part: undefined, mistakes: [{ path: [], at: 'key', failure: failed(message, `Write time: ${first}`) }] }
  }
  const { columns, mistakes } = mapContents({ time }, rows, { path: [], what: PART })
  const [column] = columns
  if (column === undefined || TIMES.includes(column.type.kind)) return { part: column, mistakes }
  const message = `the time of a point is a TIMESTAMP, a TIMESTAMP_LTZ, or a BIGINT in units of \`precision\`; this is ${typeName(column.type)}`
  const failure = failed(message, hintForTime(column.type))
  return { part: undefined, mistakes: [...mistakes, { path: ['time'], failure }] }
}

const TIMES: readonly string[] = ['TIMESTAMP', 'TIMESTAMP_LTZ', 'BIGINT']

function hintForTime({ kind }: Type): string {
  if (kind === 'DATE') return 'Write CAST(… AS TIMESTAMP(3)).'
  if (kind === 'STRING') return "Write TO_TIMESTAMP(…, 'yyyy-MM-dd HH:mm:ss')."
  return "Of a year write TIMESTAMPADD(YEAR, … - 1970, TIMESTAMP '1970-01-01 00:00:00')."
}

/** Tags, or fields, by their keys. */
function keyed(option: 'tags' | 'fields', contents: PartContents, rows: SinkRows): Found<readonly MappedColumn[]> {
  const { columns, mistakes } = mapContents(contents, rows, { path: [option], what: PART })
  const keys = Object.keys(contents).flatMap((name): readonly SinkMistake[] => {
    const reason = reservedReason(name)
    return reason === undefined
      ? []
      : [
          {
            path: [option, name],
            at: 'key',
            failure: failed(`'${name}' cannot be the key of a tag or field: ${reason}`),
          },
        ]
  })
  return { part: columns, mistakes: [...keys, ...mistakes, ...columns.flatMap((column) => unfit(option, column))] }
}

const RESERVED = ['time', '_time', '_measurement', '_field', '_value']

function reservedReason(name: string): string | undefined {
  if (RESERVED.includes(name)) return 'InfluxDB keeps this name for itself'
  return escapedText(name, IN_TAG) === undefined || /\p{Cc}/u.test(name) ? NO_KEY : undefined
}

const NO_KEY = 'it has no control characters, and no backslash at its end or before a comma, an equals sign or a space'

/** Columns that InfluxDB has no value for. */
function unfit(option: 'tags' | 'fields', { name, type }: MappedColumn): readonly SinkMistake[] {
  if (KEPT.includes(type.kind)) return []
  const message = `InfluxDB has no value for ${name}, which is ${typeName(type)}`
  const hint = 'Write an expression of another type for it, such as CAST(… AS STRING), or leave it out.'
  return [{ path: [option, name], failure: failed(message, hint) }]
}

const KEPT: readonly string[] =
  'BOOLEAN TINYINT SMALLINT INT BIGINT FLOAT DOUBLE DECIMAL STRING DATE TIME TIMESTAMP TIMESTAMP_LTZ'.split(' ')

/** The columns of the row that nothing else is made of and no tag is called after, where no fields are named. */
function otherFields(rows: SinkRows, used: readonly number[], tags: readonly string[]): Found<readonly MappedColumn[]> {
  const part = everyColumn(rows).filter(({ name }, index) => !used.includes(index) && !tags.includes(name))
  const mistakes = part.flatMap((column): readonly SinkMistake[] => {
    const reason = reservedReason(column.name)
    const found =
      reason === undefined
        ? unfit('fields', column)[0]?.failure
        : failed(`column ${column.name} cannot be a field: ${reason}`)
    const hint = 'Name the fields: fields: { KEY: EXPRESSION }.'
    return found === undefined ? [] : [{ path: [], at: 'key', failure: failed(found.message, hint) }]
  })
  if (part.length > 0) return { part, mistakes }
  const failure = failed(
    'no column is left to be a field, and InfluxDB has no point without a field',
    'Name it: fields: { KEY: EXPRESSION }.',
  )
  return { part, mistakes: [{ path: [], at: 'key', failure }] }
}

/** A key that is both a tag and a field is hard to ask for: InfluxQL takes the field, and Flux overwrites one by the other. */
function sameNames(tags: readonly MappedColumn[], fields: readonly MappedColumn[]): readonly SinkMistake[] {
  return tags
    .filter(({ name }) => fields.some((field) => field.name === name))
    .map(({ name }) => ({
      path: ['tags', name],
      at: 'key',
      failure: failed(`${name} is both a tag and a field, which queries cannot tell from each other`),
      isWarning: true,
    }))
}

const PART = 'a part of a point'

/** The column of the row that a part is, as it is. */
function columnOf(part: PointParts['measurement'] | undefined): number | undefined {
  return part !== undefined &&
    'source' in part &&
    part.source.kind === 'expression' &&
    part.source.expression.kind === 'column'
    ? part.source.expression.column
    : undefined
}

const failed = (message: string, hint?: string): Failure => new Failure('pipeline', message, { hint })
