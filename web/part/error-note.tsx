/** What went wrong, in the server's words, and what to do about it. It is read out when it appears. */
import type { VNode } from 'preact'
import { ApiError, wordsOf } from '../api/client.ts'

type Props = {
  /** A text, or what was thrown. */
  readonly error: unknown
  readonly hint?: string | undefined
  /** Shows a button that tries again. */
  readonly onRetry?: () => void
}

export function ErrorNote({ error, hint, onRetry }: Props): VNode {
  const text = wordsOf(error)
  const advice = hint ?? (error instanceof ApiError ? error.hint : undefined)
  return (
    <div class="error-note" role="alert">
      <p>
        <span class="error-note-mark" aria-hidden="true" />
        <span class="error-note-text">{text}</span>
      </p>
      {advice === undefined ? null : <p class="error-note-hint">{advice}</p>}
      {onRetry === undefined ? null : (
        <button type="button" class="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  )
}
