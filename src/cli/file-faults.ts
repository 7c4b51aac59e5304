/** Says what was not right with the files of a query, once its rows are out. */
import { Failure } from '../base/failure.ts'
import type { FileFault } from '../query/units.ts'
import { say } from './say.ts'

/** Warns of what is left out. Throws a Failure where something is missing that the files should have. */
export function tellFaults(faults: readonly FileFault[]): void {
  for (const { message, isLoss } of faults) if (!isLoss) say(`warning: ${message}`)
  const losses = faults
    .filter(({ isLoss }) => isLoss)
    .map(({ message, hint }) => new Failure('corrupt', message, { hint }))
  const [first, ...others] = losses
  if (first === undefined) return
  throw new Failure(first.code, `${first.message}; all else was read`, { hint: first.hint, also: others })
}
