/** CREATE statements of Flink for the tables that a job reads and writes. */
import type { Field } from '../record/type.ts'
import { intervalOfDuration } from '../sql/bind/duration-interval.ts'
import { quote } from '../sql/bind/name.ts'
import { columnType } from './column-type.ts'
import { type FlinkResult, type FlinkTable, isDecoded, TICK } from './flink-table.ts'

/** Options of a table or settings of a job, by name. */
export type Options = { readonly [option: string]: string }

/** A text as SQL writes it. */
export const quotedText = (text: string): string => `'${text.replaceAll("'", "''")}'`

const optionsText = (options: Options): string =>
  Object.entries(options)
    .map(([option, value]) => `  ${quotedText(option)} = ${quotedText(value)}`)
    .join(',\n')

/** A column that a table of Flink cannot have, and that no query reads, is the text of its JSON. */
const columnText = ({ name, type }: Field): string => `${quote(name)} ${columnType(type) ?? 'STRING'}`

const tableText = (name: string, lines: readonly string[], options: Options): string =>
  `CREATE TEMPORARY TABLE ${quote(name)} (\n${lines.map((line) => `  ${line}`).join(',\n')}\n) WITH (\n${optionsText(options)}\n)`

/** What a query wants of a table that it reads. */
export type WantedRows = {
  /** Rows without event time are left out: in a window they would fail the job. */
  readonly needsTime: boolean
}

/**
 * The statements that make a table. Of a table that tailrace decodes there are two: that of its topic, whose watermark all rows move,
 * and a view with the name that SQL says, in which there are no ticks.
 */
export function createRead(table: FlinkTable, options: Options, { needsTime }: WantedRows): readonly string[] {
  const { name, topic, fields, time } = table
  const field = time === undefined ? undefined : fields[time.field]
  const watermark =
    time === undefined || field === undefined
      ? []
      : [`WATERMARK FOR ${quote(field.name)} AS ${watermarkText(field.name, time.delayMs)}`]
  const columns = fields.map(columnText)
  const conditions = [
    ...(isDecoded(table) ? [`${quote(TICK)} IS NOT TRUE`] : []),
    ...(needsTime && field !== undefined ? [`${quote(field.name)} IS NOT NULL`] : []),
  ]
  const ticks = isDecoded(table) ? [`${quote(TICK)} BOOLEAN`] : []
  if (conditions.length === 0) return [tableText(name, [...columns, ...watermark], options)]
  const made = tableText(topic, [...columns, ...ticks, ...watermark], options)
  const names = fields.map((one) => quote(one.name)).join(', ')
  return [made, createView(name, `SELECT ${names}\nFROM ${quote(topic)}\nWHERE ${conditions.join(' AND ')}`)]
}

const watermarkText = (name: string, delayMs: number): string =>
  delayMs === 0 ? quote(name) : `${quote(name)} - ${intervalOfDuration(delayMs)}`

/** A view of the pipeline file, by its own text. */
export const createView = (name: string, sql: string): string =>
  `CREATE TEMPORARY VIEW ${quote(name)} AS\n${sql.trim().replace(/;$/, '')}`

/** The table that takes the rows of a query. */
export function createResult({ topic, fields, key, isChanging }: FlinkResult, options: Options): string {
  const primary =
    isChanging && key !== undefined && key.length > 0 ? [`PRIMARY KEY (${key.map(quote).join(', ')}) NOT ENFORCED`] : []
  return tableText(topic, [...fields.map(columnText), ...primary], options)
}
