/**
 * Waits for room on a full disk: a write that failed is tried again, after pauses that double, until there is room or the
 * wait is aborted. However many callers wait, one message says that the waiting has begun, and one that all have gone on.
 *
 * Only for work that leaves nothing behind when it fails, or overwrites it at the next attempt.
 */
import { type Clock, slept } from '../clock.ts'
import { Failure } from '../failure.ts'
import type { Duration } from '../quantity.ts'

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2000

/** One piece of work that waits. */
export type RoomWait = {
  /** Resolves when it is time to try again; rejects with the failure if the wait is aborted. */
  pause(failure: Failure): Promise<void>
  /** The work is done, or given up. */
  end(): void
}

export type FullDisk = {
  /** The wait ends with `until` too. */
  wait(until?: AbortSignal): RoomWait
  /** Repeats the work while it fails with a retryable 'full'; rejects with any other error. */
  whenRoom<Result>(work: () => Result | Promise<Result>): Promise<Result>
  /** What is waited for, in words; undefined where nothing waits. */
  trouble(): string | undefined
}

export type FullDiskOptions = {
  /** The folder that the messages name. */
  readonly folder: string
  readonly clock: Clock
  /** Ends all waits. */
  readonly giveUp: AbortSignal
  tell(message: string): void
}

export const isFull = (error: unknown): error is Failure => error instanceof Failure && error.code === 'full'

/** The waiting of everything that writes to one folder. */
export function openFullDisk({ folder, clock, giveUp, tell }: FullDiskOptions): FullDisk {
  let waiting = 0
  const trouble = `disk full at ${folder}: waiting for room`
  const wait = (until?: AbortSignal): RoomWait => {
    const stopped = until === undefined ? giveUp : AbortSignal.any([giveUp, until])
    let pauseMs: Duration = 0
    return {
      async pause(failure) {
        if (stopped.aborted) throw failure
        if (pauseMs === 0 && waiting++ === 0) tell(trouble)
        pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, pauseMs * 2))
        if (!(await slept(clock, pauseMs, stopped))) throw failure
      },
      end() {
        if (pauseMs === 0) return
        pauseMs = 0
        if (--waiting === 0 && !stopped.aborted) tell(`there is room again at ${folder}: going on`)
      },
    }
  }
  return {
    wait,
    trouble: () => (waiting > 0 ? trouble : undefined),
    async whenRoom(work) {
      const waited = wait()
      try {
        for (;;) {
          try {
            return await work()
          } catch (error) {
            if (!(isFull(error) && error.retryable)) throw error
            await waited.pause(error)
          }
        }
      } finally {
        waited.end()
      }
    },
  }
}
