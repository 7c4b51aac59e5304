/**
 * What `tailrace query` or `tailrace watch` is asked: a statement on the command line, or in a file (`-f`), and the files that follow it. An
 * argument that stands in the wrong place is named, instead of being read as SQL.
 */
import { existsSync, readFileSync } from 'node:fs'
import { Failure } from '../../base/failure.ts'
import { withoutMark } from '../../bytes/mark.ts'
import { readFailure } from '../../query/read-lines.ts'
import { placedInFile } from '../../sql/syntax/problem.ts'
import { looksLikeSql } from '../option/statement-text.ts'

export type AskedStatement = {
  readonly sql: string
  /** The file that holds it; undefined where it is on the command line. */
  readonly file: string | undefined
  /** The other arguments: files, globs, or - for standard input. */
  readonly patterns: readonly string[]
}

const STDIN = '-'

/** The statement of a command line. Throws a Failure where there is none, or its file cannot be read. */
export function statementOf(args: readonly string[], file: string | undefined, command = 'query'): AskedStatement {
  if (file !== undefined) return { sql: sqlIn(file, args), file, patterns: args }
  const [sql, ...patterns] = args
  if (sql === undefined) {
    throw new Failure('usage', "missing required argument 'SQL'", {
      hint: 'Write a statement in quotes, or name a file that has one: -f FILE.',
    })
  }
  refuseFile(sql, patterns, command)
  return { sql, file, patterns }
}

/** A failure of the statement; one of a statement in a file is placed in that file. */
export const placedIn = ({ file }: Pick<AskedStatement, 'file'>, failure: Failure): Failure =>
  file === undefined ? failure : placedInFile(failure, { file: file === '-' ? 'stdin' : file, line: 1, column: 1 })

function sqlIn(file: string, patterns: readonly string[]): string {
  if (file === STDIN && patterns.includes(STDIN)) {
    throw new Failure('usage', 'standard input (-) can be the statement or a table, not both')
  }
  try {
    return withoutMark(readFileSync(file === STDIN ? 0 : file, 'utf8'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new Failure('not-found', `-f ${file}: no such file`, { cause: error })
    if (code === 'EISDIR') throw new Failure('usage', `-f ${file}: it is a folder, not a file with a statement`)
    throw readFailure(file, error)
  }
}

/** Refuses the name of a file in place of the statement; no statement could be such a name, with its blanks and signs. */
function refuseFile(sql: string, patterns: readonly string[], command: string): void {
  if (!existsSync(sql) && !/^[^\s"'`]+\.sql$/i.test(sql)) return
  const statement = patterns.find(looksLikeSql)
  if (statement !== undefined) {
    throw new Failure('usage', `${sql} is a file: the statement comes first`, {
      hint: `tailrace ${command} "SELECT …" ${[sql, ...patterns.filter((one) => one !== statement)].join(' ')}`,
    })
  }
  const rest = patterns.map((pattern) => ` ${pattern}`).join('')
  const hint = /\.sql$/i.test(sql)
    ? `tailrace ${command} -f ${sql}${rest}`
    : `tailrace ${command} "SELECT …" ${sql}${rest}`
  throw new Failure('usage', `${sql} is the name of a file, not a statement`, { hint })
}
