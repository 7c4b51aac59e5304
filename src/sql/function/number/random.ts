/**
 * RAND, RAND_INTEGER and UUID. As in Flink, a seed that is written out begins one sequence of java.util.Random, which goes on from row to
 * row; a seed from a column makes the number follow from that column alone. Only the latter is no chance.
 */
import { newSeed } from '../../../base/random.ts'
import type { Column, IntColumn } from '../../../record/column.ts'
import { DOUBLE, INT, STRING, type Type } from '../../../record/type.ts'
import type { Compute, Expression } from '../../expression/expression.ts'
import { fitArguments } from '../define.ts'
import { type ScalarFunction, TypeProblem } from '../function.ts'
import { anyNull, doubleOutput, fail, intOutput } from '../output.ts'
import { textRows } from '../rows.ts'
import { type JavaRandom, javaRandom } from './java-random.ts'

type Draw = (row: number, columns: readonly Column[]) => JavaRandom

function drawing(seed: Expression | undefined): () => Draw {
  if (seed !== undefined && seed.kind !== 'literal') {
    return () => (row, columns) => javaRandom((columns[0] as IntColumn).values[row] as number)
  }
  return () => {
    const sequence = javaRandom(seed === undefined ? newSeed() | 0 : Number(seed.value))
    return () => sequence
  }
}

const isChance = (seed: Expression | undefined): { readonly isChance?: true } =>
  seed === undefined || seed.kind === 'literal' ? { isChance: true } : {}

/** What both have: the type and the loop over the rows. */
function bound(
  type: Type,
  operands: readonly Expression[],
  seed: Expression | undefined,
  open: (draw: Draw) => Compute,
) {
  const draw = drawing(seed)
  return { type, arguments: operands, ...isChance(seed), open: () => open(draw()) }
}

const rand: ScalarFunction = {
  name: 'RAND',
  summary: 'A number from 0 up to 1, by chance; that of a seed from a column is always the same.',
  usage: 'RAND([seed])',
  bind({ arguments: operands, session }) {
    const [seed] = fitArguments(operands, ['int?'], session)
    return bound(DOUBLE, seed === undefined ? [] : [seed], seed, openDoubles)
  },
}

function openDoubles(draw: Draw): Compute {
  const output = doubleOutput()
  return (columns, count) => {
    const out = output(count)
    for (let row = 0; row < count; row++) {
      if (!anyNull(columns, row)) out.values[row] = draw(row, columns).nextDouble()
    }
    return out
  }
}

const randInteger: ScalarFunction = {
  name: 'RAND_INTEGER',
  summary:
    'A whole number from 0 up to a bound, without it, by chance; that of a seed from a column is always the same.',
  usage: 'RAND_INTEGER([seed, ]bound)',
  bind({ arguments: operands, session }) {
    const [first, second] = fitArguments(operands, ['int', 'int?'], session)
    const seed = second === undefined ? undefined : first
    const limit = second ?? first
    if (limit.kind === 'literal' && Number(limit.value) <= 0 && limit.value !== null)
      throw new TypeProblem('RAND_INTEGER wants a bound above 0', undefined, limit)
    return bound(INT, seed === undefined ? [limit] : [seed, limit], seed, openIntegers)
  },
}

function openIntegers(draw: Draw): Compute {
  const output = intOutput()
  return (columns, count) => {
    const out = output(count)
    const bounds = columns.at(-1) as IntColumn
    for (let row = 0; row < count; row++) {
      if (anyNull(columns, row)) continue
      const limit = bounds.values[row] as number
      if (limit <= 0) fail(out, row, `RAND_INTEGER: the bound ${limit} is not above 0`)
      else out.values[row] = draw(row, columns).nextInt(limit)
    }
    return out
  }
}

/** Random UUIDs, which Node draws as Java does: version 4. */
const uuid: ScalarFunction = {
  name: 'UUID',
  summary: 'A new UUID by chance, as 3d3c68f7-f608-473f-b60c-b0c44ad4cc4e.',
  usage: 'UUID()',
  bind({ arguments: operands }) {
    if (operands.length > 0) throw new TypeProblem('it takes no arguments')
    const { randomUUID } = process.getBuiltinModule('node:crypto')
    return { type: STRING, arguments: [], isChance: true, open: () => textRows(() => randomUUID()) }
  },
}

export const randomFunctions: readonly ScalarFunction[] = [rand, randInteger, uuid]
