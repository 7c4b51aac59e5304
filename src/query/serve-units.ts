/**
 * A thread that runs units of a query over files. Plans cannot be posted: the thread plans the same text again, and opens
 * the same formats with the same sample.
 */
import { parentPort } from 'node:worker_threads'
import { Failure } from '../base/failure.ts'
import type { RowsState } from '../engine/sort/row-store.ts'
import type { Session } from '../sql/function/function.ts'
import { planQuery } from '../sql/plan-query.ts'
import { loadFunctions } from '../sql/user-function/load.ts'
import { contentsOf, type ReadLookup, withLookups } from './before/lookups.ts'
import { type QueryStep, type Sizes, stepsOf } from './before/steps.ts'
import { openUnitRunner } from './run-unit.ts'
import { catalogOf, reopenTable, type TablePosted } from './table-files.ts'
import { claim, type Shared } from './unit-queue.ts'
import type { DeadKept, Outcome, Rest, Unit } from './units.ts'

export type WorkerTask = {
  readonly sql: string
  /** Without the functions of the user, which cannot be posted: the thread loads their files. */
  readonly session: Omit<Session, 'functions'>
  readonly functionFiles: readonly string[]
  readonly tables: readonly TablePosted[]
  /** The tables that rows are looked up in. */
  readonly lookups: readonly ReadLookup[]
  /** Which step of the query it is, and what the steps before it have left. */
  readonly sizes: Sizes
  readonly step: number
  readonly parts: readonly (readonly [name: string, rows: RowsState])[]
  readonly units: readonly Unit[]
  readonly deadKept: DeadKept
  readonly shared: Shared
}

export type WorkerMessage =
  | { readonly kind: 'outcome'; readonly unit: number; readonly outcome: Outcome }
  | { readonly kind: 'done'; readonly unit: number }
  /** The last message: no unit is left to run. */
  | { readonly kind: 'rest'; readonly rests: readonly Rest[] }
  /** The fields of a Failure, or the text of a bug. */
  | {
      readonly kind: 'failed'
      readonly code: Failure['code'] | undefined
      readonly message: string
      readonly hint: string | undefined
    }

async function work(task: WorkerTask): Promise<void> {
  const { sql, lookups, units, deadKept, shared } = task
  const session = { ...task.session, functions: await loadFunctions(task.functionFiles, '') }
  const tables = await Promise.all(task.tables.map(reopenTable))
  const catalog = withLookups(catalogOf(tables), lookups)
  const contents = new Map([...contentsOf(lookups), ...task.parts])
  const { query } = stepsOf(
    planQuery(sql, catalog, { mode: 'batch', session, beyondFlink: true, isScript: true }),
    task.sizes,
  )[task.step] as QueryStep
  const runner = openUnitRunner({ query, catalog, tables, contents, session, final: undefined, deadKept })
  for (let unit = claim(shared, units.length); unit !== undefined; unit = claim(shared, units.length)) {
    const index = unit
    await runner.run(units[index] as Unit, (outcome) => {
      post({ kind: 'outcome', unit: index, outcome })
    })
    post({ kind: 'done', unit: index })
  }
  post({ kind: 'rest', rests: runner.rests() })
}

/**
 * Copies buffers instead of moving them: once a thread has moved one, V8 no longer assumes that typed arrays keep their
 * buffers, throws all compiled code of the thread away and compiles it again with checks.
 */
const post = (message: WorkerMessage): void => parentPort?.postMessage(message)

/** The main function of a thread that helps. Its task comes as a message, as it may be started before there is one. */
export function serveUnits(): void {
  parentPort?.once('message', (task: WorkerTask) => {
    work(task).catch((error: unknown) => {
      const failure = error instanceof Failure ? error : undefined
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      post({ kind: 'failed', code: failure?.code, message: failure?.message ?? text, hint: failure?.hint })
    })
  })
}
