/**
 * Parts of strings: SUBSTRING, LEFT, RIGHT, TRIM and its like. The results are ranges into the argument's own bytes, so
 * nothing is copied. Places count code points from 1.
 */
import type { IntColumn, StringColumn } from '../../../record/column.ts'
import { STRING } from '../../../record/type.ts'
import type { Expression, Kernel } from '../../expression/expression.ts'
import { define, fitArgument } from '../define.ts'
import type { ScalarFunction, TypeProblem } from '../function.ts'
import { anyNull, setNull } from '../output.ts'
import { literalText, textOfRow } from './bytes.ts'
import { positionFromEnd, positionOfCodePoint } from './code-points.ts'

/** Ranges that a kernel owns, into bytes that it does not. */
export function rangeOutput(): (of: StringColumn, count: number) => StringColumn {
  let start = new Int32Array(0)
  let end = new Int32Array(0)
  return ({ bytes }, count) => {
    if (start.length < count) {
      start = new Int32Array(Math.max(count, 2 * start.length))
      end = new Int32Array(start.length)
    }
    return { kind: 'string', bytes, start, end, nulls: undefined }
  }
}

const SUBSTRING = {
  summary: 'The part of a text from a place on; a place below 0 counts from the end, a length below 0 gives NULL.',
  takes: ['string', 'int', 'int'],
  optional: 1,
  gives: STRING,
  open: openSubstring,
} as const

export const substring: ScalarFunction = define({
  ...SUBSTRING,
  name: 'SUBSTRING',
  usage: 'SUBSTRING(text FROM start [FOR length])',
})
export const substr: ScalarFunction = define({ ...SUBSTRING, name: 'SUBSTR', usage: 'SUBSTR(text, start[, length])' })

function openSubstring(): Kernel {
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
      // No more characters are left than bytes.
      out.end[row] = length >= to - start ? to : positionOfCodePoint(bytes, start, to, length)
      if (length === 0) out.end[row] = start
    }
    return out
  }
}

const partOf = (name: 'LEFT' | 'RIGHT'): ScalarFunction =>
  define({
    name,
    summary: `The ${name === 'LEFT' ? 'first' : 'last'} characters of a text.`,
    usage: `${name}(text, length)`,
    takes: ['string', 'int'],
    gives: STRING,
    open: () => openPart(name),
  })

export const left: ScalarFunction = partOf('LEFT')
export const right: ScalarFunction = partOf('RIGHT')

function openPart(name: 'LEFT' | 'RIGHT'): Kernel {
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

/** TRIM(BOTH 'xy' FROM s) comes with the characters first. */
export const trim: ScalarFunction = {
  name: 'TRIM',
  summary: 'The text without the spaces, or the characters given, at its ends.',
  usage: "TRIM([BOTH | LEADING | TRAILING] ['characters'] [FROM] text)",
  bind({ arguments: operands, keywords, session }) {
    if (operands.length < 1 || operands.length > 2) return { refused: 'it takes a text and characters' }
    const cast: Expression[] = []
    for (const operand of operands) {
      const argument: Expression | TypeProblem = fitArgument(operand, 'string', session)
      if ('refused' in argument) return argument
      cast.unshift(argument)
    }
    const side = (keywords[0] ?? 'BOTH') as Side
    return { type: STRING, arguments: cast, open: () => openTrim(side, cast[1]) }
  },
}

const trimming = (name: string, side: Side): ScalarFunction =>
  define({
    name,
    summary: `The text without the spaces, or the characters given, at its ${side === 'BOTH' ? 'ends' : side === 'LEADING' ? 'start' : 'end'}.`,
    usage: `${name}(text[, characters])`,
    takes: ['string', 'string'],
    optional: 1,
    gives: STRING,
    open: ([, characters]) => openTrim(side, characters),
  })

export const ltrim: ScalarFunction = trimming('LTRIM', 'LEADING')
export const rtrim: ScalarFunction = trimming('RTRIM', 'TRAILING')
export const btrim: ScalarFunction = trimming('BTRIM', 'BOTH')

const encoder = new TextEncoder()

/** The characters, each as its bytes. */
const characterBytes = (text: string): Uint8Array[] => Array.from(text, (character) => encoder.encode(character))

function openTrim(side: Side, characters: Expression | undefined): Kernel {
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

function sizeAtStart(bytes: Uint8Array, start: number, end: number, characters: readonly Uint8Array[]): number {
  for (const character of characters) {
    if (character.length <= end - start && standsAt(bytes, start, character)) return character.length
  }
  return 0
}

function sizeAtEnd(bytes: Uint8Array, start: number, end: number, characters: readonly Uint8Array[]): number {
  for (const character of characters) {
    if (character.length <= end - start && standsAt(bytes, end - character.length, character)) return character.length
  }
  return 0
}

function standsAt(bytes: Uint8Array, at: number, character: Uint8Array): boolean {
  for (let index = 0; index < character.length; index++) if (bytes[at + index] !== character[index]) return false
  return true
}
