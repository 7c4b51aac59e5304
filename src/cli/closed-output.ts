/**
 * What `run` does when nobody reads its standard output any more, as after `| head -1`. Where it was there for its reader
 * alone, as no sink but `console` has anything to do, it stops cleanly. Otherwise everything else goes on.
 */
import { Failure } from '../base/failure.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import type { SharedOutput } from '../terminal/output.ts'

/** A pipe whose reader has gone, and a terminal that is closed. */
const GONE: readonly unknown[] = ['EPIPE', 'EIO', 'ECONNRESET']

export type ClosedOutput = {
  /** Throws the Failure of an output that could not be written. */
  check(): void
}

type Run = {
  readonly output: SharedOutput
  readonly stop: AbortController
  /** The pipeline as it is now. */
  pipeline(): CheckedPipeline
  say(text: string): void
}

/** Takes over the errors of the output from the rest of the program. */
export function watchOutput({ output, stop, pipeline, say }: Run): ClosedOutput {
  let failure: Failure | undefined
  output.stream.removeAllListeners('error')
  output.stream.on('error', (error: NodeJS.ErrnoException) => {
    if (output.isClosed) return
    output.close()
    const { sinks } = pipeline()
    const [shown, others] = [true, false].map((isConsole) =>
      sinks.filter(({ type }) => (type.name === 'console') === isConsole).map(({ name }) => name),
    ) as [string[], string[]]
    const isGone = GONE.includes(error.code)
    const what = isGone
      ? 'nobody reads standard output any more'
      : `standard output cannot be written: ${error.message}`
    if (others.length > 0) {
      const which = `sink${shown.length === 1 ? '' : 's'} ${shown.join(', ')}`
      say(`warning: ${what}: ${which} show${shown.length === 1 ? 's' : ''} no more rows, and everything else goes on`)
      return
    }
    if (!isGone) failure = new Failure('io', what, { cause: error })
    stop.abort()
  })
  return {
    check() {
      if (failure !== undefined) throw failure
    },
  }
}
