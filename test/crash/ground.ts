/** What a life of some kind reads, how its process is started, and who judges what it has left. */
import type { Random } from '../../src/base/random.ts'
import type { Feed } from './feed.ts'
import type { Orders } from './kill-disk.ts'
import type { Outcome } from './outcome.ts'
import { type Inputs, PARTITIONS } from './pipeline.ts'
import type { ProcessOptions } from './process.ts'
import { type Ended, type Running, type Start, startProcess } from './run-process.ts'

export const LINES = 2500

export type Ground = {
  readonly feed: Feed
  /** Of the longest file. */
  readonly lines: number
  /** It grows in one step of so many. */
  readonly pauses: number
  /** Writes the pipeline file; the last time without what does not end. */
  write(isLast: boolean): void
  start(): Start
  /** Asked before each round: what is wrong with the disk. */
  orders(): Orders
  rotate(): void
  /** Does what is to be done while a process runs. */
  attend(running: Running): Promise<void>
  /** Looks at a process that was stopped cleanly; the moment that this shows to be hit, if any. */
  stopped(ended: Ended): Promise<string | undefined>
  /** After the end; `beside` is a new folder, for a run to compare with. In words, what is wrong. */
  judge(beside: string): Promise<string | undefined>
}

export type GroundPlace = { readonly seed: number; readonly folder: string; readonly random: Random }

/** Nothing to do. */
export const QUIET: Pick<Ground, 'pauses' | 'orders' | 'rotate' | 'attend' | 'stopped'> = {
  pauses: 1,
  orders: () => ({}),
  rotate() {},
  async attend() {},
  stopped: async () => undefined,
}

export async function runToEnd(start: { readonly folder: string; readonly options: ProcessOptions }): Promise<void> {
  const { code, said } = await startProcess({ ...start, untilEnd: true }).ended
  if (code !== 0) throw new Error(`a run to the end ended with ${code}: ${said}`)
}

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

/** Of each, as many of the last ones as were found. */
export const tailsOf = (whole: Outcome, found: Outcome): Outcome =>
  new Map([...whole].map(([name, lines]) => [name, lines.slice(lines.length - (found.get(name)?.length ?? 0))]))
