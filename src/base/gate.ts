/** A bound on what is under way: whoever adds work waits for room before taking on more. */

export type Gate = {
  /** Counts work that is under way until it ends. */
  add(bytes: number, work: Promise<unknown>): void
  /** Resolves when less than the limit is under way. */
  room(): Promise<void>
  /** Resolves when nothing is under way; rejects with the first failure there ever was. */
  settled(): Promise<void>
}

/** Bounds what is under way: who adds to it waits for room. */
export function openGate(limit: number): Gate {
  let bytesUnderWay = 0
  let under = 0
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
      bytesUnderWay += bytes
      under++
      work
        .catch((error: unknown) => {
          failure ??= error
        })
        .finally(() => {
          bytesUnderWay -= bytes
          under--
          wake()
        })
    },
    room: () => until(() => bytesUnderWay < limit),
    settled: () => until(() => under === 0),
  }
}
