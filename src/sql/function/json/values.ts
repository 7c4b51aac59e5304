/** The values of JSON_VALUE: the column that each type of RETURNING is written to. A value of another type fails its row. */
import type { BooleanColumn, Column, DoubleColumn, IntColumn, StringColumn } from '../../../record/column.ts'
import { booleanOutput, doubleOutput, fail, intOutput, setNull } from '../output.ts'
import { decodeText } from '../text/bytes.ts'
import type { JsonSearch } from './find.ts'
import { isUsualNumber, javaNumber } from './number-text.ts'
import { RangeOutput } from './output.ts'
import { QUOTE } from './text.ts'

/** Writes rows from first to last. */
export type Values = {
  /** Starts a batch over these texts. */
  begin(texts: StringColumn, count: number): void
  /** Writes the scalar that was found. */
  take(row: number, search: JsonSearch): void
  /** Writes the row of a column of the same type. */
  copy(row: number, column: Column): void
  setNull(row: number): void
  fail(row: number, reason: string): void
  finish(): Column
}

/** Strings without their quotes and escapes; other values as they are written. */
export function textValues(): Values {
  const output = new RangeOutput()
  let of: StringColumn | undefined
  return {
    begin(texts, count) {
      of = texts
      output.begin(texts, count)
    },
    take(row, search) {
      const { start, end } = search
      const { bytes } = search.text.scan
      const first = bytes[start] as number
      if (first === QUOTE) {
        if (!search.isEscaped) return output.range(row, start + 1, end - 1)
        const made = output.make(row)
        made.open(row)
        search.text.appendString(start + 1, end - 1, made)
        return made.close(row)
      }
      // Words begin behind the digits.
      if (first > 57 || isUsualNumber(bytes, start, end)) return output.range(row, start, end)
      const text = javaNumber(decodeText(bytes, start, end))
      if (text === undefined) output.fail(row, 'JSON_VALUE: the exponent of the number is too great')
      else output.make(row).row(row, text)
    },
    copy(row, column) {
      const { bytes, start, end } = column as StringColumn
      if (bytes === of?.bytes) return output.range(row, start[row] as number, end[row] as number)
      const made = output.make(row)
      made.open(row)
      made.copy(column as StringColumn, row)
      made.close(row)
    },
    setNull: (row) => output.setNull(row),
    fail: (row, reason) => output.fail(row, reason),
    finish: () => output.finish(),
  }
}

type NumberColumn = BooleanColumn | IntColumn | DoubleColumn

/** Values that `read` makes of the text of a scalar; undefined where it is of another type. */
function plainValues<C extends NumberColumn>(
  output: (count: number) => C,
  type: string,
  read: (text: string) => number | undefined,
): Values {
  let out = output(0)
  let count = 0
  return {
    begin(_, rows) {
      count = rows
      out = output(rows)
    },
    take(row, { start, end, text }) {
      const written = decodeText(text.scan.bytes, start, end)
      const value = read(written)
      if (value === undefined) fail(out, row, otherType(written, type))
      else out.values[row] = value
    },
    copy(row, column) {
      out.values[row] = (column as C).values[row] as number
    },
    setNull: (row) => setNull(out, row, count),
    fail: (row, reason) => fail(out, row, reason),
    finish: () => out,
  }
}

/** As in Flink, ON ERROR says nothing about this: the reason says what to write. */
function otherType(written: string, type: string): string {
  const shown = written.length > 60 ? `${written.slice(0, 60)}…` : written
  return `JSON_VALUE returning ${type}: ${shown} is none; CAST(JSON_VALUE(…) AS ${type}) reads texts`
}

/** The words `true` and `false`. */
export const truthValues = (): Values =>
  plainValues(booleanOutput(), 'BOOLEAN', (text) => (text === 'true' ? 1 : text === 'false' ? 0 : undefined))

/** Whole numbers that fit an INT; for DOUBLE all numbers, also whole ones, at which Flink's job fails. */
export function numberValues(type: 'INT' | 'DOUBLE'): Values {
  if (type === 'DOUBLE')
    return plainValues(doubleOutput(), type, (text) => (/^[-0-9]/.test(text) ? Number(text) + 0 : undefined))
  return plainValues(intOutput(), type, (text) => {
    const value = Number(text)
    return /^-?[0-9]+$/.test(text) && value === (value | 0) ? value | 0 : undefined
  })
}
