/** SPLIT_INDEX, whose result is a range of the text's own bytes where the separator is a text. */
import type { IntColumn, StringColumn } from '../../../record/column.ts'
import { isSmallInteger, STRING } from '../../../record/type.ts'
import type { Compute } from '../../expression/expression.ts'
import { fitArguments } from '../define.ts'
import type { ScalarFunction } from '../function.ts'
import { anyNull, setNull } from '../output.ts'
import { textRows } from '../rows.ts'
import { indexOfRange, literalText } from './bytes.ts'
import { rangeOutput } from './substring.ts'

/** The separator is a text or a character's number. */
export const splitIndex: ScalarFunction = {
  name: 'SPLIT_INDEX',
  summary: 'The part of a text at an index from 0, where a separator parts it; NULL beyond the last.',
  usage: 'SPLIT_INDEX(text, separator, index)',
  bind({ arguments: operands, session }) {
    const byNumber = operands[1] !== undefined && isSmallInteger(operands[1].type)
    const cast = fitArguments(operands, ['string', byNumber ? 'int' : 'string', 'int'], session)
    const texts = (literalText(cast[1]) ?? '') !== ''
    const byRow = () => textRows(([text, by, index]) => partAt(String(text), by as string | number, Number(index)))
    return { type: STRING, arguments: cast, open: texts ? openSplit : byRow }
  },
}

function openSplit(): Compute {
  const ranges = rangeOutput()
  return (columns, count) => {
    const [texts, separators, indexes] = columns as [StringColumn, StringColumn, IntColumn]
    const out = ranges(texts, count)
    for (let row = 0; row < count; row++) {
      out.start[row] = 0
      out.end[row] = 0
      if (anyNull(columns, row)) continue
      if (!splitRow(texts, separators, indexes.values[row] as number, { out, row })) setNull(out, row, count)
    }
    return out
  }
}

function splitRow(
  { bytes, start, end }: StringColumn,
  separators: StringColumn,
  index: number,
  { out, row }: { readonly out: StringColumn; readonly row: number },
): boolean {
  const to = end[row] as number
  const separator = [separators.start[row] as number, separators.end[row] as number] as const
  const size = separator[1] - separator[0]
  let from = start[row] as number
  if (index < 0 || from === to) return false
  for (let part = 0; ; part++) {
    const found = indexOfRange(bytes, [from, to], separators.bytes, separator)
    if (part === index) {
      out.start[row] = from
      out.end[row] = found < 0 ? to : found
      return true
    }
    if (found < 0) return false
    from = found + size
  }
}

function partAt(text: string, separator: string | number, index: number): string | undefined {
  if (index < 0 || text === '') return undefined
  if (typeof separator === 'number' && (separator > 255 || separator < 1)) return undefined
  const by = typeof separator === 'number' ? String.fromCharCode(separator) : separator
  // An empty separator splits at each single blank.
  return by === '' ? text.split(/[\t\n\v\f\r\x1c-\x1f ]/)[index] : text.split(by, index + 1)[index]
}
