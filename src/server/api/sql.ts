/** What the addresses below `/api/v1/sql` answer, for the pages of the dashboard. */

export type { HistoryOutcome } from '../../run/console/over-history.ts'
export type { StreamCounts } from '../../run/console/over-stream.ts'
export type { StatementMode } from '../../run/console/statement.ts'
export type { Completions } from '../../sql/complete/complete.ts'
export type { Completion } from '../../sql/complete/offers.ts'
export type { SqlColumn, SqlProblem, StatementColumns } from '../routes/sql/asked.ts'
export type { CheckedStatement } from '../routes/sql/check.ts'
