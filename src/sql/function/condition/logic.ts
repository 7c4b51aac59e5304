/** NOT, and the tests IS [NOT] NULL, TRUE, FALSE and UNKNOWN, which are themselves never NULL. */
import type { BooleanColumn, Column } from '../../../record/column.ts'
import { BOOLEAN } from '../../../record/type.ts'
import type { Compute, Expression } from '../../expression/expression.ts'
import { untypedNull } from '../define.ts'
import { type ScalarFunction, TypeProblem } from '../function.ts'
import { booleanOutput } from '../output.ts'

const not: ScalarFunction = {
  name: 'NOT',
  summary: 'The other truth value; NULL of NULL.',
  usage: 'NOT condition',
  bind({ arguments: [operand] }) {
    const { type } = operand as Expression
    if (type.kind === 'NULL') throw untypedNull('BOOLEAN')
    if (type.kind !== 'BOOLEAN') throw new TypeProblem('it wants a condition')
    return { type: BOOLEAN, arguments: [operand as Expression], open: openNot }
  },
}

function openNot(): Compute {
  const output = booleanOutput()
  return ([column], count) => {
    const { values } = column as BooleanColumn
    const out = output(count)
    for (let row = 0; row < count; row++) out.values[row] = 1 - (values[row] as number)
    return out
  }
}

const nullTest = (name: string, whenNull: 0 | 1): ScalarFunction => ({
  name,
  summary: whenNull === 1 ? 'Whether the value is NULL.' : 'Whether the value is there.',
  usage: `value ${name}`,
  bind: ({ arguments: operands }) => ({
    type: BOOLEAN,
    nulls: 'own',
    arguments: operands,
    open: () => openNullTest(whenNull),
  }),
})

function openNullTest(whenNull: 0 | 1): Compute {
  const output = booleanOutput()
  return ([column], count) => {
    const { nulls } = column as Column
    const { values } = output(count)
    if (nulls === undefined) values.fill(1 - whenNull, 0, count)
    else for (let row = 0; row < count; row++) values[row] = nulls[row] === 1 ? whenNull : 1 - whenNull
    return { kind: 'boolean', values, nulls: undefined }
  }
}

/** `answers` are those for FALSE, TRUE and NULL. */
const truthTest = (name: string, answers: readonly [number, number, number]): ScalarFunction => ({
  name,
  summary: `Whether a condition ${name.toLowerCase().replace(/true|false|unknown/, (word) => word.toUpperCase())}; never NULL.`,
  usage: `condition ${name}`,
  bind({ arguments: [operand] }) {
    const condition = operand as Expression
    if (condition.type.kind !== 'BOOLEAN' && condition.type.kind !== 'NULL')
      throw new TypeProblem('it wants a condition')
    return { type: BOOLEAN, nulls: 'own', arguments: [condition], open: () => openTruthTest(answers) }
  },
})

function openTruthTest(answers: readonly [number, number, number]): Compute {
  const output = booleanOutput()
  const [ofFalse, ofTrue, ofNull] = answers
  return ([column], count) => {
    const { values, nulls } = column as BooleanColumn
    const out = output(count)
    for (let row = 0; row < count; row++) {
      if (nulls !== undefined && nulls[row] === 1) out.values[row] = ofNull
      else out.values[row] = values[row] === 1 ? ofTrue : ofFalse
    }
    return out
  }
}

export const logicFunctions: readonly ScalarFunction[] = [
  not,
  nullTest('IS NULL', 1),
  nullTest('IS NOT NULL', 0),
  truthTest('IS TRUE', [0, 1, 0]),
  truthTest('IS NOT TRUE', [1, 0, 1]),
  truthTest('IS FALSE', [1, 0, 0]),
  truthTest('IS NOT FALSE', [0, 1, 1]),
  truthTest('IS UNKNOWN', [0, 0, 1]),
  truthTest('IS NOT UNKNOWN', [1, 1, 0]),
]
