/** Writes SQL values as JSON, as Flink does for JSON_OBJECT, JSON_ARRAY and JSON_STRING. */
import { timestampText } from '../../../base/calendar.ts'
import type {
  BooleanColumn,
  Column,
  DecimalColumn,
  DoubleColumn,
  ListColumn,
  MapColumn,
  RowColumn,
  StringColumn,
} from '../../../record/column.ts'
import { valueAt } from '../../../record/column.ts'
import { nanosText } from '../../../record/nanos.ts'
import { type RowField, type Type, typeName } from '../../../record/type.ts'
import type { Expression } from '../../expression/expression.ts'
import { doubleText, floatText } from '../cast/double-text.ts'
import { untypedNull } from '../define.ts'
import { TypeProblem } from '../function.ts'
import { textOfRow } from '../text/bytes.ts'
import type { TextOutput } from '../text/output.ts'
import { decimalNumber, javaNumber } from './number-text.ts'
import { byUnits, jsonQuoted } from './write.ts'

/** Appends the value of a row, which is not NULL. */
export type WriteJson = (column: Column, row: number, output: TextOutput) => void

/** Functions whose result is JSON already: directly inside another of them it is taken as it is, and not as a text. */
const GIVES_JSON: ReadonlySet<string> = new Set(['JSON', 'JSON_ARRAY', 'JSON_OBJECT'])

/** How the values of an argument are written. Throws a TypeProblem for a type that JSON has no form for. */
export function jsonWriterOf(operand: Expression): WriteJson {
  if (operand.kind === 'call' && GIVES_JSON.has(operand.name))
    return (column, row, output) => output.copy(column as StringColumn, row)
  return jsonWriter(operand.type)
}

function jsonWriter(type: Type): WriteJson {
  switch (type.kind) {
    case 'STRING':
      return (column, row, output) => output.text(jsonQuoted(textOfRow(column as StringColumn, row)))
    case 'BOOLEAN':
      return (column, row, output) => output.text((column as BooleanColumn).values[row] === 1 ? 'true' : 'false')
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return (column, row, output) => output.text(String(valueAt(column, row)))
    case 'FLOAT':
      return (column, row, output) => output.text(floatJson((column as DoubleColumn).values[row] as number))
    case 'DOUBLE':
      return (column, row, output) => output.text(doubleJson((column as DoubleColumn).values[row] as number))
    case 'DECIMAL':
      return (column, row, output) =>
        output.text(decimalNumber((column as DecimalColumn).values[row] as bigint, type.scale))
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const zone = type.kind === 'TIMESTAMP' ? '' : 'Z'
      return (column, row, output) => output.text(`"${isoText((column as DoubleColumn).values[row] as number)}${zone}"`)
    }
    case 'FINE_TIMESTAMP': {
      const { digits, zoned } = type
      const textOf = (nanos: bigint) => nanosText(nanos, digits).replace(/\.?0*$/, '')
      return (column, row, output) =>
        output.text(`"${textOf((column as DecimalColumn).values[row] as bigint)}${zoned ? 'Z' : ''}"`)
    }
    case 'ARRAY':
      return writeArray(jsonWriter(type.element))
    case 'MAP':
      if (type.key.kind !== 'STRING')
        throw new TypeProblem(`the keys of a MAP are texts in JSON, not ${typeName(type.key)}`, 'CAST the MAP')
      return writeMap(jsonWriter(type.value))
    case 'ROW':
      return writeRow(type.fields)
    case 'NULL':
      throw untypedNull('STRING')
    default:
      throw new TypeProblem(`JSON has no form for ${typeName(type)}`, 'CAST(… AS STRING)')
  }
}

function orNull(write: WriteJson, column: Column, row: number, output: TextOutput): void {
  if (column.nulls !== undefined && column.nulls[row] === 1) output.text('null')
  else write(column, row, output)
}

function writeArray(write: WriteJson): WriteJson {
  return (column, row, output) => {
    const { start, end, items } = column as ListColumn
    const from = start[row] as number
    output.text('[')
    for (let item = from; item < (end[row] as number); item++) {
      if (item > from) output.text(',')
      orNull(write, items, item, output)
    }
    output.text(']')
  }
}

/** Of entries with one key the last counts. */
function writeMap(write: WriteJson): WriteJson {
  return (column, row, output) => {
    const { start, end, keys, values } = column as MapColumn
    const entries = new Map<string, number>()
    for (let entry = start[row] as number; entry < (end[row] as number); entry++)
      entries.set(textOfRow(keys as StringColumn, entry), entry)
    const sorted = [...entries].sort(([a], [b]) => byUnits(a, b))
    for (const [index, [key, entry]] of sorted.entries()) {
      output.text(`${index === 0 ? '{' : ','}${jsonQuoted(key)}:`)
      orNull(write, values, entry, output)
    }
    output.text(sorted.length === 0 ? '{}' : '}')
  }
}

function writeRow(fields: readonly RowField[]): WriteJson {
  const members = fields
    .map(({ name, type }, field) => ({ name, field, write: jsonWriter(type) }))
    .sort((a, b) => byUnits(a.name, b.name))
  return (column, row, output) => {
    const parts = (column as RowColumn).fields
    for (const [index, { name, field, write }] of members.entries()) {
      output.text(`${index === 0 ? '{' : ','}${jsonQuoted(name)}:`)
      orNull(write, parts[field] as Column, row, output)
    }
    output.text('}')
  }
}

/** A DOUBLE as the decimal of its digits; JSON has no NaN, so that is a string. */
const doubleJson = (value: number): string =>
  Number.isFinite(value) ? (javaNumber(doubleText(value)) ?? doubleText(value)) : `"${doubleText(value)}"`

const floatJson = (value: number): string =>
  Number.isFinite(value) ? (javaNumber(floatText(value)) ?? floatText(value)) : `"${floatText(value)}"`

/** The time without zeros at the end of its fraction, and without the fraction where there is none. */
const isoText = (time: number): string => timestampText(time).replace(/\.?0*$/, '')
