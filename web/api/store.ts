/**
 * State outside of components: a value, and those that are told when it changes. A component reads a part of it with
 * `useStore`, and is rendered again only where that part is another one. Values that come faster than the screen shows them are
 * put together: listeners are called once a frame at most.
 */
import { useEffect, useState } from 'preact/hooks'

export type Store<T> = {
  get(): T
  set(value: T): void
  /** Calls the listener after each change; gives the function that ends it. */
  listen(listener: () => void): () => void
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial
  let isAsked = false
  const listeners = new Set<() => void>()
  const tell = (): void => {
    isAsked = false
    for (const listener of [...listeners]) listener()
  }
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return
      value = next
      if (isAsked || listeners.size === 0) return
      isAsked = true
      requestAnimationFrame(tell)
    },
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** A part of the store's value. `pick` gives the same for the same value: a text or number, or an object out of the value. */
export function useStore<T, Part>(store: Store<T>, pick: (value: T) => Part): Part {
  const part = pick(store.get())
  const [, render] = useState(0)
  useEffect(() => {
    let shown = part
    const look = (): void => {
      const next = pick(store.get())
      if (Object.is(next, shown)) return
      shown = next
      render((count) => count + 1)
    }
    // It may have changed since the component was rendered.
    look()
    return store.listen(look)
    // A new effect for each rendered part: `pick` may read what the component was given.
  }, [store, part, pick])
  return part
}
