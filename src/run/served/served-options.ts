/** The options of a run that others may look at. They stand apart, as parts know the options of a run, and the server knows the parts. */
import type { RunOptions } from '../run-options.ts'
import type { ServedRun } from './served-run.ts'

/** Serves the run to others until it is disposed of. */
export type Serve = (run: ServedRun) => Promise<Served>

export type Served = AsyncDisposable & {
  /** Called once all is done, however it ended, while the parts can still be asked. */
  ending?(): Promise<void>
}

export type ServedOptions = RunOptions & {
  /** Not given, nobody listens. It is open before anything else. */
  readonly serve?: Serve
}
