/**
 * How often each peer may do something: `burst` times at once, and `perSecond` times in the long run. Peers are told apart by address; of
 * IPv6 by its first half, as one machine has all of the other. Of more peers than are kept, those that waited longest are forgotten.
 */
import type { Clock } from '../../base/clock.ts'

const MAX_PEERS = 10_000
const NETWORK = /^((?:[^:]*:){4})[^.]*$/

export type Rate = { readonly burst: number; readonly perSecond: number }

type Left = { count: number; at: number }

/** The allowances of all peers for one thing. */
export class Allowance {
  readonly #clock: Clock
  readonly #rate: Rate
  readonly #left = new Map<string, Left>()

  constructor(clock: Clock, rate: Rate) {
    this.#clock = clock
    this.#rate = rate
  }

  /** Takes one; gives the seconds to wait where there is none, else 0. */
  take(address: string): number {
    const left = this.#of(address)
    if (left.count < 1) return Math.ceil((1 - left.count) / this.#rate.perSecond)
    left.count--
    return 0
  }

  /** As `take`, but takes none. */
  wait(address: string): number {
    const { count } = this.#of(address)
    return count < 1 ? Math.ceil((1 - count) / this.#rate.perSecond) : 0
  }

  #of(address: string): Left {
    const { burst, perSecond } = this.#rate
    const peer = NETWORK.exec(address)?.[1] ?? address
    const now = this.#clock.elapsed()
    const known = this.#left.get(peer) ?? { count: burst, at: now }
    known.count = Math.min(burst, known.count + ((now - known.at) / 1000) * perSecond)
    known.at = now
    // The one that asked last is at the end.
    this.#left.delete(peer)
    this.#left.set(peer, known)
    if (this.#left.size > MAX_PEERS) for (const oldest of this.#left.keys()) if (this.#left.delete(oldest)) break
    return known
  }
}
