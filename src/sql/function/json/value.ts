/** JSON_VALUE: the string, number or truth value at a path of a JSON text. */
import type { Column, StringColumn } from '../../../record/column.ts'
import { BOOLEAN, DOUBLE, INT, isNumeric, STRING, type Type, typeName } from '../../../record/type.ts'
import type { Compute, Expression } from '../../expression/expression.ts'
import { castTo } from '../cast/cast.ts'
import { untypedNull } from '../define.ts'
import { type Call, type ScalarFunction, type Session, TypeProblem } from '../function.ts'
import { anyNull } from '../output.ts'
import { type Clauses, clausesIn, openSearches, type Searches, textAndPath } from './clauses.ts'
import type { JsonSearch } from './find.ts'
import { numberValues, textValues, truthValues, type Values } from './values.ts'

const USAGE =
  'JSON_VALUE(text, path [RETURNING type] [NULL | ERROR | DEFAULT value ON EMPTY] [NULL | ERROR | DEFAULT value ON ERROR])'

/** The types that RETURNING takes, with what opens their values. */
const RETURNED: ReadonlyMap<string, { readonly type: Type; readonly open: () => Values }> = new Map([
  ['STRING', { type: STRING, open: textValues }],
  ['VARCHAR', { type: STRING, open: textValues }],
  ['BOOLEAN', { type: BOOLEAN, open: truthValues }],
  ['INT', { type: INT, open: () => numberValues('INT') }],
  ['DOUBLE', { type: DOUBLE, open: () => numberValues('DOUBLE') }],
])

export const jsonValue: ScalarFunction = {
  name: 'JSON_VALUE',
  summary:
    'The string, number or truth value at a path of a JSON text, as STRING, BOOLEAN, INT or DOUBLE; NULL where there is none. A path is strict unless it begins with `lax`.',
  usage: USAGE,
  bind(call) {
    const [text, path] = textAndPath(call, USAGE)
    const clauses = clausesIn(call.keywords, 'NULL')
    const { returning = 'STRING' } = clauses
    const returned = RETURNED.get(returning)
    if (returned === undefined) {
      const hint = `CAST(JSON_VALUE(…) AS ${returning}) makes another type of the text`
      throw new TypeProblem(`RETURNING takes STRING, BOOLEAN, INT and DOUBLE, not ${returning}`, hint)
    }
    const defaults = defaultsOf(call, returned.type)
    return {
      type: returned.type,
      arguments: [text, path, ...defaults],
      open: () => openValue(openSearches(path), clauses, returned.open()),
    }
  },
}

/** The values of DEFAULT, in the type of the result. */
const defaultsOf = ({ arguments: operands, session }: Call, type: Type): Expression[] =>
  operands.slice(2).map((operand) => fitDefault(operand, type, session))

function fitDefault(operand: Expression, type: Type, session: Session): Expression {
  const { kind } = operand.type
  if (kind === 'NULL') throw untypedNull(typeName(type))
  const fits =
    kind === type.kind ||
    (type.kind === 'STRING' && isNumeric(operand.type)) ||
    (type.kind === 'DOUBLE' && isNumeric(operand.type))
  if (!fits) {
    throw new TypeProblem(
      `DEFAULT is ${typeName(operand.type)}, and the result ${typeName(type)}`,
      `CAST(… AS ${typeName(type)})`,
    )
  }
  return castTo(operand, type, { try: false, session })
}

function openValue(searches: Searches, clauses: Clauses, values: Values): Compute {
  return (columns, count) => {
    const [texts, paths, ...defaults] = columns as readonly Column[] as [StringColumn, StringColumn, ...Column[]]
    // Of two values of DEFAULT, the first is that of EMPTY.
    const ofEmpty = clauses.onEmpty === 'DEFAULT' ? defaults[0] : undefined
    const ofError = clauses.onError === 'DEFAULT' ? defaults.at(-1) : undefined
    values.begin(texts, count)
    for (let row = 0; row < count; row++) {
      const search = anyNull(columns, row) ? undefined : searches(texts, paths, row)
      if (search === undefined) values.setNull(row)
      else if (typeof search === 'string') values.fail(row, search)
      else {
        const outcome = search.find(texts.start[row] as number, texts.end[row] as number)
        const isScalar = outcome === 'found' && search.isScalar()
        const isEmpty = outcome === 'empty' || (outcome === 'found' && search.path.mode === 'lax')
        if (isScalar) values.take(row, search)
        else if (isEmpty) giveInstead(values, row, { behaviour: clauses.onEmpty, column: ofEmpty, reason: empty })
        else
          giveInstead(values, row, {
            behaviour: clauses.onError,
            column: ofError,
            reason: () => refusal(search, outcome),
          })
      }
    }
    return values.finish()
  }
}

const empty = () => 'JSON_VALUE found nothing, and it says ERROR ON EMPTY'

const refusal = (search: JsonSearch, outcome: string): string =>
  `JSON_VALUE: ${outcome === 'error' ? search.reason() : `an object or an array is at ${search.path.text}`}`

type Instead = { readonly behaviour: string; readonly column: Column | undefined; readonly reason: () => string }

function giveInstead(values: Values, row: number, { behaviour, column, reason }: Instead): void {
  if (behaviour === 'ERROR') values.fail(row, reason())
  else if (column === undefined) values.setNull(row)
  else values.copy(row, column)
}
