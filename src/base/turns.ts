/** Work that must not overlap, one piece at a time, in the order in which it was asked for. */
import { Failure } from './failure.ts'

export type Turns = {
  /** Does the work when all that came before it has ended. Rejects as the work does, or with a Failure ('in-use') after `close`. */
  next<Done>(work: () => Promise<Done>): Promise<Done>
  /** Resolves when the work that is under way has ended; no other begins. */
  close(): Promise<void>
}

/** Throws a Failure ('in-use') where the run stops: work that can go on later does not hold the stop up. */
export function refuseStopped(stop: AbortSignal | undefined): void {
  if (stop?.aborted !== true) return
  throw new Failure('in-use', 'the run is stopping, so the work has ended before it was done', {
    hint: 'Ask once more: what is done is not done again.',
  })
}

/** Nothing is under way. */
export function openTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve()
  let isClosed = false
  return {
    next(work) {
      const done = last.then(() => {
        if (isClosed) throw new Failure('in-use', 'the run is stopping: nothing else is begun')
        return work()
      })
      last = done.catch(() => undefined)
      return done
    },
    async close() {
      isClosed = true
      await last
    },
  }
}
