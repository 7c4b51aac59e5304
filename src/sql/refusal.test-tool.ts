/** For tests of refusals: the Failure that some work throws, and its text. */
import { describeFailure, Failure } from '../base/failure.ts'

/** The Failure that `work` throws; undefined where it succeeds. Other errors pass through. */
export function failureOf(work: () => unknown): Failure | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
}

/** The message, line, caret and hint that a terminal shows of the Failure; 'accepted' where `work` succeeds. */
export function refusalText(work: () => unknown): string {
  const failure = failureOf(work)
  return failure === undefined ? 'accepted' : describeFailure(failure)
}
