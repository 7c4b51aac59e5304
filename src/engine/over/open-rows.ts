/** Opens the operator of an OVER: streams are ordered by event time, bounded input by anything. */
import { assert } from '../../base/assert.ts'
import type { Mode } from '../../sql/plan/plan.ts'
import type { Operator, Reject } from '../operator.ts'
import { BoundedOver, type OverDemand } from './bounded.ts'
import { Over, type OverOptions } from './over.ts'

/** The operator of the mode. */
export function openOverRows(
  options: OverOptions & OverDemand & { readonly mode: Mode },
  next: Operator,
  reject: Reject,
): Over | BoundedOver {
  const { plan, mode, saved } = options
  if (mode === 'streaming') return new Over(options, next, reject)
  assert(plan.ttl === undefined, 'nothing is forgotten in batch mode')
  return new BoundedOver(plan, options, next, saved)
}
