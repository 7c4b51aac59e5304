/** Casts from STRING. A text that does not read as the type fails its row. */
import { zoneRules } from '../../../base/timezone.ts'
import type { BigintColumn, IntColumn, StringColumn } from '../../../record/column.ts'
import { integerBits, secondDigits, type Type, typeName } from '../../../record/type.ts'
import type { Compute } from '../../expression/expression.ts'
import type { Session } from '../function.ts'
import {
  anyNull,
  bigintOutput,
  booleanOutput,
  decimalOutput,
  doubleOutput,
  fail,
  intOutput,
  setBigint,
} from '../output.ts'
import { numberRows, type Row, type RowResult } from '../rows.ts'
import { textOfRow } from '../text/bytes.ts'
import { parseDouble, parseFloatText } from './double-text.ts'
import { parseFine } from './fine-time.ts'
import { fitsLong, parseDecimalText, parseInteger } from './parse-number.ts'
import { parseDate, parseTimeOfDay, parseTimestamp } from './parse-time.ts'

/** What opens the cast from STRING; undefined where there is none. */
export function openTextCast(to: Type, session: Session): (() => Compute) | undefined {
  const reading =
    <T>(parse: (text: string) => T | undefined) =>
    ([text]: Row): RowResult<T> =>
      parse(String(text)) ?? { failed: castFault(String(text), to) }
  switch (to.kind) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
      return () => textToInt(to)
    case 'BIGINT':
      return textToBigint
    case 'FLOAT':
      return () => numberRows(doubleOutput(), reading(parseFloatText))
    case 'DOUBLE':
      return () => numberRows(doubleOutput(), reading(parseDouble))
    case 'DECIMAL':
      return () =>
        numberRows(
          decimalOutput(),
          reading((text) => parseDecimalText(text, to)),
        )
    case 'BOOLEAN':
      return () => numberRows(booleanOutput(), reading(parseBoolean))
    case 'DATE':
      return () => numberRows(intOutput(), reading(parseDate))
    case 'TIME':
      return () => numberRows(intOutput(), reading(parseTimeOfDay))
    case 'FINE_TIMESTAMP': {
      const zone = zoneRules(session.timezone)
      return () =>
        numberRows(
          decimalOutput(),
          reading((text) => parseFine(text, to, zone)),
        )
    }
    case 'TIMESTAMP':
      return () => numberRows(doubleOutput(), reading(cutTo(to, parseTimestamp)))
    case 'TIMESTAMP_LTZ': {
      const zone = zoneRules(session.timezone)
      const parse = (text: string) => {
        const wall = parseTimestamp(text)
        return wall === undefined ? undefined : zone.toInstant(wall)
      }
      return () => numberRows(doubleOutput(), reading(cutTo(to, parse)))
    }
    default:
      return undefined
  }
}

/** A time of which the digits that the type does not have are cut off. */
function cutTo(type: Type, parse: (text: string) => number | undefined): (text: string) => number | undefined {
  const unit = 10 ** (3 - secondDigits(type))
  if (unit === 1) return parse
  return (text) => {
    const ms = parse(text)
    return ms && Math.floor(ms / unit) * unit
  }
}

/** Such as "CAST of 'x' to INT: Invalid character found"; a long text is cut. */
function castFault(text: string, to: Type, why = 'it cannot be read as one'): string {
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text
  return `CAST of '${shown}' to ${typeName(to)}: ${why}`
}

const TRUE = new Set(['t', 'true', 'y', 'yes', '1'])
const FALSE = new Set(['f', 'false', 'n', 'no', '0'])

function parseBoolean(text: string): number | undefined {
  const lower = text.toLowerCase()
  if (TRUE.has(lower)) return 1
  return FALSE.has(lower) ? 0 : undefined
}

function textToInt(to: Type): Compute {
  const output = intOutput()
  const least = -(2 ** (integerBits(to) - 1))
  const greatest = -1 - least
  return (columns, count) => {
    const texts = columns[0] as StringColumn
    const { bytes, start, end } = texts
    const out: IntColumn = output(count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      const value = parseInteger(bytes, start[row] as number, end[row] as number)
      if (typeof value === 'number' && value >= least && value <= greatest) out.values[row] = value
      else fail(out, row, castFault(textOfRow(texts, row), to, typeof value === 'string' ? value : 'Overflow'))
    }
    return out
  }
}

function textToBigint(): Compute {
  const output = bigintOutput()
  return (columns, count) => {
    const texts = columns[0] as StringColumn
    const { bytes, start, end } = texts
    const out: BigintColumn = output(count)
    for (let row = 0; row < count; row++) {
      out.values[row] = 0
      if (anyNull(columns, row)) continue
      const value = parseInteger(bytes, start[row] as number, end[row] as number)
      if (typeof value === 'number' && out.exact === undefined) out.values[row] = value
      else if (typeof value !== 'string' && fitsLong(BigInt(value))) setBigint(out, row, BigInt(value), count)
      else
        fail(
          out,
          row,
          castFault(textOfRow(texts, row), { kind: 'BIGINT' }, typeof value === 'string' ? value : 'Overflow'),
        )
    }
    return out
  }
}
