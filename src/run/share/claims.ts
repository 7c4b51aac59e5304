/**
 * The parts of a shared pipeline that this process has claimed on the bus: its queries, and its sources that may move. What it
 * appends for a part goes by the claim, so a process that was taken for dead cannot append any more.
 */
import { assert } from '../../base/assert.ts'
import { Failure } from '../../base/failure.ts'
import type { Bus, ClaimedBus, Topic } from '../../bus/bus.ts'

export type Claims = {
  /** The bus of a part; undefined: it is not claimed. */
  busOf(part: string): Bus | undefined
  /** Claims a part, unless it is claimed already. Rejects with the Failure of the bus. */
  claim(part: string): Promise<void>
  /** Gives up the parts for which `isKept` is not true; nothing may be appended for them any more. */
  giveUp(isKept: (part: string) => boolean): Promise<void>
  parts(): readonly string[]
}

/** `fenced` is called where another process has claimed a part of these. */
export function openClaims(bus: Bus, pipeline: string, fenced: (part: string, failure: unknown) => void): Claims {
  const claimed = new Map<string, { readonly own: ClaimedBus; readonly bus: Bus; readonly done: AbortController }>()
  return {
    busOf: (part) => claimed.get(part)?.bus,
    async claim(part) {
      if (claimed.has(part)) return
      assert(bus.claim !== undefined, 'a pipeline is shared on a bus that lets processes claim parts')
      const own = await bus.claim({ pipeline, part })
      const done = new AbortController()
      own.fenced.addEventListener('abort', () => fenced(part, own.fenced.reason), { signal: done.signal })
      claimed.set(part, { own, bus: withEarlier(own, bus), done })
    },
    async giveUp(isKept) {
      for (const [part, { own, done }] of claimed) {
        if (isKept(part)) continue
        claimed.delete(part)
        done.abort()
        await own[Symbol.asyncDispose]()
      }
    },
    parts: () => [...claimed.keys()],
  }
}

/**
 * The bus of a part, with the positions of the data folder's own writers where the part has none yet: the pipeline was not
 * shared before, and this is the folder that it ran in.
 */
function withEarlier(own: ClaimedBus, bus: Bus): Bus {
  return {
    ...own,
    async topic(name, partitions, settings): Promise<Topic> {
      const topic = await own.topic(name, partitions, settings)
      const before = await bus.topic(name, partitions, settings)
      return {
        ...topic,
        async position(writer) {
          const [mine, earlier] = await Promise.all([topic.position(writer), before.position(writer)])
          return mine.map((position, partition) => position ?? earlier[partition])
        },
      }
    },
  }
}

/** Whether a failure says that another process has taken over. */
export const isFenced = (error: unknown): error is Failure => error instanceof Failure && error.code === 'fenced'
