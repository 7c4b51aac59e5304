/** The pattern of an option, which is looked for in lines. */
import { Buffer } from 'node:buffer'
import { Failure } from '../../base/failure.ts'
import { openMatcher } from '../../regex/matcher.ts'
import { PatternProblem } from '../../regex/problem.ts'
import { readRecordRegex } from '../../regex/read-java.ts'
import { withoutCr } from '../scan/record-decoder.ts'

/** Whether the pattern is found in the line [from, end). */
export type LinePattern = (bytes: Uint8Array, from: number, end: number) => boolean

/** Opens the pattern of an option. Throws a Failure `usage` for one that is none, or is not supported. */
export function linePattern(pattern: string, option: string): LinePattern {
  const matcher = readPattern(option, () => {
    const opened = openMatcher(pattern)
    if (opened === undefined) readRecordRegex(pattern)
    return opened
  })
  return (bytes, from, end) => {
    const length = withoutCr(bytes, from, end) - from
    return matcher?.test(Buffer.from(bytes.buffer, bytes.byteOffset + from, length).toString()) === true
  }
}

/** What `read` makes of the pattern of an option; its PatternProblem is a Failure `usage`. */
export function readPattern<Read>(option: string, read: () => Read): Read {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof PatternProblem)) throw error
    throw new Failure('usage', `${option}: ${error.message}`, { part: [option], hint: error.hint, cause: error })
  }
}
