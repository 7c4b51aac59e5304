/** Plans the statement of `tailrace watch`: what it means in a stream, and how its tables tell time. */
import { systemClock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import type { Catalog } from '../../sql/catalog.ts'
import type { Session } from '../../sql/function/function.ts'
import { tablesOf } from '../../sql/plan/inputs.ts'
import type { Plan, Query } from '../../sql/plan/plan.ts'
import { planQuery, warningsOf } from '../../sql/plan-query.ts'
import { loadFunctions } from '../../sql/user-function/load.ts'
import { type AskedStatement, placedIn } from '../ask/statement.ts'
import { watchCatalog } from './pipeline.ts'
import type { GrowingTable } from './tables.ts'
import type { GivenTimes } from './times.ts'

/** Lines of a log are out of order by less, as a rule. */
const DELAY_MS: Duration = 5000
const MOST_DELAY_MS: Duration = 3_600_000
/** Pauses of a log that is written to are shorter, as a rule; and a person who looks at a window waits no longer. */
const IDLE_MS: Duration = 10_000
/** Nothing is late for an answer that changes. */
const IDLE_OF_CHANGES_MS: Duration = 1000

export type PlannedWatch = {
  readonly query: Query
  readonly tables: readonly GrowingTable[]
  readonly catalog: Catalog
  readonly session: Session
  readonly idleMs: Duration
  readonly warnings: readonly Failure[]
}

type PlanningOptions = GivenTimes & { readonly functions: readonly string[]; readonly timezone: string }

/** Plans a statement over the tables. Throws a Failure where it is wrong, or cannot be answered while lines come. */
export async function planWatched(
  statement: AskedStatement,
  tables: readonly GrowingTable[],
  { functions, timezone, delayMs, idleMs, everyMs, ttlMs }: PlanningOptions,
): Promise<PlannedWatch> {
  const session = { timezone, now: systemClock.now(), functions: await loadFunctions(functions, '') }
  const delayOf = ({ disorderMs }: GrowingTable) => delayMs ?? Math.min(MOST_DELAY_MS, Math.max(DELAY_MS, disorderMs))
  const catalog = watchCatalog(tables, delayOf)
  const timed = tables.every(({ rowtime }) => rowtime !== undefined)
  const plan = (given: Catalog) => {
    try {
      const every = timed ? ({ kind: 'time', ms: everyMs } as const) : undefined
      return planQuery(statement.sql, given, {
        mode: 'streaming',
        session,
        every,
        ttl: ttlMs,
        beyondFlink: true,
        isScript: true,
      })
    } catch (error) {
      throw error instanceof Failure ? placedIn(statement, error) : error
    }
  }
  const query = plan(catalog)
  refuseStill(query.plan)
  const isChanging = query.plan.kind === 'changes'
  if (isChanging && !timed) refuseUnordered(tables)
  return {
    // A delay would only make an answer that changes older.
    ...(isChanging && delayMs === undefined
      ? { query: plan(watchCatalog(tables, () => 0)), catalog: watchCatalog(tables, () => 0) }
      : { query, catalog }),
    tables,
    session,
    idleMs: idleMs ?? (isChanging ? IDLE_OF_CHANGES_MS : IDLE_MS),
    warnings: warningsOf(query).flatMap((warning) => (isOfStores(warning) ? [] : [placedIn(statement, warning)])),
  }
}

/** Refuses a statement to which no line ever adds anything. */
function refuseStill(plan: Plan): void {
  if (tablesOf(plan).length > 0) return
  throw new Failure('usage', 'the statement reads no table, so there is nothing to watch', {
    hint: 'To have its answer once: tailrace query "…"',
  })
}

/** Without event time changes follow the order of lines, which the lines of several logs do not have. */
function refuseUnordered(tables: readonly GrowingTable[]): void {
  const timeless = tables.find(({ rowtime }) => rowtime === undefined)
  const several = tables.find(({ sources }) => sources.length > 1)
  if (timeless === undefined || several === undefined) return
  const message = `table ${timeless.name} has no event time, and table ${several.name} is of several logs, whose lines have no order then`
  throw new Failure('usage', message, { hint: 'Give one log for each table.' })
}

/**
 * Warnings about what only matters to stores and to a stream without end: keys of rows, and keys that are kept. The limit of
 * memory says what to do.
 */
const isOfStores = ({ message }: Failure): boolean =>
  message.startsWith('the rows have no key of their own') || message.includes('the state grows without end')
