/** Functions whose values are others each time that they are asked, so that no two engines agree about them. */
import { recovered } from '../base/failure.ts'
import { calledIn } from '../flink/own-functions.ts'
import { parseQuery } from '../sql/syntax/parse.ts'

const NAMES: ReadonlySet<string> = new Set([
  'CURRENT_TIMESTAMP',
  'CURRENT_ROW_TIMESTAMP',
  'CURRENT_DATE',
  'CURRENT_TIME',
  'LOCALTIME',
  'LOCALTIMESTAMP',
  'NOW',
  'RAND',
  'RAND_INTEGER',
  'UUID',
])

/** Those that a statement calls, each once, in upper case. */
export function calledOfTheMoment(sql: string): readonly string[] {
  const called = recovered(
    ['sql', 'limit'],
    () => calledIn(parseQuery(sql)),
    () => [],
  )
  return [...new Set(called.map(({ name }) => name).filter((name) => NAMES.has(name)))]
}
