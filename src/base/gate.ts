/** A limit on the work in flight: a caller waits for room before it adds more. After a failure every wait rejects with it. */

export type Gate = {
  /** Counts the work, and the bytes that it holds, until it settles. */
  add(bytes: number, work: Promise<unknown>): void
  /** Resolves when the work in flight holds fewer bytes than the limit. */
  room(): Promise<void>
  /** Whether no work is in flight. */
  isIdle(): boolean
  /** Resolves when no work is in flight. */
  settled(): Promise<void>
}

/** `limit` in bytes. */
export function openGate(limit: number): Gate {
  let bytesInFlight = 0
  let inFlight = 0
  let failure: unknown
  let waiting: (() => void)[] = []
  const wake = () => {
    const woken = waiting
    waiting = []
    for (const resume of woken) resume()
  }
  const until = async (ready: () => boolean) => {
    while (failure === undefined && !ready()) await new Promise<void>((resolve) => waiting.push(resolve))
    if (failure !== undefined) throw failure
  }
  return {
    add(bytes, work) {
      bytesInFlight += bytes
      inFlight++
      work
        .catch((error: unknown) => {
          failure ??= error
        })
        .finally(() => {
          bytesInFlight -= bytes
          inFlight--
          wake()
        })
    },
    room: () => until(() => bytesInFlight < limit),
    isIdle: () => inFlight === 0,
    settled: () => until(() => inFlight === 0),
  }
}
