/** REPLACE, OVERLAY, REVERSE and TRANSLATE change texts; ELT, ASCII and CHR turn numbers into texts and back. */
import type { IntColumn, StringColumn } from '../../../record/column.ts'
import { INT, STRING } from '../../../record/type.ts'
import type { Compute } from '../../expression/expression.ts'
import { define, defineText, fitArguments } from '../define.ts'
import { type ScalarFunction, TypeProblem } from '../function.ts'
import { anyNull, intOutput } from '../output.ts'
import { textRows } from '../rows.ts'
import { indexOfRange, literalText, textOfRow } from './bytes.ts'
import { TextOutput } from './output.ts'
import { replaced } from './replaced.ts'

export const replace: ScalarFunction = define({
  summary: 'The text with each occurrence of a part replaced.',
  usage: 'REPLACE(text, part, replacement)',
  takes: ['string', 'string', 'string'],
  gives: STRING,
  open: ([, part]) => ((literalText(part) ?? '') === '' ? replaceRows() : openReplace()),
})

/** For an empty part, which stands between any two UTF-16 units. */
const replaceRows = (): Compute =>
  textRows(([text, part, replacement]) => {
    const whole = String(text)
    const count = () => whole.split(String(part)).length
    return replaced(whole, String(replacement), {
      count,
      replace: () => whole.replaceAll(String(part), () => String(replacement)),
    })
  })

function openReplace(): Compute {
  const output = new TextOutput()
  return (columns, count) => {
    const [texts, parts, replacements] = columns as [StringColumn, StringColumn, StringColumn]
    output.begin(count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      const part = [parts.start[row] as number, parts.end[row] as number] as const
      const end = texts.end[row] as number
      let from = texts.start[row] as number
      output.open(row)
      let found = indexOfRange(texts.bytes, [from, end], parts.bytes, part)
      while (found >= 0) {
        output.range(texts.bytes, from, found)
        output.copy(replacements, row)
        from = found + part[1] - part[0]
        found = indexOfRange(texts.bytes, [from, end], parts.bytes, part)
      }
      output.range(texts.bytes, from, end)
      output.close(row)
    }
    return output.finish()
  }
}

export const overlay: ScalarFunction = defineText({
  summary: 'The text with a stretch of it replaced.',
  usage: 'OVERLAY(text PLACING replacement FROM start [FOR length])',
  takes: ['string', 'string', 'int', 'int?'],
  text([text, replacement, start, length]) {
    const added = String(replacement)
    return overlaid(String(text), added, Number(start), Number(length ?? added.length))
  },
})

/** As in Flink, the text after the stretch is kept only if the stretch is not empty and ends within the text. */
function overlaid(text: string, added: string, start: number, length: number): string {
  if (start <= 0 || start > text.length) return text
  const kept = length > 0 && start + length <= text.length ? text.slice(start - 1 + length) : ''
  return text.slice(0, start - 1) + added + kept
}

export const reverse: ScalarFunction = defineText({
  summary: 'The characters of a text from last to first.',
  usage: 'REVERSE(text)',
  takes: ['string'],
  text: ([text]) => Array.from(String(text)).reverse().join(''),
})

export const translate: ScalarFunction = define({
  summary: 'The text with each character of a list replaced by the one at the same place of another, or taken out.',
  usage: 'TRANSLATE(text, from, to)',
  takes: ['string', 'string', 'string'],
  gives: STRING,
  nulls: 'own',
  open: openTranslate,
})

/** As in Flink, a list that is NULL is an empty one; only a text that is NULL makes the result NULL. */
function openTranslate(): Compute {
  const output = new TextOutput()
  return (columns, count) => {
    const [text, from, to] = columns as [StringColumn, StringColumn, StringColumn]
    const listOf = (column: StringColumn, row: number) =>
      column.nulls?.[row] === 1 ? [] : Array.from(textOfRow(column, row))
    output.begin(count)
    for (let row = 0; row < count; row++) {
      if (text.nulls?.[row] === 1) output.setNull(row)
      else output.row(row, translated(textOfRow(text, row), listOf(from, row), listOf(to, row)))
    }
    return output.finish()
  }
}

function translated(text: string, from: readonly string[], to: readonly string[]): string {
  const change = new Map<string, string>()
  for (const [index, character] of from.entries()) {
    if (!change.has(character)) change.set(character, to[index] ?? '')
  }
  let result = ''
  for (const character of text) result += change.get(character) ?? character
  return result
}

export const ascii: ScalarFunction = define({
  summary: 'The first byte of a text as a signed number; 0 for an empty text.',
  usage: 'ASCII(text)',
  takes: ['string'],
  gives: INT,
  open: openAscii,
})

function openAscii(): Compute {
  const output = intOutput()
  return (columns, count) => {
    const { bytes, start, end } = columns[0] as StringColumn
    const out = output(count)
    for (let row = 0; row < count; row++) {
      const from = start[row] as number
      out.values[row] = from === end[row] ? 0 : ((bytes[from] as number) << 24) >> 24
    }
    return out
  }
}

export const chr: ScalarFunction = defineText({
  summary: 'The character of a number, of which the last 8 bits count; an empty text for one below 0.',
  usage: 'CHR(number)',
  takes: ['bigint'],
  text: ([number]) => (BigInt(number ?? 0) < 0n ? '' : String.fromCharCode(Number(BigInt(number ?? 0) & 255n))),
})

export const elt: ScalarFunction = {
  name: 'ELT',
  summary: 'The text at an index, from 1; NULL where there is none.',
  usage: 'ELT(index, text, …)',
  bind({ arguments: operands, session }) {
    if (operands.length < 2) throw new TypeProblem('it takes an index and texts')
    const cast = fitArguments(operands, ['int', 'string…'], session)
    const [index] = cast
    if (index?.kind === 'literal' && Number(index.value) < 0)
      throw new TypeProblem(`the index is ${index.value}`, 'Texts are counted from 1.')
    return { type: STRING, nulls: 'own', arguments: cast, open: openElt }
  },
}

function openElt(): Compute {
  const output = new TextOutput()
  return ([index, ...texts], count) => {
    const { values, nulls } = index as IntColumn
    output.begin(count)
    for (let row = 0; row < count; row++) {
      const text = nulls?.[row] === 1 ? undefined : (texts[(values[row] as number) - 1] as StringColumn | undefined)
      if (text === undefined || text.nulls?.[row] === 1) {
        output.setNull(row)
        continue
      }
      output.open(row)
      output.copy(text, row)
      output.close(row)
    }
    return output.finish()
  }
}
