/**
 * Checkpoints of version 2 (tailrace 0.1.0): states were keyed by the order in which the operators were built, and the
 * layout was one digest of the plan as JSON, without the filters and projections on top. Where today's plan still has that
 * digest, the same operators are built in the same order.
 */
import type { GraphState } from '../engine/graph.ts'
import type { CheckedPipeline, CheckedQuery } from '../pipeline/checked.ts'
import type { Field } from '../record/type.ts'
import type { Plan } from '../sql/plan/plan.ts'
import type { QueryCheckpoint } from '../topic/checkpoint.ts'
import { layoutOf, planOf, tableMeanings } from './fingerprint.ts'
import { digest } from './plan-meaning.ts'

/** A query's place with its states keyed by path. Returned as it is where it has paths, or was made by another plan. */
export function withPaths<Before extends Pick<QueryCheckpoint, 'layout'> & { readonly state?: unknown }>(
  before: Before,
  query: CheckedQuery,
  pipeline: CheckedPipeline,
): Before {
  if (typeof before.layout !== 'string') return before
  const made = [uppermost(planOf(query, pipeline)), pipeline.timezone, tableMeanings(query, pipeline)]
  if (before.layout !== digest(made, withoutNames)) return before
  const layout = layoutOf(query, pipeline)
  const paths = Object.keys(layout)
  const { operators } = (before.state ?? {}) as { readonly operators?: GraphState }
  if (operators === undefined) return { ...before, layout }
  if (Object.keys(operators).length !== paths.length) return before
  return { ...before, layout, state: Object.fromEntries(paths.map((path, built) => [path, operators[built]])) }
}

/** The plan from its uppermost node that is no filter and no projection; a scan as the name of its table. */
function uppermost(plan: Plan): unknown {
  switch (plan.kind) {
    case 'filter':
    case 'project':
      return uppermost(plan.input)
    case 'scan':
      return plan.table
    default:
      return plan
  }
}

/** Fields as their types, and columns without their names. */
function withoutNames(key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (key === 'fields') return (value as readonly Field[]).map(({ type, window }) => [type, window])
  if (key === 'field') return (value as Field).type
  if ((value as { kind?: unknown }).kind !== 'column') return value
  const { column, type } = value as { column: unknown; type: unknown }
  return { column, type }
}
