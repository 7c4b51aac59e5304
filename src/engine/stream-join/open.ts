/** Opens the join of two streams that its plan has a time for. */
import { assert } from '../../base/assert.ts'
import type { PlanOf } from '../../sql/plan/plan.ts'
import type { Holder } from '../held.ts'
import type { Operator, OperatorState, Reject } from '../operator.ts'
import type { WindowReading } from '../window/row-windows.ts'
import { IntervalJoin } from './interval-join.ts'
import type { JoinSide } from './side.ts'
import { WindowJoin } from './window-join.ts'

export type StreamJoinOptions = {
  readonly plan: PlanOf<'join'>
  readonly sides: readonly [JoinSide, JoinSide]
  /** How the windows of rows with these columns as keys are read. */
  readonly reading: (side: 'left' | 'right', keys: readonly number[]) => WindowReading
  /** The zone whose clock says when late rows were. */
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
  { plan, sides, reading, timezone, saved }: StreamJoinOptions,
  next: Operator,
  reject: Reject,
): StreamJoin {
  const { time } = plan
  assert(time !== undefined, 'a join of streams has a time')
  if (time.kind === 'interval') return new IntervalJoin({ plan, sides, timezone, saved }, next, reject)
  const { start, end } = time
  const [left, right] = sides
  const ofLeft = { ...left, reading: reading('left', [start.left, end.left]) }
  const ofRight = { ...right, reading: reading('right', [start.right, end.right]) }
  return new WindowJoin({ plan, sides: [ofLeft, ofRight], saved }, next, reject)
}

