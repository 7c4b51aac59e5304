/** What is wrong with the statement that is being written: asked for when a person pauses. */
import { useEffect, useState } from 'preact/hooks'
import type { CheckedStatement, StatementMode } from '../../../src/server/api/sql.ts'
import { post } from '../../api/client.ts'

const PAUSE_MS = 250

/** Undefined until the first answer, and while there is no text. An old answer stays while a newer one is on its way. */
export function useCheck({
  sql,
  mode,
}: {
  readonly sql: string
  readonly mode: StatementMode
}): CheckedStatement | undefined {
  const [checked, setChecked] = useState<CheckedStatement | undefined>(undefined)
  useEffect(() => {
    let isOld = false
    const ask = async (): Promise<void> => {
      // A server that does not answer is said by the page; there is nothing to say of the statement then.
      const answer = await post<CheckedStatement>('/api/v1/sql/check', { sql, mode }).catch(() => undefined)
      if (!isOld) setChecked(answer)
    }
    if (sql.trim() === '') {
      setChecked(undefined)
      return
    }
    const timer = setTimeout(ask, PAUSE_MS)
    return () => {
      isOld = true
      clearTimeout(timer)
    }
  }, [sql, mode])
  return checked
}
