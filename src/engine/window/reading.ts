/** How the windows of rows are read, and by which clock they close, from the plan that made them. */
import { assert } from '../../base/assert.ts'
import type { Plan } from '../../sql/plan/plan.ts'
import { type SessionPlan, type WindowPlan, windowOf } from '../trace.ts'
import type { WindowReading } from './row-windows.ts'
import { WindowTime } from './time.ts'

/** The windows of rows that are grouped or ranked by `keys`, among which a window is. */
export function readingBy(input: Plan, keys: readonly number[], timezone: string): WindowReading {
  const find = (role: 'start' | 'end') => keys.find((key) => input.fields[key]?.window === role)
  const start = find('start')
  const end = find('end')
  const any = end ?? start
  assert(any !== undefined, 'a windowed node has the window among its keys')
  const made = windowOf(input, any)
  return { start, end, windows: made && windowTimeOf(made, timezone), sliced: false }
}

/** The clock of windows. Those of sessions are read from both of their columns, and never computed. */
export function windowTimeOf(plan: WindowPlan | SessionPlan, timezone: string): WindowTime {
  const time = plan.input.fields[plan.time]
  assert(time !== undefined, 'a window has a time column')
  const window = plan.kind === 'window' ? plan.window : ({ kind: 'tumble', size: plan.gap, offset: 0 } as const)
  return new WindowTime(window, time.type, timezone)
}
