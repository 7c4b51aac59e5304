/** LIKE, with a pattern that is a literal or the value of a column. */
import type { StringColumn } from '../../../record/column.ts'
import { BOOLEAN } from '../../../record/type.ts'
import type { Compute } from '../../expression/expression.ts'
import { fitArguments } from '../define.ts'
import { type ScalarFunction, TypeProblem } from '../function.ts'
import { anyNull, booleanOutput, fail } from '../output.ts'
import { remembered } from '../remembered.ts'
import { literalText, textOfRow } from './bytes.ts'
import { type LikePattern, likeMatches, parseLike } from './like-pattern.ts'

export const like: ScalarFunction = {
  name: 'LIKE',
  summary: 'Whether a text fits a pattern: % is any text, _ any one character.',
  usage: "text LIKE pattern [ESCAPE 'character']",
  bind({ arguments: operands, session }) {
    const [text, pattern, escaping] = fitArguments(operands, ['string', 'string', 'string?'], session)
    const escapeText = literalText(escaping)
    if (escaping !== undefined && escapeText === undefined)
      throw new TypeProblem('ESCAPE wants a character, written out')
    const patternText = literalText(pattern)
    if (patternText === undefined) {
      return { type: BOOLEAN, arguments: [text, pattern], open: () => openColumn(escapeText) }
    }
    const parsed = parseLike(patternText, escapeText)
    if ('refused' in parsed) throw new TypeProblem(parsed.refused)
    return { type: BOOLEAN, arguments: [text], open: () => openFixed(parsed) }
  },
}

function openFixed(pattern: LikePattern): Compute {
  const { plain, openStart, openEnd } = pattern
  if (plain !== undefined && openStart !== openEnd) return openEdge(plain, openEnd)
  const output = booleanOutput()
  return (columns, count) => {
    const { bytes, start, end } = columns[0] as StringColumn
    const out = output(count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      out.values[row] = likeMatches(pattern, bytes, start[row] as number, end[row] as number) ? 1 : 0
    }
    return out
  }
}

/** 'text%' and '%text': bytes are compared at one position. */
function openEdge(text: Uint8Array, atStart: boolean): Compute {
  const output = booleanOutput()
  const size = text.length
  return ([column], count) => {
    const { bytes, start, end } = column as StringColumn
    const { values } = output(count)
    for (let row = 0; row < count; row++) {
      const from = start[row] as number
      const to = end[row] as number
      const at = atStart ? from : to - size
      let same = to - from >= size ? 0 : -1
      while (same >= 0 && same < size && bytes[at + same] === text[same]) same++
      values[row] = same === size ? 1 : 0
    }
    return { kind: 'boolean', values, nulls: undefined }
  }
}

/** How many parsed patterns of a column are kept. */
const KEPT_PATTERNS = 1000

function openColumn(escaping: string | undefined): Compute {
  const output = booleanOutput()
  const parse = remembered(KEPT_PATTERNS, (text) => parseLike(text, escaping))
  return (columns, count) => {
    const [text, patterns] = columns as [StringColumn, StringColumn]
    const out = output(count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      const pattern = parse(textOfRow(patterns, row))
      if ('refused' in pattern) fail(out, row, `LIKE: ${pattern.refused}`)
      else
        out.values[row] = likeMatches(pattern, text.bytes, text.start[row] as number, text.end[row] as number) ? 1 : 0
    }
    return out
  }
}
