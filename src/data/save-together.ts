/** Writes of a small file, one at a time: callers that come while one runs share the next, which has what all of them want. */

export type Saver = {
  /** Resolves once a write that began after this call has ended; rejects with that write's Failure. */
  save(): Promise<void>
  /** Resolves when no write is under way. */
  settled(): Promise<void>
}

/** Saves with `write`, which writes all that is wanted when it is called. */
export function saveTogether(write: () => Promise<void>): Saver {
  let last: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  const writeNext = (): Promise<void> => {
    next = undefined
    return write()
  }
  return {
    save() {
      if (next === undefined) {
        next = last.catch(() => {}).then(writeNext)
        last = next
      }
      return next
    },
    settled: () => last.catch(() => {}),
  }
}
