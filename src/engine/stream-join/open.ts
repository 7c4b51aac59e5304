/** Opens the join of two streams that its plan has a time for. */
import { assert } from '../../base/assert.ts'
import type { PlanOf } from '../../sql/plan/plan.ts'
import type { Holder } from '../held.ts'
import type { Operator, OperatorState, Reject } from '../operator.ts'
import { readingBy } from '../window/reading.ts'
import { IntervalJoin } from './interval-join.ts'
import type { JoinSide } from './side.ts'
import { WindowJoin } from './window-join.ts'

export type StreamJoinOptions = {
  readonly plan: PlanOf<'join'>
  /** The left input and the right one. */
  readonly sides: readonly JoinSide[]
  /** The zone whose clock windows follow, and which says when late rows were. */
  readonly timezone: string
  readonly saved: OperatorState | undefined
}

/** A running join: its state, and where the rows of either input go. */
export type StreamJoin = Holder & {
  readonly doors: readonly [Operator, Operator]
  readonly closed: number
  readonly due: number
  snapshot(): OperatorState
}

/** Opens a join; its rows go to `next`. */
export function openStreamJoin(
  { plan, sides, timezone, saved }: StreamJoinOptions,
  next: Operator,
  reject: Reject,
): StreamJoin {
  const { time } = plan
  const [left, right] = sides
  assert(time !== undefined && left !== undefined && right !== undefined, 'a join of two streams has a time')
  if (time.kind === 'interval') return new IntervalJoin({ plan, sides: [left, right], timezone, saved }, next, reject)
  const { start, end } = time
  const ofLeft = { ...left, reading: readingBy(plan.left, [start.left, end.left], timezone) }
  const ofRight = { ...right, reading: readingBy(plan.right, [start.right, end.right], timezone) }
  return new WindowJoin({ plan, sides: [ofLeft, ofRight], saved }, next, reject)
}
