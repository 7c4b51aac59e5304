/**
 * A thread that runs units of a query over files. Plans do not cross threads: it plans the same text anew, and opens the
 * same formats with the same sample.
 */
import { parentPort } from 'node:worker_threads'
import { Failure } from '../base/failure.ts'
import type { Session } from '../sql/function/function.ts'
import { planQuery } from '../sql/plan-query.ts'
import { catalogOf, reopenTable, type TablePosted } from './table-files.ts'
import { type Outcome, openUnitRunner, type Unit } from './unit.ts'
import { claim, type Shared } from './unit-queue.ts'

export type WorkerTask = {
  readonly sql: string
  readonly session: Session
  readonly tables: readonly TablePosted[]
  readonly units: readonly Unit[]
  readonly shared: Shared
}

export type WorkerMessage =
  | { readonly kind: 'outcome'; readonly unit: number; readonly outcome: Outcome }
  | { readonly kind: 'done'; readonly unit: number }
  /** A Failure in its parts, or the text of a bug. */
  | {
      readonly kind: 'failed'
      readonly code: Failure['code'] | undefined
      readonly message: string
      readonly hint: string | undefined
    }

async function work({ sql, session, tables: posted, units, shared }: WorkerTask): Promise<void> {
  const tables = posted.map(reopenTable)
  const catalog = catalogOf(tables)
  const runner = openUnitRunner(planQuery(sql, catalog, { mode: 'batch', session }), catalog, tables, session)
  for (let unit = claim(shared, units.length); unit !== undefined; unit = claim(shared, units.length)) {
    const index = unit
    await runner.run(units[index] as Unit, (outcome) => {
      post({ kind: 'outcome', unit: index, outcome })
    })
    post({ kind: 'done', unit: index })
  }
}

/**
 * Buffers are copied, not moved: the first that a thread gives away ends V8's assumption that none is ever taken from
 * under an array, so all compiled code of the thread is thrown away and compiled again, to check each array anew.
 */
const post = (message: WorkerMessage): void => parentPort?.postMessage(message)

/** In a thread that helps. It is told its task once it is there, as it may have been started before there was one. */
export function serveUnits(): void {
  parentPort?.once('message', (task: WorkerTask) => {
    work(task).catch((error: unknown) => {
      const told = error instanceof Failure ? error : undefined
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      post({ kind: 'failed', code: told?.code, message: told?.message ?? text, hint: told?.hint })
    })
  })
}
