/** What can be written at the caret: asked of the server, which knows the language and the tables, when a person pauses. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Completions, StatementMode } from '../../../src/server/api/sql.ts'
import { post } from '../../api/client.ts'

const PAUSE_MS = 100

export type Completing = {
  /** Undefined: no list is shown. */
  readonly found: Completions | undefined
  /** The place in it that the keys have come to. */
  readonly chosen: number
  close(): void
  /** `isWanted`: asked for by a key; else only where a word or a place for one begins. */
  ask(sql: string, offset: number, isWanted: boolean): void
  move(by: number): void
}

export function useCompletions(mode: StatementMode): Completing {
  const [found, setFound] = useState<Completions | undefined>(undefined)
  const [chosen, setChosen] = useState(0)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const turn = useRef(0)
  useEffect(() => () => clearTimeout(timer.current), [])
  const close = (): void => {
    clearTimeout(timer.current)
    turn.current++
    setFound(undefined)
  }
  const load = async (sql: string, offset: number): Promise<void> => {
    const own = ++turn.current
    const answer = await post<Completions>('/api/v1/sql/complete', { sql, offset, mode }).catch(() => undefined)
    if (own !== turn.current) return
    const typed = sql.slice(answer?.start ?? offset, offset)
    const isWhole = answer?.items.length === 1 && answer.items[0]?.label.toUpperCase() === typed.toUpperCase()
    setFound(answer === undefined || answer.items.length === 0 || isWhole ? undefined : answer)
    setChosen(0)
  }
  return {
    found,
    chosen,
    close,
    ask(sql, offset, isWanted) {
      clearTimeout(timer.current)
      if (isWanted) void load(sql, offset)
      else if (/[\w$.(]$|\b(?:from|join|by) $/i.test(sql.slice(0, offset))) {
        timer.current = setTimeout(() => void load(sql, offset), PAUSE_MS)
      } else close()
    },
    move(by) {
      const count = found?.items.length ?? 0
      setChosen((before) => (count === 0 ? 0 : (before + by + count) % count))
    },
  }
}
