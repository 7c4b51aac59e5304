/** The answer of an address, for a component: asked when it is shown, again when the path is another one, or on `reload`. */
import { useCallback, useEffect, useState } from 'preact/hooks'
import { ApiError, get, wordsOf } from './client.ts'

export type Answer<T> = {
  /** The last one that came; it stays while a newer one is asked for. */
  readonly value: T | undefined
  readonly error: ApiError | undefined
  readonly isLoading: boolean
  reload(): void
}

type State<T> = Omit<Answer<T>, 'reload'> & { readonly path: string | null }

/** `path` null: nothing is asked. `everyMs`: it is asked again and again, while the page is seen. */
export function useAnswer<T>(path: string | null, everyMs?: number): Answer<T> {
  const [state, setState] = useState<State<T>>({ path, value: undefined, error: undefined, isLoading: true })
  const [turn, setTurn] = useState(0)
  const reload = useCallback(() => setTurn((count) => count + 1), [])
  useEffect(() => {
    if (path === null) return
    const abort = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const load = async (): Promise<void> => {
      try {
        const value = await get<T>(path, abort.signal)
        setState({ path, value, error: undefined, isLoading: false })
      } catch (error) {
        if (abort.signal.aborted) return
        const known = error instanceof ApiError ? error : new ApiError(0, wordsOf(error))
        setState((before) => ({ ...before, path, error: known, isLoading: false }))
      }
      if (everyMs !== undefined && !abort.signal.aborted) timer = setTimeout(again, everyMs)
    }
    const again = (): void => {
      if (document.visibilityState === 'hidden') timer = setTimeout(again, everyMs)
      else void load()
    }
    setState((before) =>
      before.path === path
        ? { ...before, isLoading: true }
        : { path, value: undefined, error: undefined, isLoading: true },
    )
    void load()
    return () => {
      abort.abort()
      clearTimeout(timer)
    }
  }, [path, turn, everyMs])
  const { value, error, isLoading } = state
  return { value, error, isLoading: isLoading && path !== null, reload }
}
