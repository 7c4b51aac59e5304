/** Waits for one thing, which end together. */

export type Waits = {
  /** Resolves at the next end, or when the signal is aborted. */
  wait(signal?: AbortSignal): Promise<void>
  /** Ends all waits, where `isDue`; it is asked only where somebody waits. */
  end(isDue?: () => boolean): void
}

/** Nobody waits yet. */
export function openWaits(): Waits {
  const waiting = new Set<() => void>()
  return {
    wait: (signal) =>
      new Promise((resolve) => {
        const resume = () => {
          signal?.removeEventListener('abort', resume)
          waiting.delete(resume)
          resolve()
        }
        waiting.add(resume)
        signal?.addEventListener('abort', resume, { once: true })
      }),
    end(isDue = () => true) {
      if (waiting.size > 0 && isDue()) for (const resume of [...waiting]) resume()
    },
  }
}
