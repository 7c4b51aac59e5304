/** What the addresses below `/api/v1/sql` answer, also for the pages of the dashboard: this file needs no other code. */
export type { HistoryOutcome, StatementMode, StreamCounts } from '../../run/console/outcome.ts'
export type { Completion, Completions } from '../../sql/complete/completion.ts'

/** What is wrong with a statement; `line` and `column` count from 1. */
export type SqlProblem = {
  readonly message: string
  readonly hint: string | null
  readonly line: number | null
  readonly column: number | null
  /** Characters from there on that are at fault. */
  readonly length: number | null
}

export type SqlColumn = { readonly name: string; readonly type: string }

export type StatementColumns = {
  readonly columns: readonly SqlColumn[]
  /** The columns that tell a row from others; null: each row is one of its own. */
  readonly rowKey: readonly string[] | null
  /** Whether rows replace those before them with the same key. */
  readonly isChanging: boolean
}

/** Either `problems` or `result` has something. */
export type CheckedStatement = {
  readonly problems: readonly SqlProblem[]
  readonly warnings: readonly SqlProblem[]
  readonly result: (StatementColumns & { readonly reads: readonly string[] }) | null
}

/** `written`: its name as SQL writes it, in backquotes where it needs them. */
type Written = { readonly written: string }

export type SqlTable = Written & {
  readonly name: string
  /** `lookup` tables are only joined, `store` tables only read over history. */
  readonly kind: 'topic' | 'query' | 'view' | 'lookup' | 'store'
  readonly columns: readonly (SqlColumn & Written)[]
  /** The column of its event time, for windows. */
  readonly time: string | null
}
