/** What requests about statements have in common. */
import * as z from 'zod'
import { describeFailure, Failure, failuresIn } from '../../../base/failure.ts'
import { typeName } from '../../../record/type.ts'
import { type ConsoleStatement, planStatement } from '../../../run/console/statement.ts'
import { RequestError } from '../../../source/request-error.ts'
import type { Query } from '../../../sql/plan/plan.ts'
import type { SqlColumn, SqlProblem, StatementColumns, StatementMode } from '../../api/sql.ts'
import { type OpenRun, openRunOf } from '../../open-run.ts'
import type { RouteContext } from '../route.ts'

/** Characters of a statement: more is refused before it is read. */
const LONGEST = 50_000

export const sqlText: z.ZodType<string> = z.string().min(1).max(LONGEST).describe('one statement')
export const statementMode: z.ZodType<StatementMode, StatementMode | undefined> = z
  .enum(['history', 'live'])
  .default('history')
  .describe('history: what the topics keep, as a report reads it; live: what comes in, as a query reads it')

export const sqlProblem: z.ZodType<SqlProblem> = z.strictObject({
  message: z.string(),
  hint: z.string().nullable(),
  line: z.int().nullable(),
  column: z.int().nullable(),
  length: z.int().nullable(),
})

export const sqlColumn: z.ZodType<SqlColumn> = z.strictObject({ name: z.string(), type: z.string() })

type Members<Of> = { [Name in keyof Of]-?: z.ZodType<Of[Name]> }

/** The members of what is said of a statement's columns. */
export const columnMembers: Members<StatementColumns> = {
  columns: z.array(sqlColumn),
  rowKey: z.array(z.string()).nullable(),
  isChanging: z.boolean(),
}

export const statementColumns: z.ZodType<StatementColumns> = z.strictObject(columnMembers)

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
