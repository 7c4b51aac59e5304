/**
 * Server-sent events. A stream that breaks is opened again, and goes on behind the last event that came: `Last-Event-ID`. It is
 * read by `fetch` rather than by EventSource, which cannot tell why the server refused it, and gives up where it did.
 *
 * A page that nobody sees has no streams: a browser allows six connections to one server, for all its tabs.
 */
import { useEffect, useRef } from 'preact/hooks'
import { ApiError, answerOf, needsToken, wordsOf } from './client.ts'
import { openEventReader, type ServerEvent } from './event-reader.ts'

/** `connecting` is the first time only: a stream that was lost stays lost until it is open. `refused`: the server said no, in `text`. */
export type LinkState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  | { readonly kind: 'lost'; readonly text: string }
  | { readonly kind: 'refused'; readonly text: string; readonly status: number }

export type EventListeners = {
  onEvent(event: ServerEvent): void
  onState?(state: LinkState): void
}

const FIRST_WAIT_MS = 500
const MAX_WAIT_MS = 5000
/** A server that says nothing for this long is gone: it sends a comment at least every 15 s. */
const SILENCE_MS = 40_000
/** A page that was hidden for this long gives its streams up. */
const HIDDEN_MS = 30_000

/** Opens a stream; the function that it gives closes it. */
export function openEvents(path: string, { onEvent, onState = () => {} }: EventListeners): () => void {
  const reader = { lastId: '' }
  let isClosed = false
  let waitMs = FIRST_WAIT_MS
  let timer: ReturnType<typeof setTimeout> | undefined
  let hiding: ReturnType<typeof setTimeout> | undefined
  let abort: AbortController | undefined
  const begin = (): void => {
    clearTimeout(timer)
    if (isClosed || abort !== undefined) return
    const own = new AbortController()
    abort = own
    const opened = () => {
      waitMs = FIRST_WAIT_MS
      onState({ kind: 'open' })
    }
    follow(path, reader, { signal: own.signal, abort: () => own.abort(), opened, onEvent })
      .catch((error: unknown) => error)
      .then((error: unknown) => {
        if (abort !== own) return
        abort = undefined
        onState(stateOf(error))
        // Without the token the answer will be the same.
        if (needsToken.get()) return
        timer = setTimeout(begin, waitMs)
        waitMs = Math.min(2 * waitMs, MAX_WAIT_MS)
      })
  }
  const end = (): void => {
    clearTimeout(timer)
    const own = abort
    abort = undefined
    own?.abort()
  }
  const seen = (): void => {
    clearTimeout(hiding)
    if (document.visibilityState === 'hidden') hiding = setTimeout(end, HIDDEN_MS)
    else begin()
  }
  const ending = needsToken.listen(() => {
    if (!needsToken.get()) begin()
  })
  document.addEventListener('visibilitychange', seen)
  onState({ kind: 'connecting' })
  begin()
  return () => {
    isClosed = true
    clearTimeout(hiding)
    ending()
    document.removeEventListener('visibilitychange', seen)
    end()
  }
}

type Following = {
  readonly signal: AbortSignal
  abort(): void
  opened(): void
  onEvent(event: ServerEvent): void
}

/** Reads one connection to its end. */
async function follow(path: string, state: { lastId: string }, { signal, abort, opened, onEvent }: Following) {
  const headers: Record<string, string> = { accept: 'text/event-stream' }
  if (state.lastId !== '') headers['last-event-id'] = state.lastId
  let silence = setTimeout(abort, SILENCE_MS)
  try {
    const { body } = await answerOf(path, { headers, signal, cache: 'no-store' })
    if (body === null) return
    opened()
    const events = openEventReader(state.lastId)
    const texts = body.pipeThrough(new TextDecoderStream()).getReader()
    for (let read = await texts.read(); !read.done; read = await texts.read()) {
      clearTimeout(silence)
      silence = setTimeout(abort, SILENCE_MS)
      for (const event of events.read(read.value)) onEvent(event)
      state.lastId = events.lastId()
    }
  } finally {
    clearTimeout(silence)
  }
}

const stateOf = (error: unknown): LinkState =>
  error instanceof ApiError && error.status !== 0
    ? { kind: 'refused', text: error.message, status: error.status }
    : { kind: 'lost', text: error === undefined ? 'the server ended the stream' : wordsOf(error) }

/** A stream for as long as the component is there; `path` null: none. The listeners may be new ones at each render. */
export function useEvents(path: string | null, listeners: EventListeners): void {
  const latest = useRef(listeners)
  latest.current = listeners
  useEffect(() => {
    if (path === null) return
    return openEvents(path, {
      onEvent: (event) => latest.current.onEvent(event),
      onState: (state) => latest.current.onState?.(state),
    })
  }, [path])
}
