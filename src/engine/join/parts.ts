/**
 * Parts of a bounded query that are run before it, one after the other: the build sides of its joins. In the plan, a scan stands
 * in place of a part, whose rows are then a content like that of a lookup table. So rows of the probe side can be joined in any
 * thread, wherever they are read.
 *
 * Which side is built follows from the sizes of the tables, and so is the same in every thread.
 */
import { inputsOf, mapInputs } from '../../sql/plan/inputs.ts'
import type { Plan, PlanOf } from '../../sql/plan/plan.ts'
import type { SideName } from './build.ts'

type Join = PlanOf<'join'>
type Part = { readonly name: string; readonly plan: Plan }

/** How large a table is, in bytes. */
export type SizeOf = (table: string) => number

/** What the name of a part begins with: no table has such a name. */
const PREFIX = '\0part '

/** Whether the node stands for a part that was run before. */
export const isPart = (plan: Plan): boolean => plan.kind === 'scan' && plan.table.startsWith(PREFIX)

/** The parts of a plan, in the order in which they are run, and the plan over them. */
export function dividedPlan(plan: Plan, sizeOf: SizeOf): { readonly parts: readonly Part[]; readonly plan: Plan } {
  const parts: Part[] = []
  const divide = (node: Plan): Plan => {
    if (node.kind !== 'join') return mapInputs(node, divide)
    const build = buildSideOf(node, sizeOf)
    const own = divide(node[build])
    const name = `${PREFIX}${parts.length}`
    parts.push({ name, plan: own })
    const { fields } = own
    const part: Plan = { kind: 'scan', table: name, columns: [...fields.keys()], fields }
    return build === 'left'
      ? { ...node, left: part, right: divide(node.right) }
      : { ...node, left: divide(node.left), right: part }
  }
  const whole = divide(plan)
  return { parts, plan: whole }
}

/** How much smaller one side must be to be built where only the other way lets rows be joined while they are read. */
const MUCH_SMALLER = 4

/** The smaller side; of those that only give NULLs or are only looked at, the other one must be much smaller. */
function buildSideOf({ join, left, right, demand }: Join, sizeOf: SizeOf): SideName {
  const [ofLeft, ofRight] = [weightOf(left, sizeOf), weightOf(right, sizeOf)]
  if (demand !== undefined) return 'right'
  if (join === 'inner' || join === 'full') return ofLeft < ofRight ? 'left' : 'right'
  if (join === 'right') return MUCH_SMALLER * ofRight < ofLeft ? 'right' : 'left'
  return MUCH_SMALLER * ofLeft < ofRight ? 'left' : 'right'
}

/** How many bytes of rows a plan gives, by a guess. */
function weightOf(plan: Plan, sizeOf: SizeOf): number {
  switch (plan.kind) {
    case 'scan':
      return sizeOf(plan.table)
    case 'values':
      return plan.rows.length
    case 'union':
      return plan.inputs.reduce((sum, input) => sum + weightOf(input, sizeOf), 0)
    case 'join':
      return (
        weightOf(plan.left, sizeOf) + (plan.fields.length > plan.left.fields.length ? weightOf(plan.right, sizeOf) : 0)
      )
    case 'aggregate':
      return plan.keys.length === 0 ? 1 : weightOf(plan.input, sizeOf) / 10
    case 'filter':
      return weightOf(plan.input, sizeOf) / 2
    case 'sort':
      return plan.limit === undefined ? weightOf(plan.input, sizeOf) : plan.limit
    default:
      return weightOf(plan.input, sizeOf)
  }
}

/** The probe side of a join that needs nothing of the other rows; undefined where it puts build rows out at the end. */
export function passingSideOf({ join, left, right }: Join): Plan | undefined {
  if (isPart(right)) return join === 'right' || join === 'full' ? undefined : left
  return isPart(left) && (join === 'inner' || join === 'right') ? right : undefined
}

/** The numbers of a plan's scans, counted from left to right, with those of the build sides of its joins, the right ones, first. */
export function readingOrder(plan: Plan): readonly number[] {
  let count = 0
  const order = (node: Plan): readonly number[] => {
    if (node.kind === 'scan') return [count++]
    const sides = inputsOf(node).map(order)
    return node.kind === 'join' ? sides.reverse().flat() : sides.flat()
  }
  return order(plan)
}
