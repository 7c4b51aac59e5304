/** Asks for the token of a server that has one, and gives it to the server, which remembers this browser with a cookie. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { ApiError, needsToken, post, wordsOf } from '../api/client.ts'
import { ErrorNote } from '../part/error-note.tsx'

export function SignIn(): VNode {
  const [token, setToken] = useState('')
  const [error, setError] = useState<string | undefined>()
  const [isAsking, setAsking] = useState(false)
  const send = async (event: Event): Promise<void> => {
    event.preventDefault()
    setAsking(true)
    try {
      await post('/api/v1/session', { token })
      needsToken.set(false)
    } catch (failure) {
      const isWrong = failure instanceof ApiError && failure.status === 401
      setError(isWrong ? 'This is not the token of this server.' : wordsOf(failure))
    }
    setAsking(false)
  }
  return (
    <main class="sign-in">
      <form onSubmit={send}>
        <h1>tailrace</h1>
        <p>
          This server asks for its token: the one in the file that <code>--token-file</code> names.
        </p>
        <label for="token">Token</label>
        <input
          id="token"
          type="password"
          autocomplete="current-password"
          required
          value={token}
          onInput={({ currentTarget }) => setToken(currentTarget.value)}
        />
        {error === undefined ? null : <ErrorNote error={error} />}
        <button type="submit" class="button is-primary" disabled={isAsking || token === ''}>
          Sign in
        </button>
      </form>
    </main>
  )
}
