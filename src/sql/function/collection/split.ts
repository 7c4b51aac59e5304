/** Arrays and maps of the parts of a text: SPLIT, STR_TO_MAP and REGEXP_EXTRACT_ALL. */
import type { Column, ListColumn, MapColumn, StringColumn } from '../../../record/column.ts'
import { columnOf } from '../../../record/column.ts'
import { arrayOf, mapOf, STRING } from '../../../record/type.ts'
import { openMatcher } from '../../../regex/matcher.ts'
import type { Failed, Matcher } from '../../../regex/matching.ts'
import { PatternProblem } from '../../../regex/problem.ts'
import { readRegex } from '../../../regex/read-java.ts'
import { groupsIn } from '../../../regex/tree.ts'
import type { Compute, Expression } from '../../expression/expression.ts'
import { literal } from '../../expression/fold.ts'
import { fitArguments } from '../define.ts'
import { type ScalarFunction, TypeProblem } from '../function.ts'
import { anyNull, fail, rangesOutput } from '../output.ts'
import { indexOfRange, literalText, textOfRow } from '../text/bytes.ts'

const split: ScalarFunction = {
  name: 'SPLIT',
  summary:
    'The parts of a text between separators, as an array; none of an empty text. An empty separator parts each character.',
  usage: 'SPLIT(text, separator)',
  bind({ arguments: operands, session }) {
    const cast = fitArguments(operands, ['string', 'string'], session)
    const written = literalText(cast[1])
    const open = written === undefined || written === '' ? openSplitTexts : openSplit
    return { type: arrayOf(STRING), arguments: cast, open }
  },
}

/** The parts are ranges of the text's own bytes. */
function openSplit(): Compute {
  const rangesFor = rangesOutput()
  const parts = new Ranges()
  return (columns, count) => {
    const [texts, separators] = columns as readonly [StringColumn, StringColumn]
    const { bytes } = texts
    const { start, end } = rangesFor(count)
    parts.size = 0
    for (let row = 0; row < count; row++) {
      start[row] = parts.size
      const to = texts.end[row] as number
      let from = texts.start[row] as number
      if (from < to && !anyNull(columns, row)) {
        const separator = [separators.start[row] as number, separators.end[row] as number] as const
        for (;;) {
          const found = indexOfRange(bytes, [from, to], separators.bytes, separator)
          parts.add(from, found < 0 ? to : found)
          if (found < 0) break
          from = found + separator[1] - separator[0]
        }
      }
      end[row] = parts.size
    }
    const items: StringColumn = { kind: 'string', bytes, start: parts.start, end: parts.end, nulls: undefined }
    return { kind: 'list', start, end, items, nulls: undefined }
  }
}

/** Ranges in arrays that grow. */
class Ranges {
  start: Int32Array = new Int32Array(64)
  end: Int32Array = new Int32Array(64)
  size = 0

  add(start: number, end: number): void {
    if (this.size === this.start.length) {
      const [starts, ends] = [this.start, this.end]
      this.start = new Int32Array(2 * this.size)
      this.end = new Int32Array(2 * this.size)
      this.start.set(starts)
      this.end.set(ends)
    }
    this.start[this.size] = start
    this.end[this.size++] = end
  }
}

/** For an empty separator, which parts the two halves of a character beyond U+FFFF: each is a `?` then. */
function openSplitTexts(): Compute {
  return (columns, count) => {
    const [texts, separators] = columns as readonly [StringColumn, StringColumn]
    return listRows(columns, count, (row) => {
      const text = textOfRow(texts, row)
      const parts = text === '' ? [] : text.split(textOfRow(separators, row))
      return parts.map((part) => (part.isWellFormed() ? part : part.replace(/\p{Surrogate}/gu, '?')))
    })
  }
}

/** Arrays of the texts that `read` gives for each row. */
function listRows(
  columns: readonly Column[],
  count: number,
  read: (row: number) => readonly (string | undefined)[] | Failed,
): ListColumn {
  const [start, end] = [new Int32Array(count), new Int32Array(count)]
  const texts: (string | null)[] = []
  const list: ListColumn = { kind: 'list', start, end, items: columnOf(STRING, []), nulls: undefined }
  for (let row = 0; row < count; row++) {
    const parts = anyNull(columns, row) ? [] : read(row)
    start[row] = texts.length
    if ('failed' in parts) fail(list, row, parts.failed)
    else for (const part of parts) texts.push(part ?? null)
    end[row] = texts.length
  }
  list.items = columnOf(STRING, texts)
  return list
}

/** The text of a pattern; of a NULL, which makes every row NULL, any text. Throws a TypeProblem. */
function writtenPattern(pattern: Expression): string {
  const text = pattern.kind === 'literal' && pattern.value === null ? ',' : literalText(pattern)
  if (text === undefined) throw new TypeProblem('the pattern must be written out')
  return text
}

/** The matcher of a pattern that is written out; undefined for one for which Java throws. Throws a TypeProblem. */
function matcherOf(pattern: Expression): Matcher | undefined {
  try {
    return openMatcher(writtenPattern(pattern))
  } catch (error) {
    throw error instanceof PatternProblem ? new TypeProblem(error.message, error.hint) : error
  }
}

