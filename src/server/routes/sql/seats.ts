/** The number of statements that run at once: each takes from the pipeline's own thread. */
import type { ServedRun } from '../../../run/served/served-run.ts'
import { RequestError } from '../../../source/request-error.ts'

const MOST = { history: 2, live: 8 } as const

const taken = new WeakMap<ServedRun, { history: number; live: number }>()

/**
 * Takes a seat until it is disposed of, or the client goes away: it may do so before its answer begins. Throws a RequestError where
 * all are taken.
 */
export function takeSeat(run: ServedRun, mode: 'history' | 'live', signal: AbortSignal): Disposable {
  const seats = taken.get(run) ?? { history: 0, live: 0 }
  taken.set(run, seats)
  if (seats[mode] >= MOST[mode]) {
    const what = mode === 'history' ? 'statements over history' : 'live statements'
    const text = `${MOST[mode]} ${what} run already: wait for one to end, or stop it`
    throw new RequestError(429, text, { 'retry-after': '5' })
  }
  seats[mode]++
  let isTaken = true
  const leave = () => {
    if (isTaken) seats[mode]--
    isTaken = false
  }
  signal.addEventListener('abort', leave, { once: true })
  return { [Symbol.dispose]: leave }
}
