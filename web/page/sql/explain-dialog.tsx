/** The plan of the statement, in the words of `tailrace explain`. */
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { StatementMode } from '../../../src/server/api/sql.ts'
import { post } from '../../api/client.ts'
import { CodeBlock } from '../../part/code-block.tsx'
import { Dialog } from '../../part/dialog.tsx'
import { ErrorNote } from '../../part/error-note.tsx'

type Props = { readonly sql: string; readonly mode: StatementMode; onClose(): void }

export function ExplainDialog({ sql, mode, onClose }: Props): VNode {
  const [text, setText] = useState('')
  const [error, setError] = useState<unknown>(undefined)
  useEffect(() => {
    post<{ readonly text: string }>('/api/v1/sql/explain', { sql, mode }).then(
      (answer) => setText(answer.text),
      (thrown: unknown) => setError(thrown),
    )
  }, [sql, mode])
  return (
    <Dialog title="Plan" place="side" onClose={onClose}>
      {error === undefined ? <CodeBlock text={text} label="The plan of the statement" /> : <ErrorNote error={error} />}
    </Dialog>
  )
}
