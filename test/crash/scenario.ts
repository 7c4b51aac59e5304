/** The scenario of a kind of life: what the process reads, how it is started, and how its outcome is judged. */
import type { Random } from '../../src/base/random.ts'
import type { Ended } from '../cli/tailrace.ts'
import type { Feed } from './feed.ts'
import type { Orders } from './kill-disk.ts'
import type { Outcome } from './outcome.ts'
import { type Inputs, PARTITIONS } from './pipeline.ts'
import type { ProcessOptions } from './process.ts'
import { type Start, type Started, startProcess } from './run-process.ts'

export const LINES = 2500

export type Scenario = {
  readonly feed: Feed
  /** The number of lines of the longest file. */
  readonly lines: number
  /** The files grow in one step of this number. */
  readonly pauses: number
  /** Writes the pipeline file; the last one has only sources that end. */
  write(isLast: boolean): void
  start(): Start
  /** The troubles of the disk in the next round. */
  orders(): Orders
  rotate(): void
  /** Works while a process runs. */
  attend(running: Started): Promise<void>
  /** Inspects the outcome of a clean stop; gives the moment that it hit, if any. */
  stopped(ended: Ended): Promise<string | undefined>
  /** Judges the outcome: the mistake in words, if any. `beside` is a new folder, for a run to compare with. */
  judge(beside: string): Promise<string | undefined>
}

export type ScenarioOptions = { readonly seed: number; readonly folder: string; readonly random: Random }

/** The defaults: nothing happens. */
export const QUIET: Pick<Scenario, 'pauses' | 'write' | 'orders' | 'rotate' | 'attend' | 'stopped'> = {
  pauses: 1,
  write() {},
  orders: () => ({}),
  rotate() {},
  async attend() {},
  stopped: async () => undefined,
}

/** Runs a process to its end, which must be a good one. */
export async function runUndisturbed(start: {
  readonly folder: string
  readonly options: ProcessOptions
}): Promise<void> {
  const { code, stderr } = await startProcess({ ...start, untilEnd: true }).ended
  if (code !== 0) throw new Error(`a run to the end ended with ${code}: ${stderr}`)
}

/** The records of each partition: line n is in partition n % partitions. */
export function placesOf(inputs: Partial<Inputs>): Outcome {
  const expected = new Map<string, readonly string[]>()
  for (const topic of ['access', 'orders'] as const) {
    const lines = inputs[topic]
    if (lines === undefined) continue
    for (let partition = 0; partition < PARTITIONS[topic]; partition++) {
      const own = lines.filter((_, number) => number % PARTITIONS[topic] === partition)
      expected.set(
        `${topic}-${partition}`,
        own.map((line) => `\t${line}`),
      )
    }
  }
  return expected
}

/** The last records of each partition, in the number that was found. */
export const tailsOf = (whole: Outcome, found: Outcome): Outcome =>
  new Map([...whole].map(([name, lines]) => [name, lines.slice(lines.length - (found.get(name)?.length ?? 0))]))
