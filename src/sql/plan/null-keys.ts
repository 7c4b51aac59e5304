/**
 * The columns of a result that are NULL in the groups of some grouping sets, as those lack them: ROLLUP, CUBE, GROUPING SETS. A
 * store whose keys cannot be NULL refuses such rows.
 */
import { columnsOf } from '../expression/columns.ts'
import type { Plan } from './plan.ts'

/** What a column is: NULL in some sets, or a number that tells sets apart. */
type OfSets = ReadonlyMap<number, 'null' | 'mark'>

const NONE: OfSets = new Map()

/** Indexes of such columns; none where a condition on them, or on GROUPING_ID, may have taken these rows out. */
export const nullKeys = (plan: Plan): readonly number[] =>
  [...ofSets(plan)].flatMap(([column, kind]) => (kind === 'null' ? [column] : []))

function ofSets(plan: Plan): OfSets {
  switch (plan.kind) {
    case 'expand': {
      const width = plan.kept.length
      const nulls = plan.copied.map((_, index) => [width + index, 'null'] as const)
      return new Map([...nulls, ...plan.marks.map((_, index) => [width + nulls.length + index, 'mark'] as const)])
    }
    case 'aggregate':
      return renumbered(plan.keys, ofSets(plan.input))
    case 'project':
      return renumbered(
        plan.expressions.map((each) => (each.kind === 'column' ? each.column : -1)),
        ofSets(plan.input),
      )
    case 'filter': {
      const found = ofSets(plan.input)
      return [...columnsOf(plan.predicate)].some((column) => found.has(column)) ? NONE : found
    }
    case 'changes':
    case 'over':
    case 'rank':
    case 'sort':
    case 'window':
      return ofSets(plan.input)
    default:
      return NONE
  }
}

/** What the columns are that are columns `from` of the input. */
const renumbered = (from: readonly number[], found: OfSets): OfSets =>
  new Map(
    from.flatMap((column, index) => {
      const kind = found.get(column)
      return kind === undefined ? [] : [[index, kind] as const]
    }),
  )
