/**
 * The parts of a shared pipeline that this process has claimed on the bus: its queries, and its sources that may move. What it
 * appends for a part goes by the claim, so a process that was taken for dead cannot append any more.
 */
import { assert } from '../../base/assert.ts'
import { Failure } from '../../base/failure.ts'
import type { Bus, ClaimedBus } from '../../bus/bus.ts'

export type Claims = {
  /** The bus of a part; undefined: it is not claimed. */
  busOf(part: string): ClaimedBus | undefined
  /** Claims a part, unless it is claimed already. Rejects with the Failure of the bus. */
  claim(part: string): Promise<void>
  /** Gives up the parts for which `isKept` is not true; nothing may be appended for them any more. */
  giveUp(isKept: (part: string) => boolean): Promise<void>
}

/** `fenced` is called where another process has claimed a part of these. */
export function openClaims(bus: Bus, pipeline: string, fenced: (part: string, failure: unknown) => void): Claims {
  const claimed = new Map<string, { readonly own: ClaimedBus; readonly done: AbortController }>()
  return {
    busOf: (part) => claimed.get(part)?.own,
    async claim(part) {
      if (claimed.has(part)) return
      assert(bus.claim !== undefined, 'a pipeline is shared on a bus that lets processes claim parts')
      const own = await bus.claim({ pipeline, part })
      const done = new AbortController()
      own.fenced.addEventListener('abort', () => fenced(part, own.fenced.reason), { signal: done.signal })
      claimed.set(part, { own, done })
    },
    async giveUp(isKept) {
      for (const [part, { own, done }] of claimed) {
        if (isKept(part)) continue
        claimed.delete(part)
        done.abort()
        await own[Symbol.asyncDispose]()
      }
    },
  }
}

/** Whether a failure says that another process has taken over. */
export const isFenced = (error: unknown): error is Failure => error instanceof Failure && error.code === 'fenced'
