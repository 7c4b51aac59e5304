/** Gives the lines that make the statement a query of the pipeline file. The file itself is the reader's to change. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { post } from '../../api/client.ts'
import { CodeBlock } from '../../part/code-block.tsx'
import { Dialog } from '../../part/dialog.tsx'
import { ErrorNote } from '../../part/error-note.tsx'

type Props = { readonly sql: string; onClose(): void }
type Lines = { readonly yaml: string; readonly then: string }

export function KeepDialog({ sql, onClose }: Props): VNode {
  const [name, setName] = useState('')
  const [lines, setLines] = useState<Lines | undefined>(undefined)
  const [error, setError] = useState<unknown>(undefined)
  const ask = (event: Event): void => {
    event.preventDefault()
    setError(undefined)
    post<Lines>('/api/v1/sql/keep', { sql, name }).then(setLines, (thrown: unknown) => {
      setLines(undefined)
      setError(thrown)
    })
  }
  return (
    <Dialog title="Keep as a query" onClose={onClose}>
      <form class="sql-keep" onSubmit={ask}>
        <label class="field">
          <span>Name of the query</span>
          <input value={name} required onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <button type="submit" class="button is-primary">
          Show the lines
        </button>
      </form>
      {error === undefined ? null : <ErrorNote error={error} />}
      {lines === undefined ? null : (
        <>
          <p class="sql-keep-text">
            Put these lines into the pipeline file, and then reload it: it goes on without a gap.
          </p>
          <CodeBlock text={lines.yaml} label="Lines for the pipeline file" />
          <p class="sql-keep-text">
            <code>{lines.then}</code>
          </p>
        </>
      )}
    </Dialog>
  )
}
