/** Runs of the source `http` against the server of the example, whose clock jumps: polls follow each other without a pause. */
import { onTestFinished } from 'vitest'
import { type PopulationOptions, type PopulationServer, startPopulation } from '../../../examples/population/server.ts'
import { type Delivered, runSource, type SourceRun } from '../../../test/contract/source.ts'
import type { Failure } from '../../base/failure.ts'
import { type JumpingClock, jumpingClock } from '../../base/jumping-clock.test-tool.ts'
import { seededRandom } from '../../base/random.ts'
import { http } from './http.ts'

/** A server that ends with the test. */
export async function startTestPopulation(options: Partial<PopulationOptions> = {}): Promise<PopulationServer> {
  const server = await startPopulation(options)
  onTestFinished(() => server.close())
  return server
}

export type Polls = {
  readonly all: readonly Delivered[]
  readonly warnings: readonly string[]
  /** What was said of the server, in order: the message of a failure, or undefined where it answered. */
  readonly reach: readonly (string | undefined)[]
  readonly failures: readonly (Failure | undefined)[]
  /** Pauses, in ms. */
  readonly slept: readonly number[]
}

/** Polls until the server has answered `polls` times, faults included. */
export async function pollTimes(
  polls: number,
  options: object,
  run: SourceRun & { clock?: JumpingClock } = {},
): Promise<Polls> {
  const stop = new AbortController()
  const warnings: string[] = []
  const unreachable: (Failure | undefined)[] = []
  const clock = run.clock ?? jumpingClock()
  const counted = Object.assign([] as (Failure | undefined)[], {
    push(failure: Failure | undefined): number {
      unreachable.push(failure)
      if (unreachable.length === polls) stop.abort()
      return unreachable.length
    },
  })
  const all = await runSource(
    http,
    { every: '1s', ...options },
    {
      untilEnd: false,
      random: seededRandom(1),
      clock,
      signal: stop.signal,
      warnings,
      unreachable: counted,
      ...run,
    },
  )
  return {
    all,
    warnings,
    reach: unreachable.map((failure) => failure?.message),
    failures: unreachable,
    slept: clock.slept,
  }
}
