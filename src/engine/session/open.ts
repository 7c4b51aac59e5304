/** Opens the operator of groups: over sessions that it keeps itself, or over all else. */

import type { SessionPlan } from '../../sql/plan/window-of.ts'
import { Aggregate, type AggregateOptions } from '../aggregate/aggregate.ts'
import type { BuildOptions, RangeAggregate } from '../built.ts'
import type { Operator, Reject } from '../operator.ts'
import { SessionAggregate } from './aggregate.ts'

type GroupsOptions = Omit<AggregateOptions, 'adopter' | 'keeps' | 'streaming'> &
  Pick<BuildOptions, 'mode' | 'adopter' | 'keeps'> & { readonly sessions: SessionPlan | undefined }

/** The operator; an adopter of the other kind is none. */
export function openGroupsOf(options: GroupsOptions, next: Operator, reject: Reject): RangeAggregate {
  const { mode, sessions, adopter, keeps = false, ...rest } = options
  const own = { ...rest, streaming: mode === 'streaming' }
  if (sessions === undefined) {
    return new Aggregate({ ...own, keeps, adopter: adopter instanceof Aggregate ? adopter : undefined }, next, reject)
  }
  const { time } = sessions
  const adopts = adopter instanceof SessionAggregate ? adopter : undefined
  return new SessionAggregate({ ...own, time, adopter: adopts }, next, reject)
}
