/**
 * A statement that somebody asks of a run: over what its topics keep, in batch mode, or over what comes in, in streaming mode.
 * It reads the tables of the pipeline and nothing else, and writes nothing.
 */
import { Failure } from '../../base/failure.ts'
import type { CheckedPipeline } from '../../pipeline/checked.ts'
import type { Session } from '../../sql/function/function.ts'
import { takesBack } from '../../sql/plan/changes.ts'
import { tablesOf } from '../../sql/plan/inputs.ts'
import type { Query } from '../../sql/plan/plan.ts'
import { planQuery } from '../../sql/plan-query.ts'
import type { StatementMode } from './outcome.ts'

export type ConsoleStatement = {
  readonly mode: StatementMode
  readonly query: Query
  /** With the instant that CURRENT_TIMESTAMP means. */
  readonly session: Session
  /** `CheckedTopic.name` of the topics that it reads. */
  readonly topics: readonly string[]
}

/** Bytes of memory that a statement may hold: what it puts out at its end is put out in one go, and the run waits meanwhile. */
export const STATEMENT_BYTES: number = 64 << 20

/** The statement, planned. Throws a Failure where it is refused. `now`: ms since 1970. */
export function planStatement(
  sql: string,
  mode: StatementMode,
  pipeline: CheckedPipeline,
  now: number,
): ConsoleStatement {
  const session = { ...pipeline.session, now }
  const query = planQuery(sql, pipeline.catalog, {
    mode: mode === 'history' ? 'batch' : 'streaming',
    session,
    beyondFlink: mode === 'history',
    isScript: mode === 'history',
    // The state has a limit in bytes.
    ttl: Number.POSITIVE_INFINITY,
  })
  const read = tablesOf(query.plan)
  refuseChanging(read, pipeline)
  if (mode === 'live') refuseUnordered(query, read, pipeline)
  return { mode, query, session, topics: read.filter((name) => !pipeline.tables.has(name)) }
}

/** Throws where a table is a query whose rows change: read one by one, each would count again and again. */
function refuseChanging(read: readonly string[], { queries }: CheckedPipeline): void {
  const changing = queries.find(({ name, query }) => read.includes(name) && takesBack(query.plan))
  if (changing === undefined) return
  throw new Failure('sql', `"${changing.name}" is a query whose rows change, and nothing can be computed of them`, {
    hint: `ask the topics that it reads: ${changing.reads.join(', ')}`,
  })
}

/** Throws where rows do not come one after the other. */
function refuseUnordered({ plan }: Query, read: readonly string[], { tables, topics }: CheckedPipeline): void {
  const stored = read.find((name) => tables.has(name))
  if (stored !== undefined) {
    const hint = 'ask it over history: its rows do not come one after the other'
    throw new Failure('sql', `${stored} is a table of a store, which cannot be followed`, { hint })
  }
  if (plan.kind !== 'changes' || plan.every.kind === 'time') return
  const several = topics.find(({ name, partitions }) => read.includes(name) && partitions > 1)
  if (several === undefined) return
  throw new Failure(
    'sql',
    `${several.name} has ${several.partitions} partitions and no event time: its records have no order`,
    {
      hint: 'give the topic a watermark in the pipeline file, or ask over history',
    },
  )
}
