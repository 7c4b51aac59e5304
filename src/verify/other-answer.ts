/** What the other engine answers, or why it gives no answer. */
import { Failure } from '../base/failure.ts'
import type { CellRow } from './compare.ts'

/** The rows of an answer, and the names of its columns. */
export type OtherAnswer = {
  readonly columns: readonly string[]
  readonly rows: readonly CellRow[]
  /** Columns that are floating-point numbers there, and are not here. */
  readonly inexact?: readonly number[]
}

/** The other engine was not asked, or gave no answer: why. */
export type NotAsked = { readonly notAsked: Failure }

/** The answer, or the Failure by which there is none. Rejects with what is no Failure. */
export const answerOrFailure = (answer: Promise<OtherAnswer>): Promise<OtherAnswer | Failure> =>
  answer.catch((error: unknown) => {
    if (error instanceof Failure) return error
    throw error
  })

/** Throws a Failure where the engines do not give the same columns. */
export function refuseOtherColumns(ours: readonly string[], theirs: readonly string[]): void {
  if (ours.join('\0') === theirs.join('\0')) return
  throw new Failure('io', `the columns differ: ${ours.join(', ')} here, ${theirs.join(', ')} there`)
}
