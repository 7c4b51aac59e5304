/** The examples of docs/functions.md as statements, without those of functions that Flink does not have, and without numbers of chance. */
import { EXAMPLES } from '../../../src/sql/function/examples.ts'
import type { Statement } from './statements.ts'

const NOT_ASKED = /^(RAND|RAND_INTEGER|IP_\w+|URL_PATH|URL_PARAMETER|USER_AGENT_\w+|MASK|HMAC_SHA256)$/

export const exampleStatements: readonly Statement[] = [...EXAMPLES]
  .filter(([name]) => !NOT_ASKED.test(name))
  .map(([name, expression]) => ({
    group: `example ${name}`,
    mode: 'batch',
    sql: `SELECT ${expression} AS r`,
    ordered: false,
  }))
