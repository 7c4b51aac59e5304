/** Which engine runs the queries of a pipeline at work. */
import { isDeepStrictEqual } from 'node:util'
import { Failure } from '../../base/failure.ts'
import type { CheckedPipeline } from '../../pipeline/checked.ts'

/** Throws a Failure where the engine is another one than that at work. */
export function refuseOtherEngine(now: CheckedPipeline, next: CheckedPipeline): void {
  if (isDeepStrictEqual(now.engine, next.engine)) return
  throw new Failure('pipeline', 'the engine is another one now: that cannot change while it runs', {
    hint: 'Stop the run, and start it again: then the other engine takes over.',
  })
}
