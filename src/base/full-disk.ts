/**
 * Waits for room where a disk is full: what could not be written is tried again, after pauses that double, until there is
 * room or nobody waits any longer. It is told once when the waiting begins and once when all have gone on, however many
 * wait.
 *
 * Only for work that leaves nothing behind when it fails, or overwrites at the next try what it has left.
 */
import type { Clock } from './clock.ts'
import { Failure } from './failure.ts'

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2000

/** One piece of work that waits. */
export type RoomWait = {
  /** Resolves when it is time to try again; rejects with the failure where nobody waits any longer. */
  pause(failure: Failure): Promise<void>
  /** The work is done, or given up. */
  end(): void
}

export type FullDisk = {
  /** `until` is one more reason to wait no longer. */
  wait(until?: AbortSignal): RoomWait
  /** Does the work, again and again while the disk is full. */
  whenRoom<Result>(work: () => Result | Promise<Result>): Promise<Result>
}

export type FullDiskOptions = {
  /** What is full, as people know it. */
  readonly folder: string
  readonly clock: Clock
  /** Aborted when nobody waits for room any longer. */
  readonly giveUp: AbortSignal
  tell(message: string): void
}

export const isFull = (error: unknown): error is Failure => error instanceof Failure && error.code === 'full'

export function openFullDisk({ folder, clock, giveUp, tell }: FullDiskOptions): FullDisk {
  let waiting = 0
  const wait = (until?: AbortSignal): RoomWait => {
    const stopped = until === undefined ? giveUp : AbortSignal.any([giveUp, until])
    let pauseMs = 0
    return {
      async pause(failure) {
        if (stopped.aborted) throw failure
        if (pauseMs === 0 && waiting++ === 0) tell(`disk full at ${folder}: waiting for room`)
        pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, pauseMs * 2))
        await clock.sleep(pauseMs, stopped).catch(() => {
          throw failure
        })
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
