/** The state that a plan keeps, in words, as `explain` prints it. */
import { counted, roundSpan } from '../base/units.ts'
import { inputsOf } from './plan/inputs.ts'
import type { Plan, PlanOf, Query } from './plan/plan.ts'
import { sessionsBelow } from './plan/sessions.ts'

function overState({ partitionBy, frame, functions, ttl }: PlanOf<'over'>, mode: Query['mode']): string {
  if (mode === 'batch') return 'all rows, to put them in order'
  const each = partitionBy.length === 0 ? '' : ' of each partition'
  const kept = ttl === undefined ? '' : `, for ${roundSpan(ttl)}`
  const behind = Math.max(0, ...functions.map((called) => ('offset' in called ? called.offset : 0)))
  if (behind > 0) return `the last ${counted(behind, 'row')}${each}${kept}`
  if (frame.from === -Infinity) return `one entry${each}${kept}`
  if (frame.unit === 'rows') return `the last ${1 - frame.from} rows${each}${kept}`
  return `the rows of the last ${roundSpan(-frame.from)}`
}

function joinState({ time, keys }: PlanOf<'join'>): string {
  if (time?.kind === 'window') return 'the rows of both sides of each open window'
  if (time !== undefined) return 'the rows of both sides that may still find a pair'
  return keys.length === 0 ? 'all rows of one side' : 'all rows of one side, by their key'
}

/** The state that the operators keep, from the result down. */
export function statesOf(plan: Plan, mode: Query['mode']): readonly string[] {
  const sessions = sessionsBelow(plan)
  const inputs = sessions === undefined ? inputsOf(plan) : [sessions.input]
  const below = inputs.flatMap((input) => statesOf(input, mode))
  const windowed = (what: string) => `${what} of each open window`
  switch (plan.kind) {
    case 'aggregate': {
      const distinct = plan.aggregates.some((call) => call.distinct) ? ', with its distinct values' : ''
      const group = plan.keys.length === 0 ? 'one group' : `one entry for each group${distinct}`
      if (sessions !== undefined) return ['one entry for each open session', ...below]
      return [plan.windowed ? windowed(group) : plan.keys.length === 0 ? `one group${distinct}` : group, ...below]
    }
    case 'session':
      return ['the rows of each open session', ...below]
    case 'rank': {
      if (plan.keyed !== undefined) return ['the row of each key, to rank it', ...below]
      const rows = plan.to === 1 ? 'the first row' : `the first ${plan.to} rows`
      const ranked = plan.partitionBy.length === 0 ? rows : `${rows} of each partition`
      return [plan.windowed ? windowed(ranked) : ranked, ...below]
    }
    case 'first': {
      const { partitionBy, ttl } = plan
      const each = partitionBy.length === 0 ? 'the first row' : 'each key, with the time of its first row'
      return [`${each}${partitionBy.length === 0 || ttl === undefined ? '' : `, for ${roundSpan(ttl)}`}`, ...below]
    }
    case 'over':
      return [overState(plan, mode), ...below]
    case 'join':
      return [joinState(plan), ...below]
    case 'sort':
      if (plan.order.length === 0) return below
      return [
        plan.limit === undefined ? 'all rows, to sort them' : `the first ${plan.offset + plan.limit} rows`,
        ...below,
      ]
    case 'alert':
      return [
        `${plan.alert.watches.kind === 'absent' ? 'the last row of each key' : 'the keys in trouble, each with its last row'}`,
        ...below,
      ]
    default:
      return below
  }
}
