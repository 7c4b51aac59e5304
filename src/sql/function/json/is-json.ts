/** IS [NOT] JSON: whether a text is JSON, or an object, an array or a scalar of it; never NULL. JSON_UNQUOTE asks the same. */
import type { StringColumn } from '../../../record/column.ts'
import { BOOLEAN, typeName } from '../../../record/type.ts'
import type { Compute, Expression } from '../../expression/expression.ts'
import { type ScalarFunction, TypeProblem } from '../function.ts'
import { booleanOutput } from '../output.ts'
import { JsonText, OPEN_ARRAY, OPEN_OBJECT } from './text.ts'

const KINDS = {
  VALUE: { what: 'is JSON', fits: () => true },
  OBJECT: { what: 'is an object of JSON', fits: (first: number) => first === OPEN_OBJECT },
  ARRAY: { what: 'is an array of JSON', fits: (first: number) => first === OPEN_ARRAY },
  SCALAR: {
    what: 'is a string, number or word of JSON',
    fits: (first: number) => first !== OPEN_OBJECT && first !== OPEN_ARRAY,
  },
} as const

type Kind = keyof typeof KINDS

const isJson = (kind: Kind, not: boolean): ScalarFunction => ({
  name: `IS ${not ? 'NOT ' : ''}JSON ${kind}`,
  summary: `Whether a text ${not ? KINDS[kind].what.replace('is', 'is not') : KINDS[kind].what}; ${not ? 'TRUE' : 'FALSE'} for NULL.`,
  usage: `text IS ${not ? 'NOT ' : ''}JSON${kind === 'VALUE' ? '' : ` ${kind}`}`,
  bind({ arguments: [operand] }) {
    const { type } = operand as Expression
    if (type.kind !== 'STRING') throw new TypeProblem(`it wants a text, not ${typeName(type)}`)
    return { type: BOOLEAN, nulls: 'own', arguments: [operand as Expression], open: () => openIsJson(kind, not) }
  },
})

function openIsJson(kind: Kind, not: boolean): Compute {
  const output = booleanOutput()
  const text = new JsonText()
  const { fits } = KINDS[kind]
  return ([column], count) => {
    const { bytes, start, end, nulls } = column as StringColumn
    text.open(column as StringColumn)
    const { values } = output(count)
    for (let row = 0; row < count; row++) {
      const root = text.begin(start[row] as number, end[row] as number)
      const isValid = nulls?.[row] !== 1 && text.root(root) >= 0 && fits(bytes[root] as number)
      values[row] = isValid === not ? 0 : 1
    }
    return { kind: 'boolean', values, nulls: undefined }
  }
}

export const isJsonTests: readonly ScalarFunction[] = [false, true].flatMap((not) =>
  (Object.keys(KINDS) as Kind[]).map((kind) => isJson(kind, not)),
)
