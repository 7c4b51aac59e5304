/** How alerts stand, in short. */
import type { CheckedAlert } from '../../pipeline/checked.ts'
import type { Parts } from '../parts.ts'
import type { AlertStatus } from './status.ts'

/** What the file says of an alert. */
export const alertHead = ({ name, severity, from, notifiers }: CheckedAlert): AlertStatus => {
  return { name, severity, from: from ?? null, firing: null, pending: null, notifiers }
}

/** How many keys of an alert stand so; undefined: its query is not at work. */
export function alertCounts(
  { name, query }: CheckedAlert,
  { queries, unreachable }: Pick<Parts, 'queries' | 'unreachable'>,
): { readonly firing: number; readonly pending: number } | undefined {
  if (query !== undefined) return queries?.queries.find((one) => one.name === name)?.graph.alerting()
  const standing = unreachable.standing()
  const firing = standing.filter(({ fired }) => fired !== undefined).length
  return { firing, pending: standing.length - firing }
}

/** An alert of a run. */
export const alertStatus = (alert: CheckedAlert, parts: Pick<Parts, 'queries' | 'unreachable'>): AlertStatus => ({
  ...alertHead(alert),
  ...alertCounts(alert, parts),
})
