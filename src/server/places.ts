/** Places for what may go on at once of a run, for all of its clients together. */
import type { ServedRun } from '../run/served/served-run.ts'
import type { RequestError } from '../source/request-error.ts'

/**
 * Takes a place until it is disposed of, or the signal of the request is aborted: a client may go away before its answer begins, as
 * each HEAD does, and the signal is aborted at the end of every answer. Throws a RequestError where all places are taken.
 */
export type TakePlace = (run: ServedRun, signal: AbortSignal) => Disposable

/** `most` places of each run; `refused` makes the error of one that is too much. */
export function openPlaces(most: number, refused: () => RequestError): TakePlace {
  const taken = new WeakMap<ServedRun, number>()
  return (run, signal) => {
    const before = taken.get(run) ?? 0
    if (before >= most) throw refused()
    taken.set(run, before + 1)
    let isTaken = true
    const leave = () => {
      if (isTaken) taken.set(run, (taken.get(run) ?? 1) - 1)
      isTaken = false
    }
    signal.addEventListener('abort', leave, { once: true })
    return { [Symbol.dispose]: leave }
  }
}
