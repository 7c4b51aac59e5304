/** The pattern of an option, which is looked for in lines. */
import { Failure } from '../../base/failure.ts'
import { openSearch } from '../../regex/matcher.ts'
import { PatternProblem } from '../../regex/problem.ts'

/** Whether the pattern of an option is found in a line. Throws a Failure `usage` for one that is none, or is not supported. */
export function linePattern(pattern: string, option: string): (line: string) => boolean {
  const test = patternOf(option, () => openSearch(pattern))
  return (line) => test(line) === true
}

/** What `read` makes of the pattern of an option; its PatternProblem is a Failure `usage`. */
export function patternOf<Read>(option: string, read: () => Read): Read {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof PatternProblem)) throw error
    throw new Failure('usage', `${option}: ${error.message}`, { part: [option], hint: error.hint, cause: error })
  }
}
