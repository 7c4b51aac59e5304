/**
 * JSON_QUERY(… RETURNING ARRAY<STRING>): the elements of the array that JSON_QUERY gives as a text. Strings lose their quotes and
 * escapes, other elements are texts of JSON, and null is NULL.
 */
import type { ListColumn, StringColumn } from '../../../record/column.ts'
import type { Compute } from '../../expression/expression.ts'
import { fail, rangesOutput, setNull } from '../output.ts'
import { RangeOutput } from './output.ts'
import { JsonText, LOWER_N, OPEN_ARRAY, QUOTE } from './text.ts'

/** Makes arrays of what `query` gives; `onError` says what a row gives that is an object. */
export function openQueryList(query: Compute, onError: string): Compute {
  const text = new JsonText()
  const output = new RangeOutput()
  const rangesFor = rangesOutput()
  return (columns, count) => {
    const texts = query(columns, count) as StringColumn
    const { bytes, nulls } = texts
    const { start, end } = rangesFor(count)
    const list: ListColumn = { kind: 'list', start, end, items: texts, nulls: nulls?.slice(0, count) }
    list.failures = texts.failures
    text.open(texts)
    const elements: number[] = []
    for (let row = 0; row < count; row++) {
      start[row] = elements.length
      const from = text.begin(texts.start[row] as number, texts.end[row] as number)
      const isThere = nulls?.[row] !== 1 && texts.failures?.has(row) !== true
      if (isThere && bytes[from] === OPEN_ARRAY) for (const element of text.elements(from)) elements.push(element)
      else if (isThere && onError === 'ERROR') fail(list, row, 'JSON_QUERY: an object is no ARRAY<STRING>')
      else if (isThere && onError === 'NULL') setNull(list, row, count)
      end[row] = elements.length
    }
    list.items = elementsOf(text, texts, elements, output)
    return list
  }
}

/** The elements that begin at these places. */
function elementsOf(text: JsonText, texts: StringColumn, starts: readonly number[], output: RangeOutput): StringColumn {
  const { scan } = text
  scan.end = scan.bytes.length
  output.begin(texts, starts.length)
  for (const [item, start] of starts.entries()) {
    const first = scan.bytes[start]
    const end = scan.skip(start)
    if (first === LOWER_N) output.setNull(item)
    else if (first !== QUOTE) output.range(item, start, end)
    else if (!scan.isEscaped) output.range(item, start + 1, end - 1)
    else {
      const made = output.make(item)
      made.open(item)
      text.appendString(start + 1, end - 1, made)
      made.close(item)
    }
  }
  return output.finish()
}
