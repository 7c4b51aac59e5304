/** Hands things from one that makes them to one that takes them, one at a time: the maker waits until each is taken. */

export type HandOver<Thing> = {
  /** Resolves once the thing is taken, or nobody takes any more. */
  put(thing: Thing): Promise<void>
  /** What is put, until the maker has ended; its failure is that of the maker. */
  taken(maker: Promise<unknown>): AsyncGenerator<Thing>
}

/** Nothing is handed over yet. */
export function openHandOver<Thing>(): HandOver<Thing> {
  let offered: { readonly thing: Thing; readonly taken: PromiseWithResolvers<void> } | undefined
  let some = Promise.withResolvers<void>()
  let isOver = false
  return {
    put(thing) {
      if (isOver) return Promise.resolve()
      const taken = Promise.withResolvers<void>()
      offered = { thing, taken }
      some.resolve()
      return taken.promise
    },
    async *taken(maker) {
      try {
        for (;;) {
          await Promise.race([some.promise, maker])
          if (offered === undefined) return
          const { thing, taken } = offered
          offered = undefined
          some = Promise.withResolvers()
          yield thing
          taken.resolve()
        }
      } finally {
        isOver = true
        offered?.taken.resolve()
      }
    },
  }
}
