/** JSON_QUERY: the object or array at a path of a JSON text, as JSON. JSON_EXISTS: whether there is anything. */
import type { StringColumn } from '../../../record/column.ts'
import { arrayOf, BOOLEAN, STRING } from '../../../record/type.ts'
import type { Compute } from '../../expression/expression.ts'
import { type ScalarFunction, TypeProblem } from '../function.ts'
import { anyNull, booleanOutput, fail, setNull } from '../output.ts'
import { type Clauses, clausesIn, openSearches, type Searches, textAndPath } from './clauses.ts'
import type { JsonSearch, SearchOutcome } from './find.ts'
import { RangeOutput } from './output.ts'
import { openQueryList } from './query-list.ts'
import type { Selected } from './select.ts'
import { OPEN_ARRAY } from './text.ts'
import { isWritten, writeList, writeSelected } from './write.ts'

const QUERY_USAGE =
  'JSON_QUERY(text, path [RETURNING type] [WITHOUT | WITH [CONDITIONAL] WRAPPER] [NULL | EMPTY ARRAY | EMPTY OBJECT | ERROR ON EMPTY] [… ON ERROR])'

export const jsonQuery: ScalarFunction = {
  name: 'JSON_QUERY',
  summary:
    'The object or array at a path of a JSON text, as JSON without blanks and with sorted names; NULL where there is none. WITH WRAPPER puts what is there into an array, and RETURNING ARRAY<STRING> makes an ARRAY of its elements.',
  usage: QUERY_USAGE,
  bind(call) {
    const operands = textAndPath(call, QUERY_USAGE)
    const clauses = clausesIn(call.keywords, 'NULL')
    const { returning = 'STRING', onEmpty, onError } = clauses
    const open = () => openQuery(openSearches(operands[1]), clauses)
    if (returning === 'STRING' || returning === 'VARCHAR') return { type: STRING, arguments: operands, open }
    if (returning !== 'ARRAY<STRING>' && returning !== 'ARRAY<VARCHAR>')
      throw new TypeProblem(`RETURNING takes STRING and ARRAY<STRING>, not ${returning}`, 'leave RETURNING out')
    if (onEmpty === 'EMPTY OBJECT' || onError === 'EMPTY OBJECT')
      throw new TypeProblem('EMPTY OBJECT is no ARRAY<STRING>', 'write EMPTY ARRAY')
    return { type: arrayOf(STRING), arguments: operands, open: () => openQueryList(open(), onError) }
  },
}

const INSTEAD: ReadonlyMap<string, string> = new Map([
  ['EMPTY ARRAY', '[]'],
  ['EMPTY OBJECT', '{}'],
])

function openQuery(searches: Searches, clauses: Clauses): Compute {
  const output = new RangeOutput()
  const instead = (row: number, behaviour: string, reason: () => string): void => {
    const text = INSTEAD.get(behaviour)
    if (behaviour === 'ERROR') output.fail(row, reason())
    else if (text === undefined) output.setNull(row)
    else output.make(row).row(row, text)
  }
  return (columns, count) => {
    const [texts, paths] = columns as readonly [StringColumn, StringColumn]
    output.begin(texts, count)
    for (let row = 0; row < count; row++) {
      const search = anyNull(columns, row) ? undefined : searches(texts, paths, row)
      if (search === undefined) output.setNull(row)
      else if (typeof search === 'string') output.fail(row, search)
      else {
        const found = search.find(texts.start[row] as number, texts.end[row] as number)
        const outcome = takeQuery(search, found, clauses.wrapper) ?? writeQuery(search, row, output, clauses.wrapper)
        if (outcome === 'empty')
          instead(row, clauses.onEmpty, () => 'JSON_QUERY found nothing, and it says ERROR ON EMPTY')
        if (outcome === 'error') instead(row, clauses.onError, () => `JSON_QUERY: ${queryTrouble(search, found)}`)
      }
    }
    return output.finish()
  }
}

/** `empty` or `error` where nothing can be written: a scalar, unless it is wrapped, counts as either by the mode of the path. */
function takeQuery(search: JsonSearch, outcome: SearchOutcome, wrapper: string | undefined): SearchOutcome | undefined {
  if (outcome !== 'found') return outcome
  if (!search.isScalar() || isWrapped(wrapper)) return undefined
  return search.path.mode === 'lax' ? 'empty' : 'error'
}

const isWrapped = (wrapper: string | undefined): boolean => wrapper !== undefined && !wrapper.startsWith('WITHOUT')

const queryTrouble = (search: JsonSearch, outcome: SearchOutcome): string => {
  if (outcome !== 'found') return search.reason()
  return search.isScalar() ? `no object or array is at ${search.path.text}` : 'the exponent of a number is too great'
}

/** Writes what was found; `error` if it has a number that cannot be written. */
function writeQuery(
  search: JsonSearch,
  row: number,
  output: RangeOutput,
  wrapper: string | undefined,
): SearchOutcome | undefined {
  const { start, end, isPlain, path, text } = search
  const isArray = isPlain ? text.scan.bytes[start] === OPEN_ARRAY : !path.isDefinite
  const wraps = isWrapped(wrapper) && !(isArray && wrapper === 'WITH CONDITIONAL')
  if (isPlain && !wraps && isWritten(text, start, end)) {
    output.range(row, start, end)
    return undefined
  }
  const made = output.make(row)
  made.open(row)
  if (wraps) made.text('[')
  const values: readonly Selected[] = isPlain ? [{ start, end }] : search.found
  const [only] = values
  const isList = !isPlain && !path.isDefinite
  const isFine = isList || only === undefined ? writeList(text, values, made) : writeSelected(text, only, made)
  if (wraps) made.text(']')
  if (isFine) made.close(row)
  else made.drop(row)
  return isFine ? undefined : 'error'
}

const EXISTS_USAGE = 'JSON_EXISTS(text, path [TRUE | FALSE | UNKNOWN | ERROR ON ERROR])'

export const jsonExists: ScalarFunction = {
  name: 'JSON_EXISTS',
  summary: 'Whether a JSON text has something other than null at a path; FALSE where it is no JSON.',
  usage: EXISTS_USAGE,
  bind(call) {
    const operands = textAndPath(call, EXISTS_USAGE)
    const { onError } = clausesIn(call.keywords, 'FALSE')
    return { type: BOOLEAN, arguments: operands, open: () => openExists(openSearches(operands[1]), onError) }
  },
}

function openExists(searches: Searches, onError: string): Compute {
  const output = booleanOutput()
  return (columns, count) => {
    const [texts, paths] = columns as readonly [StringColumn, StringColumn]
    const out = output(count)
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      const search = searches(texts, paths, row)
      if (typeof search === 'string') {
        fail(out, row, search)
        continue
      }
      const outcome = search.find(texts.start[row] as number, texts.end[row] as number)
      out.values[row] = outcome === 'found' || (outcome === 'error' && onError === 'TRUE') ? 1 : 0
      if (outcome !== 'error') continue
      if (onError === 'UNKNOWN') setNull(out, row, count)
      if (onError === 'ERROR') fail(out, row, `JSON_EXISTS: ${search.reason()}`)
    }
    return out
  }
}
