/** Functions that have another value each time they are called, so that no two engines agree about them. */
import { recovered } from '../base/failure.ts'
import { calledIn } from '../flink/own-functions.ts'
import { RANDOM_FUNCTIONS } from '../sql/expression/fold.ts'
import { CLOCK_FUNCTIONS } from '../sql/function/time/now.ts'
import { parseQuery } from '../sql/syntax/parse.ts'

/** Those that a statement calls, each once, in upper case. */
export function calledOfTheMoment(sql: string): readonly string[] {
  const called = recovered(
    ['sql', 'limit'],
    () => calledIn(parseQuery(sql)),
    () => [],
  )
  const names = called.map(({ name }) => name)
  return [...new Set(names.filter((name) => CLOCK_FUNCTIONS.has(name) || RANDOM_FUNCTIONS.has(name)))]
}
