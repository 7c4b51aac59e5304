/** The statements that were run in this browser, the newest first, and the one that is being written. */
import type { StatementMode } from '../../../src/server/api/sql.ts'

export type KeptStatement = { readonly sql: string; readonly mode: StatementMode }

const DRAFT = 'tailrace.sql.draft'
const HISTORY = 'tailrace.sql.history'
const MOST = 30

export const readDraft = (): KeptStatement | undefined => read<KeptStatement>(DRAFT)
export const keepDraft = (draft: KeptStatement): void => write(DRAFT, draft)
export const readStatements = (): readonly KeptStatement[] => read<readonly KeptStatement[]>(HISTORY) ?? []

/** Puts a statement first; the same one is there once. */
export function rememberStatement(statement: KeptStatement): void {
  const others = readStatements().filter(({ sql, mode }) => sql !== statement.sql || mode !== statement.mode)
  write(HISTORY, [statement, ...others].slice(0, MOST))
}

/** A browser may keep nothing for a page, or something that another version wrote. */
function read<T>(key: string): T | undefined {
  try {
    return (JSON.parse(localStorage.getItem(key) ?? 'null') as T | null) ?? undefined
  } catch {
    return undefined
  }
}

function write(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value))
  } catch {
    // The page works without it.
  }
}
