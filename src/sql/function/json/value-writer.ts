/** Writes SQL values as JSON, as Flink does for JSON_OBJECT, JSON_ARRAY and JSON_STRING. */
import { timestampText } from '../../../base/calendar.ts'
import type { BooleanColumn, Column, DecimalColumn, DoubleColumn, StringColumn } from '../../../record/column.ts'
import { valueAt } from '../../../record/column.ts'
import { type Type, typeName } from '../../../record/type.ts'
import type { Expression } from '../../expression/expression.ts'
import { doubleText } from '../cast/double-text.ts'
import { untypedNull } from '../define.ts'
import { TypeProblem } from '../function.ts'
import { textOfRow } from '../text/bytes.ts'
import type { TextOutput } from '../text/output.ts'
import { decimalNumber, javaNumber } from './number-text.ts'
import { jsonQuoted } from './write.ts'

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
    case 'INT':
    case 'BIGINT':
      return (column, row, output) => output.text(String(valueAt(column, row)))
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
    case 'NULL':
      throw untypedNull('STRING')
    default:
      throw new TypeProblem(`JSON has no form for ${typeName(type)}`, 'CAST(… AS STRING)')
  }
}

/** A DOUBLE as the decimal of its digits; JSON has no NaN, so that is a string. */
const doubleJson = (value: number): string =>
  Number.isFinite(value) ? (javaNumber(doubleText(value)) ?? doubleText(value)) : `"${doubleText(value)}"`

/** The time without zeros at the end of its fraction, and without the fraction where there is none. */
const isoText = (time: number): string => timestampText(time).replace(/\.?0*$/, '')
