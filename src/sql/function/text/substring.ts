/**
 * SUBSTRING, LEFT, RIGHT, TRIM and the like. The results are ranges of the argument's own bytes, so nothing is copied.
 * Places are code points from 1.
 */
import type { IntColumn, StringColumn } from '../../../record/column.ts'
import { STRING } from '../../../record/type.ts'
import type { Compute, Expression } from '../../expression/expression.ts'
import { define, fitArgument } from '../define.ts'
import { type ScalarFunction, TypeProblem } from '../function.ts'
import { anyNull, rangesOutput, setNull } from '../output.ts'
import { literalText, matchesAt, positionFromEnd, positionOfCodePoint, textOfRow, toBytes } from './bytes.ts'

/** Gives a column with room for `count` ranges, kept from batch to batch, into the bytes of column `of`. */
export function rangeOutput(): (of: StringColumn, count: number) => StringColumn {
  const rangesFor = rangesOutput()
  return ({ bytes }, count) => {
    const { start, end } = rangesFor(count)
    return { kind: 'string', bytes, start, end, nulls: undefined }
  }
}

const SUBSTRING = {
  summary: 'The part of a text from a place on; a place below 0 counts from the end, a length below 0 gives NULL.',
  takes: ['string', 'int', 'int?'],
  gives: STRING,
  open: openSubstring,
} as const

const substring = define({ ...SUBSTRING, usage: 'SUBSTRING(text FROM start [FOR length])' })
const substr = define({ ...SUBSTRING, usage: 'SUBSTR(text, start[, length])' })

function openSubstring(): Compute {
  const output = rangeOutput()
  return (columns, count) => {
    const texts = columns[0] as StringColumn
    const starts = (columns[1] as IntColumn).values
    const lengths = (columns[2] as IntColumn | undefined)?.values
    const { bytes } = texts
    const out = output(texts, count)
    for (let row = 0; row < count; row++) {
      out.start[row] = 0
      out.end[row] = 0
      if (anyNull(columns, row)) continue
      const length = lengths === undefined ? 2147483647 : (lengths[row] as number)
      if (length < 0) {
        setNull(out, row, count)
        continue
      }
      const place = starts[row] as number
      const from = texts.start[row] as number
      const to = texts.end[row] as number
      const start =
        place < 0 ? positionFromEnd(bytes, from, to, -place) : positionOfCodePoint(bytes, from, to, place - 1)
      if (start < 0) continue
      out.start[row] = start
      // There are no more characters than bytes.
      out.end[row] = length >= to - start ? to : positionOfCodePoint(bytes, start, to, length)
      if (length === 0) out.end[row] = start
    }
    return out
  }
}

const partOf = (name: 'LEFT' | 'RIGHT'): ScalarFunction =>
  define({
    summary: `The ${name === 'LEFT' ? 'first' : 'last'} characters of a text.`,
    usage: `${name}(text, length)`,
    takes: ['string', 'int'],
    gives: STRING,
    open: () => openPart(name),
  })

function openPart(name: 'LEFT' | 'RIGHT'): Compute {
  const output = rangeOutput()
  return (columns, count) => {
    const texts = columns[0] as StringColumn
    const lengths = (columns[1] as IntColumn).values
    const { bytes } = texts
    const out = output(texts, count)
    for (let row = 0; row < count; row++) {
      out.start[row] = 0
      out.end[row] = 0
      const length = lengths[row] as number
      if (length <= 0 || anyNull(columns, row)) continue
      const from = texts.start[row] as number
      const to = texts.end[row] as number
      out.start[row] = name === 'LEFT' ? from : Math.max(from, positionFromEnd(bytes, from, to, length))
      out.end[row] = name === 'RIGHT' || length >= to - from ? to : positionOfCodePoint(bytes, from, to, length)
    }
    return out
  }
}

type Side = 'BOTH' | 'LEADING' | 'TRAILING'

/** TRIM(BOTH 'xy' FROM s) has the characters as its first argument. */
const trim: ScalarFunction = {
  name: 'TRIM',
  summary: 'The text without the spaces, or the characters given, at its ends.',
  usage: "TRIM([BOTH | LEADING | TRAILING] ['characters'] [FROM] text)",
  bind({ arguments: operands, keywords, session }) {
    if (operands.length < 1 || operands.length > 2) throw new TypeProblem('it takes a text and characters')
    const cast = operands.map((operand) => fitArgument(operand, 'string', session)).reverse()
    return { type: STRING, arguments: cast, open: () => openTrim((keywords[0] ?? 'BOTH') as Side, cast[1]) }
  },
}

const trimming = (name: string, side: Side): ScalarFunction =>
  define({
    summary: `The text without the spaces, or the characters given, at its ${side === 'BOTH' ? 'ends' : side === 'LEADING' ? 'start' : 'end'}.`,
    usage: `${name}(text[, characters])`,
    takes: ['string', 'string?'],
    gives: STRING,
    open: ([, characters]) => openTrim(side, characters),
  })

/** The bytes of each character. */
const characterBytes = (text: string): Uint8Array[] => Array.from(text, toBytes)

function openTrim(side: Side, characters: Expression | undefined): Compute {
  const output = rangeOutput()
  const fixed = characters === undefined ? ' ' : literalText(characters)
  const always = fixed === undefined ? undefined : characterBytes(fixed)
  return (columns, count) => {
    const texts = columns[0] as StringColumn
    const { bytes } = texts
    const out = output(texts, count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      const trimmed = always ?? characterBytes(textOfRow(columns[1] as StringColumn, row))
      let start = texts.start[row] as number
      let end = texts.end[row] as number
      if (side !== 'TRAILING') {
        for (let size = -1; size !== 0 && start < end; start += size) size = sizeAtStart(bytes, start, end, trimmed)
      }
      if (side !== 'LEADING') {
        for (let size = -1; size !== 0 && start < end; end -= size) size = sizeAtEnd(bytes, start, end, trimmed)
      }
      out.start[row] = start
      out.end[row] = end
    }
    return out
  }
}

/** The size of the one of the characters that stands at `start`; 0 if none does. */
function sizeAtStart(bytes: Uint8Array, start: number, end: number, characters: readonly Uint8Array[]): number {
  for (const character of characters) {
    if (character.length <= end - start && matchesAt(bytes, start, character)) return character.length
  }
  return 0
}

function sizeAtEnd(bytes: Uint8Array, start: number, end: number, characters: readonly Uint8Array[]): number {
  for (const character of characters) {
    if (character.length <= end - start && matchesAt(bytes, end - character.length, character)) return character.length
  }
  return 0
}

export const substringFunctions: readonly ScalarFunction[] = [
  substring,
  substr,
  partOf('LEFT'),
  partOf('RIGHT'),
  trim,
  trimming('LTRIM', 'LEADING'),
  trimming('RTRIM', 'TRAILING'),
  trimming('BTRIM', 'BOTH'),
]
