/**
 * What Flink says when a statement, a session or a job goes wrong, in plain words. The gateway answers with a stack trace of
 * Java; the last cause in it says what is wrong, and where in the statement.
 */
import { Failure } from '../../base/failure.ts'
import { oneLine } from '../../base/one-line.ts'

/** Longest text of Flink that is kept, in UTF-16 units. */
const MESSAGE_LENGTH = 300

export type FlinkError = {
  readonly kind: 'error'
  /** parse: not the grammar. validate: refused before it runs. runtime: its job failed. */
  readonly error: 'parse' | 'validate' | 'runtime'
  /** In the words of Flink, without names of classes in front. */
  readonly message: string
  /** Where in the statement, where Flink says so; both count from 1. */
  readonly at?: { readonly line: number; readonly column: number }
}

/** The error in the texts of an answer. `hasRun`: the job was sent off. */
export function flinkError(errors: readonly string[], hasRun: boolean): FlinkError {
  const lines = errors.join('\n').split('\n')
  const causes = lines.filter((line) => /^Caused by: /.test(line)).map((line) => line.slice('Caused by: '.length))
  const thrown = lines.filter((line) =>
    /^(<Exception on server side:)?(org|java)\.[\w.]+(Exception|Error): /.test(line),
  )
  const last = causes.at(-1) ?? thrown.at(-1) ?? lines.find((line) => line !== 'Internal server error.') ?? ''
  const isParse = causes.some((cause) => /SqlParserException|SqlParseException|SQL parse failed/.test(cause))
  const isRuntime = hasRun || causes.some((cause) => /JobExecutionException|Failed to fetch next result/.test(cause))
  const at = lines.map((line) => /\b(?:at|from) line (\d+), column (\d+)/i.exec(line)).find((found) => found !== null)
  return {
    kind: 'error',
    error: isParse ? 'parse' : isRuntime ? 'runtime' : 'validate',
    message: oneLine(last.replace(/^<Exception on server side:/, '').replace(CLASSES, ''), MESSAGE_LENGTH),
    ...(at !== undefined && { at: { line: Number(at[1]), column: Number(at[2]) } }),
  }
}

/** `org.apache.calcite.runtime.CalciteContextException: `, once or more. */
const CLASSES = /^(?:(?:[a-z]\w*\.)+[\w$]+: )+/

/** The error of a statement as a Failure: `what` was asked, as in "Flink does not take query hits". */
export function flinkErrorFailure(what: string, { error, message, at }: FlinkError): Failure {
  const where = at === undefined || /\bline \d+/.test(message) ? '' : ` (line ${at.line}, column ${at.column})`
  return new Failure(error === 'runtime' ? 'io' : 'sql', `${what}: ${message}${where}`)
}

/** Where a server that does not answer as the gateway does may be something else. */
export const NOT_A_GATEWAY =
  'The address is that of Flink’s SQL Gateway (`bin/sql-gateway.sh start`), port 8083 unless set; 8081 is the JobManager’s.'

/** The texts of `{"errors": […]}`; undefined: the answer is not one of Flink. */
export function errorTexts(text: string): readonly string[] | undefined {
  try {
    const { errors } = JSON.parse(text) as { readonly errors?: unknown }
    return Array.isArray(errors) ? errors.map(String) : undefined
  } catch {
    return undefined
  }
}

/** The Failure of a session that the gateway has let go: after a restart, or ten minutes without a question. */
export const isSessionGone = (errors: readonly string[]): boolean =>
  errors.some((text) => /Session '[^']*' does not exist/.test(text))

/** The JobManager is asked, and knows no such job. */
export const isJobUnknown = (errors: readonly string[]): boolean =>
  errors.some((text) => /\b(?:Flink)?Job(?:Not|\b.* not )found/i.test(text))

/** Another server of Flink is asked, as the SQL Gateway, which has no such path: that says nothing of a job. */
export const isPathUnknown = (errors: readonly string[]): boolean => errors.some((text) => /^Not found: \//.test(text))
