/** The options of a run that others may look at. They stand apart, as parts know the options of a run, and who looks knows the parts. */
import type { RunOptions } from '../run-options.ts'
import type { ServedRun } from './served-run.ts'

export type ServedOptions = RunOptions & {
  /** Serves the run to others until it is disposed of; not given, nobody listens. It is open before anything else. */
  readonly serve?: (run: ServedRun) => Promise<AsyncDisposable>
}
