/**
 * How the records of a topic become columns: those of its format, and those that the topic adds to them, which are METADATA
 * or computed from the others.
 *
 * Whether a record is a row depends on no query: a record for which an added column cannot be computed is none, as if the
 * format could not decode it. So every decoder computes all computed columns; METADATA costs only where it is wanted.
 */

import type { Metadata } from '../bus/metadata.ts'
import { compileExpression, type Evaluate } from '../engine/expression/expression.ts'
import type { OpenFormat, Spanning, TopicDecoder } from '../format/format.ts'
import type { Batch, Column } from '../record/column.ts'
import { Gather } from '../record/gather.ts'
import type { RecordForm } from '../record/spans.ts'
import type { Field } from '../record/type.ts'
import { columnExpression, columnsOf, replaceColumns } from '../sql/expression/columns.ts'
import type { Expression } from '../sql/expression/expression.ts'
import { type MaxAhead, withoutFuture } from './from-the-future.ts'
import { type Rule, withRules } from './rules.ts'

export type TopicFormat = {
  /** All columns of a record, in order. */
  readonly fields: readonly Field[]
  /** Those at the end that the topic adds. */
  readonly added: readonly AddedColumn[]
  /** Index of the column that carries event time, if the format defines one. */
  readonly rowtime: number | undefined
  /** Whether the first record of every file may be a header, and what it is. */
  readonly skipsFirstLine: boolean
  readonly firstRecord: RecordForm['firstRecord']
  /** How lines are put together to records; undefined where every record is a line. */
  readonly spanning: Spanning | undefined
  /** Whether its decoders read more of a record than its value. */
  readonly hasMetadata: boolean
  /** Whether they read the arrival of records: for `max_ahead`, or as the format does. */
  readonly readsArrival: boolean
  /** Whether a column asks for the file of a record, so that the records need it as their key. */
  readonly wantsFiles: boolean
  /** As of `OpenFormat`: what decodes records calls it before. */
  readonly ready: OpenFormat['ready']
  /** As of `OpenFormat`: its columns come from outside the file. */
  readonly meaning: OpenFormat['meaning']
  /** A decoder for some of the columns, by index into `fields`, in the order given. */
  decoder(columns: readonly number[]): TopicDecoder
}

export type AddedColumn =
  | { readonly kind: 'metadata'; readonly name: string; readonly metadata: Metadata }
  | {
      readonly kind: 'computed'
      readonly name: string
      /** Over all columns of the topic; it reads no computed one. */
      readonly expression: Expression
      /** The text of the expression. */
      readonly written: string
    }

/** The format without records from the future. */
export const withMaxAhead = (format: TopicFormat, ahead: MaxAhead): TopicFormat => ({
  ...format,
  readsArrival: true,
  decoder: (columns) => withoutFuture(columns, { fields: format.fields, ahead }, format.decoder),
})

/** The format without records that do not meet the rules. */
export const withRequired = (format: TopicFormat, rules: readonly Rule[]): TopicFormat =>
  rules.length === 0
    ? format
    : { ...format, decoder: (columns) => withRules(columns, { fields: format.fields, rules }, format.decoder) }

/** The format of a topic with the columns that it adds; `topic` is its name on the bus. */
export function openTopicFormat(format: OpenFormat, added: readonly AddedColumn[], topic: string): TopicFormat {
  const fields = [...format.fields, ...added.map(fieldOf)]
  const computed = added.flatMap((column, i) =>
    column.kind === 'computed' ? [{ ...column, index: format.fields.length + i }] : [],
  )
  const stored = (columns: readonly number[]) => storedDecoder(format, added, columns, topic)
  return {
    fields,
    added,
    rowtime: format.rowtime,
    skipsFirstLine: format.skipsFirstLine,
    firstRecord: format.firstRecord,
    spanning: format.spanning,
    ready: format.ready,
    meaning: format.meaning,
    wantsFiles: added.some((column) => column.kind === 'metadata' && column.metadata.ofFile === true),
    readsArrival: format.readsArrival === true,
    hasMetadata: added.some(({ kind }) => kind === 'metadata'),
    decoder(columns) {
      if (computed.length === 0) return stored(columns)
      const wanted = columns.filter((column) => computed.every(({ index }) => index !== column))
      const read = computed.flatMap(({ expression }) => [...columnsOf(expression)])
      const base = [...new Set([...wanted, ...read])]
      return computingDecoder(stored(base), {
        base,
        results: computed.map(({ index, name, expression }) => ({
          index,
          name,
          evaluate: compiledOver(base, expression),
        })),
        columns,
        fields: columns.map((column) => fields[column] as Field),
      })
    },
  }
}

