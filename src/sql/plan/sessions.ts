/** Which groups keep sessions themselves, and which need the rows of sessions. */
import type { Plan } from './plan.ts'
import type { SessionPlan } from './window-of.ts'

/** Aggregates that do not depend on the order of rows, and that entries of groups can be merged of. */
const MERGED: ReadonlySet<string> = new Set([
  'COUNT',
  'SUM',
  'AVG',
  'MIN',
  'MAX',
  'STDDEV_POP',
  'STDDEV_SAMP',
  'VAR_POP',
  'VAR_SAMP',
])

/**
 * The sessions that this aggregate may keep itself, without their rows: it groups by the window and just the key of the
 * sessions, and has nothing that needs rows.
 */
export function sessionsBelow(plan: Plan): SessionPlan | undefined {
  if (plan.kind !== 'aggregate' || plan.input.kind !== 'session' || !plan.windowed) return undefined
  const { input: session, keys, aggregates } = plan
  const width = session.input.fields.length
  const own = keys.filter((key) => key < width)
  const { partitionBy } = session
  const isSameKey = own.every((key) => partitionBy.includes(key)) && partitionBy.every((key) => own.includes(key))
  const isMerged = aggregates.every(({ function: name, distinct, argument, filter }) => {
    const isBelow = [argument, filter].every((column) => column === undefined || column < width)
    return isBelow && MERGED.has(name) && (!distinct || name === 'MIN' || name === 'MAX')
  })
  return isSameKey && isMerged ? session : undefined
}
