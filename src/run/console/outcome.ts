/** What a statement is asked of, and what became of it. */

export type StatementMode = 'history' | 'live'

export type HistoryOutcome = {
  readonly records: number
  readonly rows: number
  readonly undecodable: number
  readonly failed: number
  /** Whether there were more rows than wanted. */
  readonly isCut: boolean
}

export type StreamCounts = {
  readonly records: number
  readonly rows: number
  readonly undecodable: number
  readonly late: number
  readonly failed: number
}