const fieldOf = (column: AddedColumn): Field => ({
  name: column.name,
  type: column.kind === 'metadata' ? column.metadata.type : column.expression.type,
})

/** Decodes columns of the format and METADATA columns. */
function storedDecoder(
  format: OpenFormat,
  added: readonly AddedColumn[],
  columns: readonly number[],
  topic: string,
): TopicDecoder {
  const own = format.fields.length
  const ofFormat = columns.filter((column) => column < own)
  const decode = format.decoder(ofFormat)
  if (ofFormat.length === columns.length) return (kept, _, rejects) => decode(kept.values, rejects, kept)
  const picks = columns.map((column) => {
    const found = added[column - own]
    return found?.kind === 'metadata' ? found.metadata.open(topic) : ofFormat.indexOf(column)
  })
  return (kept, partition, rejects) => {
    const batch = decode(kept.values, rejects, kept)
    const columns = picks.map((pick) =>
      typeof pick === 'number' ? (batch.columns[pick] as Column) : pick(kept, partition, batch),
    )
    return { ...batch, columns }
  }
}

/** The expression over rows that have the columns `base`. */
const compiledOver = (base: readonly number[], expression: Expression): Evaluate =>
  compileExpression(replaceColumns(expression, (column) => columnExpression(column, base.indexOf(column.column))))

type Computing = {
  /** What the records are decoded to, and what is computed from that, by index among all columns. */
  readonly base: readonly number[]
  readonly results: readonly { readonly index: number; readonly name: string; readonly evaluate: Evaluate }[]
  /** The columns that are asked for. */
  readonly columns: readonly number[]
  readonly fields: readonly Field[]
}

function computingDecoder(decode: TopicDecoder, { base, results, columns, fields }: Computing): TopicDecoder {
  const gather = new Gather(fields)
  return (kept, partition, rejects) => {
    const found: Rejected[] = []
    const batch = decode(kept, partition, { add: (record, byte, reason) => found.push({ record, byte, reason }) })
    const made = results.map(({ index, name, evaluate }) => ({ index, name, column: evaluate(batch) }))
    const picked = columns.map(
      (column) => made.find(({ index }) => index === column)?.column ?? (batch.columns[base.indexOf(column)] as Column),
    )
    const failures = failuresOf(made, batch.count)
    for (const [row, reason] of failures) found.push({ record: batch.origin?.[row] ?? row, byte: 0, reason })
    if (failures.size > 0) found.sort((a, b) => a.record - b.record)
    for (const { record, byte, reason } of found) rejects.add(record, byte, reason)
    const whole: Batch = { ...batch, columns: picked }
    return failures.size === 0 ? whole : gather.take(whole, ...rowsWithout(failures, batch.count))
  }
}

type Rejected = { readonly record: number; readonly byte: number; readonly reason: string }

/** The first failure of each row. */
function failuresOf(made: readonly { readonly name: string; readonly column: Column }[], count: number) {
  const failures = new Map<number, string>()
  for (const { name, column } of made) {
    for (const [row, reason] of column.failures ?? []) {
      if (row < count && !failures.has(row)) failures.set(row, `column ${name}: ${reason}`)
    }
  }
  return failures
}

function rowsWithout(failures: ReadonlyMap<number, string>, count: number): [rows: Int32Array, count: number] {
  const rows = Int32Array.from({ length: count }, (_, row) => row).filter((row) => !failures.has(row))
  return [rows, rows.length]
}
