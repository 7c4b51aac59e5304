/** Questions to the server. What it refuses is an ApiError in its own words: `{ error, hint? }`. */
import { createStore, type Store } from './store.ts'

export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** Of HTTP; 0: no answer came. */
  readonly status: number
  readonly hint: string | undefined

  constructor(status: number, message: string, hint?: string) {
    super(message)
    this.status = status
    this.hint = hint
  }
}

/** Whether the server wants a token that this browser did not give. */
export const needsToken: Store<boolean> = createStore(false)

/** The answer to GET, which is JSON. Throws an ApiError. */
export const get = <T>(path: string, signal?: AbortSignal): Promise<T> => ask<T>(path, signal ? { signal } : {})

/** The answer to POST with a JSON body. Throws an ApiError. */
export const post = <T>(path: string, body: unknown = {}): Promise<T> =>
  ask<T>(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })

/** DELETE, and its answer, if there is one. Throws an ApiError. */
export const remove = <T>(path: string): Promise<T> => ask<T>(path, { method: 'DELETE' })

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  const response = await answerOf(path, init)
  const text = await response.text()
  // What these addresses answer is held to their types by the tests of the server.
  return (text === '' ? undefined : JSON.parse(text)) as T
}

/** The answer, which says that all is well; its body was not read. Throws an ApiError. */
export async function answerOf(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(path, { credentials: 'same-origin', ...init }).catch((error: unknown) => {
    if (init.signal?.aborted) throw error
    throw new ApiError(0, 'the server does not answer')
  })
  if (response.ok) return response
  if (response.status === 401) needsToken.set(true)
  const { error, hint } = await problemOf(response)
  throw new ApiError(response.status, error, hint)
}

async function problemOf(response: Response): Promise<{ readonly error: string; readonly hint?: string }> {
  const plain = { error: `the server answered ${response.status} ${response.statusText}`.trim() }
  try {
    const given: unknown = await response.json()
    return isProblem(given) ? given : plain
  } catch {
    return plain
  }
}

const isProblem = (given: unknown): given is { readonly error: string; readonly hint?: string } =>
  typeof given === 'object' && given !== null && 'error' in given && typeof given.error === 'string'

/** In words, for an ErrorNote. */
export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
