/** Shares units among this thread and others, and hands their outcomes to the merger. */
import { setImmediate } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { Failure } from '../base/failure.ts'
import { openHelper } from './early-thread.ts'
import type { Merger } from './merger.ts'
import type { UnitRunner } from './run-unit.ts'
import type { WorkerMessage, WorkerTask } from './serve-units.ts'
import { makeShared, type Shared, setMerged, stopClaims, tryClaim } from './unit-queue.ts'
import type { Rest, Unit } from './units.ts'

/** The other threads count from 1. */
const THIS_THREAD = 0

export type Sharing = {
  readonly runner: UnitRunner
  readonly threads: number
  /** A thread that was started beforehand. */
  readonly helper: Worker | undefined
  /** Whether the first unit may well be enough: no other thread is started before it has been run. */
  readonly limited: boolean
  task(shared: Shared): WorkerTask
}

/** Runs all units, or as many as the result needs. Rejects with the first failure of any thread. */
export async function shareUnits(units: readonly Unit[], merger: Merger, sharing: Sharing): Promise<void> {
  const { runner, threads, helper, limited, task } = sharing
  const shared = makeShared()
  const sharable = units.every(({ file }) => file !== undefined)
  let helpers = sharable ? Math.min(threads, units.length) - 1 : 0
  const workers: Worker[] = []
  /** The threads that ran a unit and have kept something of it, and what they have handed over in the end. */
  const keeping = new Set<number>()
  const rests = new Map<number, readonly Rest[]>()
  let failure: unknown
  let wake: (() => void) | undefined
  const advance = () => {
    setMerged(shared, merger.merged())
    if (merger.enough()) stopClaims(shared, units.length)
    wake?.()
  }
  const startHelpers = () => {
    if (helpers === 0) return
    for (; helpers > 0; helpers--) {
      const worker = workers.length === 0 && helper !== undefined ? helper : openHelper()
      worker.ref()
      worker.postMessage(task(shared))
      const thread = workers.push(worker)
      worker.on('message', (message: WorkerMessage) => {
        if (message.kind === 'outcome') {
          if (message.outcome.partial.kind === 'kept') keeping.add(thread)
          merger.take(message.unit, message.outcome, thread)
        } else if (message.kind === 'done') merger.done(message.unit)
        else if (message.kind === 'rest') rests.set(thread, message.rests)
        else failure ??= failureOf(message)
        advance()
      })
      worker.on('error', (error) => {
        failure ??= error
        wake?.()
      })
    }
  }
  try {
    while (failure === undefined && !merger.enough()) {
      if (!limited || merger.merged() > 0) startHelpers()
      const unit = tryClaim(shared, units.length)
      if (unit === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        continue
      }
      await runner.run(units[unit] as Unit, (outcome) => merger.take(unit, outcome, THIS_THREAD))
      merger.done(unit)
      advance()
      await setImmediate() // Lets the outcomes of other threads come in.
    }
    merger.rest(runner.rests(), THIS_THREAD)
    for (const thread of keeping) {
      while (failure === undefined && !rests.has(thread)) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      merger.rest(rests.get(thread) ?? [], thread)
    }
  } finally {
    stopClaims(shared, units.length)
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  if (failure !== undefined) throw failure
}

function failureOf({ code, message, hint }: Extract<WorkerMessage, { kind: 'failed' }>): Error {
  if (code === undefined) return new Error(message)
  return new Failure(code, message, { hint })
}
