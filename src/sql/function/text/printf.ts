/** PRINTF, as java.util.Formatter writes: a format or an argument for which that throws makes the result NULL. */
import type { Column, StringColumn } from '../../../record/column.ts'
import { valueAt } from '../../../record/column.ts'
import { isNumeric, STRING, shortTypeName, type Type } from '../../../record/type.ts'
import type { Compute } from '../../expression/expression.ts'
import { castTo } from '../cast/cast.ts'
import { fitArgument, untypedNull } from '../define.ts'
import { type ScalarFunction, TypeProblem } from '../function.ts'
import { fail } from '../output.ts'
import { remembered } from '../remembered.ts'
import { literalText, textOfRow } from './bytes.ts'
import { LONGEST_TEXT, TextOutput, tooLong } from './output.ts'
import { type PrintfPart, parseFormat } from './printf-format.ts'
import { type PrintfValue, writeFormat } from './printf-write.ts'

type Parsed = readonly PrintfPart[] | undefined | { readonly failed: string }

export const printf: ScalarFunction = {
  name: 'PRINTF',
  summary:
    'The values written into a format of Java, such as %s, %5d or %.2f; NULL for a format or a value that Java refuses.',
  usage: 'PRINTF(format, value, …)',
  bind({ arguments: operands, session }) {
    const [format, ...values] = operands
    if (format === undefined) throw new TypeProblem('it takes at least 1 argument')
    for (const { type } of values) checkType(type)
    const fixed = literalText(format)
    const parsed = fixed === undefined ? undefined : parse(fixed)
    if (parsed !== undefined && 'failed' in parsed)
      throw new TypeProblem(parsed.failed, 'Write CAST(… AS STRING) and %s.', format)
    const texts = values.map((value) => castTo(value, STRING, { try: false, session }))
    const types = values.map(({ type }) => type)
    return {
      type: STRING,
      arguments: [fitArgument(format, 'string', session), ...values, ...texts],
      nulls: 'own',
      open: () => open(types),
    }
  },
}

/** What Flink writes for other types are the insides of its objects, such as the days of a DATE. */
function checkType(type: Type): void {
  const known = isNumeric(type) || type.kind === 'STRING' || type.kind === 'BOOLEAN'
  if (known) return
  if (type.kind === 'NULL') throw untypedNull('STRING')
  throw new TypeProblem(`it writes texts, numbers and BOOLEANs, not ${shortTypeName(type)}`, 'Write CAST(… AS STRING).')
}

function parse(format: string): Parsed {
  const parts = parseFormat(format)
  if (parts !== undefined && 'unsupported' in parts)
    return { failed: `${parts.unsupported} is not supported in PRINTF` }
  const isLong = parts?.some(
    (part) => typeof part !== 'string' && Math.max(part.width ?? 0, part.precision ?? 0) > LONGEST_TEXT,
  )
  return isLong ? { failed: tooLong() } : parts
}

/** How many formats of a column are kept. */
const KEPT_FORMATS = 1000

function open(types: readonly Type[]): Compute {
  const output = new TextOutput()
  const parsed = remembered(KEPT_FORMATS, parse)
  return (columns, count) => {
    const formats = columns[0] as StringColumn
    output.begin(count)
    for (let row = 0; row < count; row++) {
      const parts = formats.nulls?.[row] === 1 ? undefined : parsed(textOfRow(formats, row))
      if (parts !== undefined && 'failed' in parts) {
        fail(output.column, row, parts.failed)
        continue
      }
      const text = parts && writeFormat(parts, (argument) => givenAt(columns, types, argument, row))
      if (text === undefined) output.setNull(row)
      else output.row(row, text)
    }
    return output.finish()
  }
}

/** An argument of the row: its value is in one column, its text in another, behind those of all values. */
function givenAt(
  columns: readonly Column[],
  types: readonly Type[],
  argument: number,
  row: number,
): PrintfValue | null | undefined {
  const type = types[argument]
  if (type === undefined) return undefined
  const values = columns[1 + argument] as Column
  if (values.nulls?.[row] === 1) return null
  const text = textOfRow(columns[1 + types.length + argument] as StringColumn, row)
  return { value: valueAt(values, row, type), text, type }
}
