/**
 * CHAR_LENGTH, and the place of a text in another: POSITION, LOCATE, INSTR, STARTSWITH, ENDSWITH. Places are code
 * points from 1.
 */
import type { IntColumn, StringColumn } from '../../../record/column.ts'
import { BOOLEAN, INT } from '../../../record/type.ts'
import type { Compute } from '../../expression/expression.ts'
import { define } from '../define.ts'
import type { ScalarFunction } from '../function.ts'
import { anyNull, booleanOutput, intOutput } from '../output.ts'
import { numberRows } from '../rows.ts'
import { compareTexts, countCodePoints, indexOfRange, positionOfCodePoint } from './bytes.ts'

const length = (name: string): ScalarFunction =>
  define({
    summary: 'How many characters (code points) a text has.',
    usage: `${name}(text)`,
    takes: ['string'],
    gives: INT,
    open: openLength,
  })

function openLength(): Compute {
  const output = intOutput()
  return (columns, count) => {
    const { bytes, start, end } = columns[0] as StringColumn
    const out = output(count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      out.values[row] = countCodePoints(bytes, start[row] as number, end[row] as number)
    }
    return out
  }
}

const position = define({
  summary: 'Where a text first stands in another, from 1; 0 where it does not.',
  usage: 'POSITION(part IN text)',
  takes: ['string', 'string'],
  gives: INT,
  open: openPosition,
})

const locate = define({
  summary: 'Where a text first stands in another, from a place on; 0 where it does not.',
  usage: 'LOCATE(part, text[, from])',
  takes: ['string', 'string', 'int?'],
  gives: INT,
  open: openPosition,
})

function openPosition(): Compute {
  const output = intOutput()
  return (columns, count) => {
    const [part, text] = columns as [StringColumn, StringColumn]
    const froms = (columns[2] as IntColumn | undefined)?.values
    const out = output(count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      const needle = [part.start[row] as number, part.end[row] as number] as const
      const start = text.start[row] as number
      const end = text.end[row] as number
      const from = froms === undefined ? start : positionOfCodePoint(text.bytes, start, end, (froms[row] as number) - 1)
      const found = indexOfRange(text.bytes, [from, end], part.bytes, needle)
      // The place of an empty part is 1, wherever the search began.
      if (needle[0] === needle[1]) out.values[row] = 1
      else out.values[row] = found < 0 ? 0 : countCodePoints(text.bytes, start, found) + 1
    }
    return out
  }
}

const instr = define({
  summary: 'Where a text stands in another: from a place on, or before one that counts from the end.',
  usage: 'INSTR(text, part[, from])',
  takes: ['string', 'string', 'int?'],
  gives: INT,
  open: () => numberRows(intOutput(), ([text, part, from]) => findFrom(String(text), String(part), Number(from ?? 1))),
})

/** Searches in UTF-16 units and answers in code points. */
function findFrom(text: string, part: string, from: number): number {
  if (from === 0) return 0
  const place = from > 0 ? unitsOf(text, from - 1) : text.length - unitsOf(text, from)
  if (place < 0 || place > text.length) return 0
  const found = from > 0 ? text.indexOf(part, place) : text.lastIndexOf(part, place)
  return found < 0 ? 0 : Array.from(text.slice(0, found)).length + 1
}

/** How many UTF-16 units the first code points have, or below 0 the last ones; more than the text if it has fewer. */
function unitsOf(text: string, codePoints: number): number {
  const characters = Array.from(text)
  if (Math.abs(codePoints) > characters.length) return text.length + 1
  return (codePoints < 0 ? characters.slice(codePoints) : characters.slice(0, codePoints)).join('').length
}

const edge = (name: 'STARTSWITH' | 'ENDSWITH'): ScalarFunction =>
  define({
    summary: `Whether a text ${name === 'STARTSWITH' ? 'begins' : 'ends'} with another.`,
    usage: `${name}(text, part)`,
    takes: ['string', 'string'],
    gives: BOOLEAN,
    open: () => openEdge(name),
  })

function openEdge(name: 'STARTSWITH' | 'ENDSWITH'): Compute {
  const output = booleanOutput()
  return (columns, count) => {
    const [text, part] = columns as [StringColumn, StringColumn]
    const out = output(count)
    for (let row = 0; row < count; row++) {
      const partStart = part.start[row] as number
      const partEnd = part.end[row] as number
      const size = partEnd - partStart
      const start = text.start[row] as number
      const end = text.end[row] as number
      if (end - start < size || anyNull(columns, row)) {
        out.values[row] = 0
        continue
      }
      const from = name === 'STARTSWITH' ? start : end - size
      const difference = compareTexts(text.bytes, [from, from + size], part.bytes, [partStart, partEnd])
      out.values[row] = difference === 0 ? 1 : 0
    }
    return out
  }
}

export const searchFunctions: readonly ScalarFunction[] = [
  length('CHAR_LENGTH'),
  length('CHARACTER_LENGTH'),
  position,
  locate,
  instr,
  edge('STARTSWITH'),
  edge('ENDSWITH'),
]
