/** JSON_OBJECT, JSON_ARRAY, JSON_STRING and JSON: texts of JSON, made of values of SQL. */
import type { Column, StringColumn } from '../../../record/column.ts'
import { STRING } from '../../../record/type.ts'
import type { Compute } from '../../expression/expression.ts'
import { define, fitArgument, fitArguments } from '../define.ts'
import { type ScalarFunction, TypeProblem } from '../function.ts'
import { anyNull, fail } from '../output.ts'
import { literalText, textOfRow } from '../text/bytes.ts'
import { TextOutput } from '../text/output.ts'
import { JsonText } from './text.ts'
import { jsonWriterOf, type WriteJson } from './value-writer.ts'
import { byUnits, jsonQuoted, writeValue } from './write.ts'

const OBJECT_USAGE = 'JSON_OBJECT([KEY] name VALUE value, … [NULL | ABSENT ON NULL])'

export const jsonObject: ScalarFunction = {
  name: 'JSON_OBJECT',
  summary:
    'An object of JSON, with sorted names. A JSON_OBJECT, JSON_ARRAY or JSON that is written as a value is taken as JSON; all other texts are strings.',
  usage: OBJECT_USAGE,
  bind({ arguments: operands, keywords, session }) {
    if (operands.length % 2 !== 0) throw new TypeProblem('each name needs a value', OBJECT_USAGE)
    const fitted = operands.map((operand, index) =>
      index % 2 === 0 ? fitArgument(operand, 'string', session) : operand,
    )
    const entries = fitted.flatMap((name, index) => {
      const value = fitted[index + 1]
      return index % 2 === 1 || value === undefined
        ? []
        : [{ name: literalText(name), at: index + 1, write: jsonWriterOf(value) }]
    })
    const keepsNulls = !keywords.includes('ABSENT ON NULL')
    return { type: STRING, nulls: 'own', arguments: fitted, open: () => openObject(entries, keepsNulls) }
  },
}

/** A member: its name, if it is the same in each row, and the column of its value; the column of the name is before it. */
type Entry<Name = string> = { readonly name: Name; readonly at: number; readonly write: WriteJson }

function openObject(entries: readonly Entry<string | undefined>[], keepsNulls: boolean): Compute {
  const output = new TextOutput()
  const entriesOf = namedEntries(entries, keepsNulls)
  return (columns, count) => {
    output.begin(count)
    for (let row = 0; row < count; row++) {
      const named = entriesOf(columns, row)
      if (named === undefined) {
        fail(output.column, row, 'a name of JSON_OBJECT is NULL')
        continue
      }
      output.open(row)
      let before = '{'
      for (const { name, at, write } of named) {
        const column = columns[at] as Column
        const isNull = column.nulls?.[row] === 1
        if (isNull && !keepsNulls) continue
        output.text(before)
        output.text(name)
        before = ','
        if (isNull) output.text('null')
        else write(column, row, output)
      }
      output.text(before === '{' ? '{}' : '}')
      output.close(row)
    }
    return output.finish()
  }
}

type EntriesOf = (columns: readonly Column[], row: number) => readonly Entry[] | undefined

/**
 * Gives the members of a row in the order of their names, with the names as JSON writes them; undefined where one is NULL. Of
 * members with one name the last counts that is written.
 */
function namedEntries(entries: readonly Entry<string | undefined>[], keepsNulls: boolean): EntriesOf {
  const written = (entry: Entry): Entry => ({ ...entry, name: `${jsonQuoted(entry.name)}:` })
  const sorted = (named: readonly Entry[]) => named.toSorted((a, b) => byUnits(a.name, b.name)).map(written)
  const fixed = entries.filter((entry): entry is Entry => entry.name !== undefined)
  if (fixed.length === entries.length && new Set(fixed.map(({ name }) => name)).size === fixed.length) {
    const always = sorted(fixed)
    return () => always
  }
  return (columns, row) => {
    const named = new Map<string, Entry>()
    for (const { at, write } of entries) {
      const names = columns[at - 1] as StringColumn
      if (names.nulls?.[row] === 1) return undefined
      if (columns[at]?.nulls?.[row] === 1 && !keepsNulls) continue
      const name = textOfRow(names, row)
      named.set(name, { name, at, write })
    }
    return sorted([...named.values()])
  }
}

export const jsonArray: ScalarFunction = {
  name: 'JSON_ARRAY',
  summary: 'An array of JSON; NULLs are left out, unless it says NULL ON NULL. Values are written as in JSON_OBJECT.',
  usage: 'JSON_ARRAY(value, … [NULL | ABSENT ON NULL])',
  bind({ arguments: operands, keywords }) {
    const writers = operands.map(jsonWriterOf)
    const keepsNulls = keywords.includes('NULL ON NULL')
    return { type: STRING, nulls: 'own', arguments: operands, open: () => openArray(writers, keepsNulls) }
  },
}

function openArray(writers: readonly WriteJson[], keepsNulls: boolean): Compute {
  const output = new TextOutput()
  return (columns, count) => {
    output.begin(count)
    for (let row = 0; row < count; row++) {
      output.open(row)
      output.text('[')
      let isFirst = true
      for (const [index, write] of writers.entries()) {
        const column = columns[index] as Column
        if (column.nulls?.[row] === 1 && !keepsNulls) continue
        if (!isFirst) output.text(',')
        isFirst = false
        if (column.nulls?.[row] === 1) output.text('null')
        else write(column, row, output)
      }
      output.text(']')
      output.close(row)
    }
    return output.finish()
  }
}

export const jsonString: ScalarFunction = {
  name: 'JSON_STRING',
  summary: 'The value as JSON.',
  usage: 'JSON_STRING(value)',
  bind({ arguments: operands, session }) {
    const [value] = fitArguments(operands, ['any'], session)
    const write = jsonWriterOf(value)
    return { type: STRING, arguments: [value], open: () => openString(write) }
  },
}

function openString(write: WriteJson): Compute {
  const output = new TextOutput()
  return (columns, count) => {
    output.begin(count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      output.open(row)
      write(columns[0] as Column, row, output)
      output.close(row)
    }
    return output.finish()
  }
}

/** Where it can stand, the binder decides: see `bind/expression.ts`. */
export const rawJson: ScalarFunction = define({
  summary:
    'A text that is JSON already, for a value of JSON_OBJECT, JSON_ARRAY or JSON_STRING, and nowhere else; NULL for a blank one.',
  usage: 'JSON(text)',
  takes: ['string'],
  gives: STRING,
  open: openJson,
})

function openJson(): Compute {
  const output = new TextOutput()
  const text = new JsonText()
  return (columns, count) => {
    const texts = columns[0] as StringColumn
    text.open(texts)
    output.begin(count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      const [start, end] = trimmed(texts, row)
      const root = text.begin(start, end)
      if (start === end) output.setNull(row)
      else if (text.root(root) < 0) fail(output.column, row, `JSON: ${text.trouble(start)}`)
      else {
        output.open(row)
        if (writeValue(text, root, output)) output.close(row)
        else {
          output.drop(row)
          fail(output.column, row, 'JSON: the exponent of a number is too great')
        }
      }
    }
    return output.finish()
  }
}

/** The range without what Java's String.trim takes away. */
function trimmed({ bytes, start, end }: StringColumn, row: number): readonly [number, number] {
  let from = start[row] as number
  let to = end[row] as number
  while (from < to && (bytes[from] as number) <= 32) from++
  while (to > from && (bytes[to - 1] as number) <= 32) to--
  return [from, to]
}
