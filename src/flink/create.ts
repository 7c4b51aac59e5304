/** CREATE statements of Flink for the tables that a job reads and writes. */
import type { Field } from '../record/type.ts'
import { intervalOfDuration } from '../sql/bind/duration-interval.ts'
import { quote } from '../sql/bind/name.ts'
import { columnType } from './column-type.ts'
import { EVENT_TIME, type FlinkResult, type FlinkTable, isDecoded, TICK } from './flink-table.ts'

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
  /** Only rows that have event time, which goes on with them; otherwise all rows, and it is a column like any other. */
  readonly needsTime: boolean
}

/**
 * The statements that make a table: that of its topic, whose watermark all rows move, and a view with the name that SQL says, in which
 * there are no ticks. Flink fails a job at the first row whose event time is NULL, so the watermark is made of a column that never is.
 */
export function createRead(table: FlinkTable, options: Options, { needsTime }: WantedRows): readonly string[] {
  const { name, topic, fields } = table
  const time = needsTime ? table.time : undefined
  const field = time && fields[time.field]
  const watermark =
    time === undefined || field === undefined
      ? []
      : [
          `${quote(EVENT_TIME)} AS ${timeText(field)}`,
          `WATERMARK FOR ${quote(EVENT_TIME)} AS ${watermarkText(time.delayMs)}`,
        ]
  const columns = fields.map(columnText)
  const conditions = [
    ...(isDecoded(table) ? [`${quote(TICK)} IS NOT TRUE`] : []),
    ...(field === undefined ? [] : [`${quote(field.name)} IS NOT NULL`]),
  ]
  const ticks = isDecoded(table) ? [`${quote(TICK)} BOOLEAN`] : []
  if (conditions.length === 0) return [tableText(name, columns, options)]
  const made = tableText(topic, [...columns, ...ticks, ...watermark], options)
  const names = fields.map((one) => (one === field ? `${quote(EVENT_TIME)} AS ${quote(one.name)}` : quote(one.name)))
  const view = `SELECT ${names.join(', ')}\nFROM ${quote(topic)}\nWHERE ${conditions.join(' AND ')}`
  return [made, createView(name, view)]
}

/** The earliest time that Flink has moves no watermark. */
const timeText = ({ name, type }: Field): string =>
  `COALESCE(${quote(name)}, CAST(TIMESTAMP '0001-01-01 00:00:00' AS ${columnType(type)}))`

const watermarkText = (delayMs: number): string =>
  delayMs === 0 ? quote(EVENT_TIME) : `${quote(EVENT_TIME)} - ${intervalOfDuration(delayMs)}`

/** A view of the pipeline file, by its own text. */
export const createView = (name: string, sql: string): string =>
  `CREATE TEMPORARY VIEW ${quote(name)} AS\n${sql.trim().replace(/;$/, '')}`

/** The table that takes the rows of a query. */
export function createResult({ topic, fields, key, isChanging }: FlinkResult, options: Options): string {
  const primary =
    isChanging && key !== undefined && key.length > 0 ? [`PRIMARY KEY (${key.map(quote).join(', ')}) NOT ENFORCED`] : []
  return tableText(topic, [...fields.map(columnText), ...primary], options)
}
