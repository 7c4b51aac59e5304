/** What requests about statements have in common. */
import * as z from 'zod'
import { describeFailure, Failure, failuresIn } from '../../../base/failure.ts'
import { typeName } from '../../../record/type.ts'
import { type ConsoleStatement, planStatement, type StatementMode } from '../../../run/console/statement.ts'
import { RequestError } from '../../../source/request-error.ts'
import type { Query } from '../../../sql/plan/plan.ts'
import { type OpenRun, openRunOf } from '../../open-run.ts'
import type { RouteContext } from '../route.ts'

/** Characters of a statement: more is refused before it is read. */
const LONGEST = 50_000

export const sqlText: z.ZodType<string> = z.string().min(1).max(LONGEST).describe('one statement')
export const statementMode: z.ZodType<StatementMode, StatementMode | undefined> = z
  .enum(['history', 'live'])
  .default('history')
  .describe('history: what the topics keep, as a report reads it; live: what comes in, as a query reads it')

/** What is wrong with a statement; `line` and `column` count from 1. */
export type SqlProblem = {
  readonly message: string
  readonly hint: string | null
  readonly line: number | null
  readonly column: number | null
  /** Characters from there on that are at fault. */
  readonly length: number | null
}

export const sqlProblem: z.ZodType<SqlProblem> = z.strictObject({
  message: z.string(),
  hint: z.string().nullable(),
  line: z.int().nullable(),
  column: z.int().nullable(),
  length: z.int().nullable(),
})

export type SqlColumn = { readonly name: string; readonly type: string }
export const sqlColumn: z.ZodType<SqlColumn> = z.strictObject({ name: z.string(), type: z.string() })

export type StatementColumns = {
  readonly columns: readonly SqlColumn[]
  /** The columns that tell a row from others; null: each row is one of its own. */
  readonly rowKey: readonly string[] | null
  /** Whether rows replace those before them with the same key. */
  readonly isChanging: boolean
}

export const statementColumns: z.ZodType<StatementColumns> = z.strictObject({
  columns: z.array(sqlColumn),
  rowKey: z.array(z.string()).nullable(),
  isChanging: z.boolean(),
})

/** The columns of a statement's rows, for the client. */
export function resultColumns({ plan, rowKey }: Query): StatementColumns {
  const names = rowKey?.map((column) => plan.fields[column]?.name ?? '')
  return {
    columns: plan.fields.map(({ name, type }) => ({ name, type: typeName(type) })),
    rowKey: names ?? null,
    isChanging: plan.kind === 'changes',
  }
}

export const problemsIn = (failure: Failure): readonly SqlProblem[] => failuresIn(failure).map(problemOf)

export const problemOf = ({ message, hint, place }: Failure): SqlProblem => ({
  message,
  hint: hint ?? null,
  line: place?.line ?? null,
  column: place?.column ?? null,
  length: place?.length ?? null,
})

export type Planned = OpenRun & { readonly statement: ConsoleStatement }

/** The statement, planned. Throws a RequestError with what is wrong with it, as the terminal shows it. */
export function plannedOf(sql: string, mode: StatementMode, { run }: RouteContext): Planned {
  const open = openRunOf(run)
  try {
    return { ...open, statement: planStatement(sql, mode, open.pipeline, run.clock.now()) }
  } catch (error) {
    if (error instanceof Failure) throw new RequestError(400, describeFailure(error))
    throw error
  }
}
