/** Opens a query to run as a whole, with all its operators in this thread. */
import { assert } from '../base/assert.ts'
import type { Catalog } from '../sql/catalog.ts'
import type { Session } from '../sql/function/function.ts'
import type { Query } from '../sql/plan/plan.ts'
import { Builder } from './build.ts'
import type { Built } from './built.ts'
import type { Graph, GraphOutput, GraphState } from './graph.ts'
import { heldBy } from './held.ts'
import { readingOrder } from './join/parts.ts'
import type { Operator } from './operator.ts'
import { statefulNodes } from './state-layout.ts'
import { unshared } from './trace.ts'

export type GraphOptions = {
  readonly session: Session
  readonly partitions: (table: string) => number
  readonly output: GraphOutput
  /** The snapshot of a graph of the same plan over the same partitions. */
  readonly state?: GraphState
  /** Batches bring the watermark that each row met, and those of partitions move only at the end. */
  readonly stamped?: boolean | undefined
}

/** Opens a query at its beginning, or where `state` was taken. */
export function openGraph(query: Query, catalog: Catalog, options: GraphOptions): Graph {
  const { session, partitions, output, state, stamped } = options
  const builder = new Builder({
    mode: query.mode,
    catalog,
    session,
    partitions,
    reject: (row) => output.reject(row),
    saved: state,
    stamped,
  })
  const plan = unshared(query.plan)
  builder.run(plan, outputOperator(output))
  // The graph must not keep the builder in memory, which holds the saved state.
  const { built } = builder
  const { scans, states } = built
  const paths = [...statefulNodes(plan, query.mode).values()]
  assert([...states.keys()].join(' ') === paths.join(' '), 'a snapshot has exactly the stateful operators of the plan')
  assert(
    state === undefined || Object.keys(state).sort().join(' ') === paths.sort().join(' '),
    'saved states are those of the stateful operators of the plan',
  )
  const finished = new Set<number>()
  const finish = (scan: number): void => {
    if (finished.has(scan)) return
    finished.add(scan)
    scans[scan]?.scan.end()
  }
  return {
    order: readingOrder(plan),
    finish,
    scans: scans.map(({ plan, partitions }) => ({ table: plan.table, columns: plan.columns, partitions })),
    tables: [...new Set(built.lookups.map(({ table }) => table))],
    bring(table, content, place) {
      for (const lookup of built.lookups) if (lookup.table === table) lookup.bring(content, place)
    },
    push: (scan, batch) => scans[scan]?.scan.push(batch),
    end() {
      for (const scan of scans.keys()) finish(scan)
      for (const run of built.values) run()
      if (query.mode === 'streaming') closeAll(built)
    },
    tick: (scan, partition, watermark) => scans[scan]?.scan.tick(partition, watermark),
    due: () => built.closers.reduce((first, { due }) => Math.min(first, due), Infinity),
    watermark: (scan, partition) => scans[scan]?.scan.watermark(partition) ?? -Infinity,
    alerting: () => ({
      firing: built.alerts.reduce((sum, alert) => sum + alert.count('firing'), 0),
      pending: built.alerts.reduce((sum, alert) => sum + alert.count('pending'), 0),
    }),
    reached: () => built.alerts[0]?.reached,
    standing: (most) => built.alerts.flatMap((alert) => alert.standing(most)),
    held: heldBy(built.holders),
    snapshot: () => Object.fromEntries([...states].map(([path, snapshot]) => [path, snapshot()])),
  }
}

/** Makes rows after the end late for the windows that the end has closed: those of a file that has grown, say. */
function closeAll({ scans, closers }: Built): void {
  const closed = closers.reduce((last, closer) => Math.max(last, closer.closed), -Infinity)
  for (const { scan } of scans) scan.close(closed)
}

/** The operator that hands a query's rows and watermarks to its output. */
export function outputOperator(output: Pick<GraphOutput, 'emit' | 'advance'>): Operator {
  return {
    push: (batch) => output.emit(batch),
    advance: (partition, watermark) => output.advance?.(partition, watermark),
    end() {},
  }
}
