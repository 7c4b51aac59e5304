/** How the windows of a plan's rows are read. */
import { assert } from '../../base/assert.ts'
import type { Plan } from '../../sql/plan/plan.ts'
import { type SessionPlan, type WindowPlan, windowOf } from '../../sql/plan/window-of.ts'
import type { WindowReading } from './row-windows.ts'
import { WindowTime } from './time.ts'

/** How the window is read of rows of which `keys` are the keys: one of them at least is of the window. */
export function readingBy(input: Plan, keys: readonly number[], timezone: string): WindowReading {
  const find = (role: 'start' | 'end') => keys.find((key) => input.fields[key]?.window === role)
  const start = find('start')
  const end = find('end')
  const any = end ?? start
  assert(any !== undefined, 'a windowed node has the window among its keys')
  const made = windowOf(input, any)
  return { start, end, windows: made && windowTime(made, timezone), sliced: false }
}

/** The windows of a window function. Those of sessions are read from both of their columns, and never computed. */
export function windowTime(plan: WindowPlan | SessionPlan, timezone: string): WindowTime {
  const field = plan.input.fields[plan.time]
  assert(field !== undefined, 'a window has a time column')
  const window = plan.kind === 'window' ? plan.window : ({ kind: 'tumble', size: plan.gap, offset: 0 } as const)
  return new WindowTime(window, field.type, timezone)
}