const regexpExtractAll: ScalarFunction = {
  name: 'REGEXP_EXTRACT_ALL',
  summary:
    'All parts of a text that fit a regular expression, or a group of it, the first if none is said; NULL for a bad one.',
  usage: 'REGEXP_EXTRACT_ALL(text, pattern[, group])',
  bind({ arguments: operands, session }) {
    const [text, pattern, group = literal(1, { kind: 'INT' })] = fitArguments(
      operands,
      ['string', 'string', 'int?'],
      session,
    )
    const matcher = matcherOf(pattern)
    const tree = readRegex(literalText(pattern) ?? '')
    const groups = tree === undefined ? -1 : groupsIn(tree)
    return {
      type: arrayOf(STRING),
      arguments: [text, pattern, group],
      open: () => openExtractAll(matcher, groups),
    }
  },
}

function openExtractAll(matcher: Matcher | undefined, groups: number): Compute {
  return (columns, count) => {
    const [texts, , wanted] = columns as readonly Column[] as [StringColumn, StringColumn, Column & { kind: 'int' }]
    const nulls = new Uint8Array(count)
    const list = listRows(columns, count, (row) => {
      const group = wanted.values[row] as number
      if (matcher !== undefined && group >= 0 && group <= groups) return matcher.all(textOfRow(texts, row), group)
      nulls[row] = 1
      return []
    })
    list.nulls = nulls
    return list
  }
}

const strToMap: ScalarFunction = {
  name: 'STR_TO_MAP',
  summary:
    'A map of the pairs in a text; between pairs is a comma, and between key and value `=`, or what fits a regular expression.',
  usage: 'STR_TO_MAP(text[, between_pairs, between_key_and_value])',
  bind({ arguments: operands, session }) {
    if (operands.length !== 1 && operands.length !== 3)
      throw new TypeProblem('it takes a text, or a text and two separators', "STR_TO_MAP(text, ',', '=')")
    const cast = fitArguments(operands, ['string', 'string?', 'string?'], session)
    const written = cast.filter((each) => each !== undefined)
    const [pairs, parts] = written.length === 1 ? [literal(',', STRING), literal('=', STRING)] : written.slice(1)
    const [byPair, byPart] = [separatorOf(pairs as Expression), separatorOf(parts as Expression)]
    return { type: mapOf(STRING, STRING), arguments: written, open: () => openStrToMap(byPair, byPart) }
  },
}

/** Where the next separator is in a text: [start, end). */
type Separator = (text: string) => readonly [number, number] | undefined | Failed

function separatorOf(pattern: Expression): Separator {
  const text = writtenPattern(pattern)
  if (/^[^.$|()[{^?*+\\]+$/.test(text)) {
    return (of) => {
      const at = of.indexOf(text)
      return at < 0 ? undefined : [at, at + text.length]
    }
  }
  const matcher = matcherOf(pattern)
  if (matcher === undefined) throw new TypeProblem(`the pattern '${text}' cannot be read`, undefined, pattern)
  if (matcher.test('') !== false) throw new TypeProblem('a separator cannot be empty', undefined, pattern)
  return matcher.find
}

function openStrToMap(byPair: Separator, byPart: Separator): Compute {
  return (columns, count) => {
    const [start, end] = [new Int32Array(count), new Int32Array(count)]
    const [keys, values]: [string[], (string | null)[]] = [[], []]
    const none = columnOf(STRING, [])
    const map: MapColumn = { kind: 'map', start, end, keys: none, values: none, nulls: undefined }
    for (let row = 0; row < count; row++) {
      start[row] = keys.length
      const entries = anyNull(columns, row)
        ? new Map()
        : entriesOf(textOfRow(columns[0] as StringColumn, row), byPair, byPart)
      if ('failed' in entries) fail(map, row, entries.failed)
      else {
        // Not with `push(...)`: a call takes some 100,000 arguments, and a text may have more pairs.
        for (const [key, value] of entries) {
          keys.push(key)
          values.push(value)
        }
      }
      end[row] = keys.length
    }
    map.keys = columnOf(STRING, keys)
    map.values = columnOf(STRING, values)
    return map
  }
}

/** Of pairs with one key the last counts. A pair without a separator is a key without a value. */
function entriesOf(text: string, byPair: Separator, byPart: Separator): Map<string, string | null> | Failed {
  const entries = new Map<string, string | null>()
  const pairs = partsOf(text, byPair)
  if ('failed' in pairs) return pairs
  for (const pair of pairs) {
    const found = byPart(pair)
    if (found !== undefined && 'failed' in found) return found
    if (found === undefined) entries.set(pair, null)
    else entries.set(pair.slice(0, found[0]), pair.slice(found[1]))
  }
  return entries
}

/** As Java's String.split: parts at the end that are empty are left out, and the text itself if nothing parts it. */
function partsOf(text: string, separator: Separator): readonly string[] | Failed {
  const parts: string[] = []
  let rest = text
  for (let found = separator(rest); found !== undefined; found = separator(rest)) {
    if ('failed' in found) return found
    parts.push(rest.slice(0, found[0]))
    rest = rest.slice(found[1])
  }
  if (parts.length === 0) return text === '' ? [] : [text]
  parts.push(rest)
  while (parts.at(-1) === '') parts.pop()
  return parts
}

/** The functions of this file, in the order of the reference page. */
export const splitFunctions: readonly ScalarFunction[] = [split, strToMap, regexpExtractAll]
