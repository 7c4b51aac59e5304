/**
 * Runs a statement over files or standard input: plans it, shares the units of its input among threads, and merges what
 * comes of them in order. This thread works as well, so one processor needs no other thread.
 */

import { availableParallelism } from 'node:os'
import type { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { Failure } from '../base/failure.ts'
import { type Final, openFinal } from '../engine/partial.ts'
import type { Batch } from '../record/column.ts'
import type { Field } from '../record/type.ts'
import type { Session } from '../sql/function/function.ts'
import type { Plan, Query } from '../sql/plan.ts'
import { planQuery } from '../sql/plan-query.ts'
import { catalogOf, type FileTable, openTable, postedTable, type TableSpec } from './table-files.ts'
import { type DeadLine, type Outcome, openUnitRunner, type Unit, unitsOf } from './unit.ts'
import { makeShared, type Shared, setMerged, stopClaims, tryClaim } from './unit-queue.ts'
import type { WorkerMessage, WorkerTask } from './worker.ts'

export type { DeadLine } from './unit.ts'

/** A thread costs about 30 ms to start: fewer units than this are done sooner without. */
const UNITS_WORTH_A_WORKER = 2

export type FileQueryOptions = {
  readonly session: Session
  /** Threads that work; undefined: as many as there are processors. */
  readonly workers: number | undefined
  readonly stdin: Readable
  /** Told of a table whose format was found by looking. */
  detected(table: string, format: string): void
  warn(query: Query): void
  /** Takes result rows; the batch is valid during the call. */
  emit(rows: Batch, fields: readonly Field[]): void
  dead(line: DeadLine): void
  /** Told how many bytes of input have been read, unpacked. */
  progress(bytes: number): void
}

export type QueryOutcome = {
  readonly fields: readonly Field[]
  readonly lines: number
  readonly rows: number
  readonly dead: number
}

export async function runQuery(
  sql: string,
  specs: readonly TableSpec[],
  options: FileQueryOptions,
): Promise<QueryOutcome> {
  const { session } = options
  const tables: FileTable[] = []
  for (const spec of specs) {
    const table = await openTable(spec, options.stdin)
    if (table.detected) options.detected(table.name, table.formatName)
    tables.push(table)
  }
  const catalog = catalogOf(tables)
  const query = planQuery(sql, catalog, { mode: 'batch', session })
  options.warn(query)
  const { fields } = query.plan
  const totals = { lines: 0, rows: 0, dead: 0, bytes: 0 }
  const final = openFinal(query, catalog, {
    session,
    output: {
      emit(rows) {
        totals.rows += rows.count
        options.emit(rows, fields)
      },
      reject({ reason }) {
        totals.dead++
        options.dead({ file: 'the result', byte: 0, reason })
      },
    },
  })
  const units = unitsOf(final.scans, tables)
  const merger = openMerger(final, units, limitOf(query.plan), ({ lines, bytes, dead, deadLines }) => {
    totals.lines += lines
    totals.bytes += bytes
    totals.dead += dead
    for (const line of deadLines) options.dead(line)
    options.progress(totals.bytes)
  })
  await shareUnits(units, merger, {
    runner: openUnitRunner(query, catalog, tables, session),
    stream: streamOf(units, tables),
    threads: options.workers ?? availableParallelism(),
    task: (shared) => ({ sql, session, tables: tables.map(postedTable), units, shared }),
  })
  final.end()
  return { fields, lines: totals.lines, rows: totals.rows, dead: totals.dead }
}

function streamOf(units: readonly Unit[], tables: readonly FileTable[]): Readable | undefined {
  const streams = units.filter(({ file }) => file === undefined)
  if (streams.length > 1) {
    throw new Failure('usage', 'the statement reads standard input more than once', {
      hint: 'Put it into a file first.',
    })
  }
  return tables.find(({ stream }) => stream !== undefined)?.stream
}

/** How many input rows the whole query wants, where it is a plain LIMIT over one table: undefined for all. */
function limitOf(plan: Plan): number | undefined {
  return plan.kind === 'sort' && plan.order.length === 0 && plan.limit !== undefined
    ? plan.offset + plan.limit
    : undefined
}

type Merger = {
  /** Takes what came of a unit, from whatever thread; it is merged when its turn has come. */
  take(unit: number, outcome: Outcome): void
  /** Says that nothing more comes of the unit. */
  done(unit: number): void
  /** Units merged so far: all of them at the end. */
  merged(): number
  /** Whether the rows merged are all that are wanted. */
  enough(): boolean
}

function openMerger(
  final: Final,
  units: readonly Unit[],
  limit: number | undefined,
  merged: (outcome: Outcome) => void,
): Merger {
  const waiting = new Map<number, Outcome[]>()
  const done = new Set<number>()
  let turn = 0
  let rows = 0
  const merge = (outcome: Outcome) => {
    final.merge((units[turn] as Unit).scan, outcome.partial)
    if (outcome.partial.kind === 'rows') rows += outcome.partial.rows.count
    merged(outcome)
  }
  return {
    take(unit, outcome) {
      if (unit === turn) merge(outcome)
      else waiting.set(unit, [...(waiting.get(unit) ?? []), outcome])
    },
    done(unit) {
      done.add(unit)
      while (done.delete(turn)) {
        turn++
        for (const outcome of waiting.get(turn) ?? []) merge(outcome)
        waiting.delete(turn)
      }
    },
    merged: () => turn,
    enough: () => limit !== undefined && units.every(({ scan }) => scan === 0) && rows >= limit,
  }
}

type Sharing = {
  readonly runner: ReturnType<typeof openUnitRunner>
  readonly stream: Readable | undefined
  readonly threads: number
  task(shared: Shared): WorkerTask
}

async function shareUnits(
  units: readonly Unit[],
  merger: Merger,
  { runner, stream, threads, task }: Sharing,
): Promise<void> {
  const shared = makeShared()
  const helpers = stream === undefined && units.length >= UNITS_WORTH_A_WORKER ? Math.min(threads, units.length) - 1 : 0
  const workers = Array.from({ length: helpers }, () => startWorker(task(shared)))
  let failure: unknown
  let wake: (() => void) | undefined
  const advance = () => {
    setMerged(shared, merger.merged())
    if (merger.enough()) stopClaims(shared, units.length)
    wake?.()
  }
  for (const worker of workers) {
    worker.on('message', (message: WorkerMessage) => {
      if (message.kind === 'outcome') merger.take(message.unit, message.outcome)
      else if (message.kind === 'done') merger.done(message.unit)
      else failure ??= failureOf(message)
      advance()
    })
    worker.on('error', (error) => {
      failure ??= error
      wake?.()
    })
  }
  try {
    while (failure === undefined && merger.merged() < units.length && !merger.enough()) {
      const unit = tryClaim(shared, units.length)
      if (unit === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        continue
      }
      await runner.run(units[unit] as Unit, (outcome) => merger.take(unit, outcome), stream)
      merger.done(unit)
      advance()
      await setImmediate() // so that the other threads' outcomes come in
    }
  } finally {
    stopClaims(shared, units.length)
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  if (failure !== undefined) throw failure
}

function startWorker(task: WorkerTask): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), { workerData: task })
}

function failureOf({ code, message, hint }: Extract<WorkerMessage, { kind: 'failed' }>): Error {
  if (code === undefined) return new Error(message)
  return new Failure(code, message, hint === undefined ? {} : { hint })
}
