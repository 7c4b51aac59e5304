/**
 * Engines at the same question, in turns. Every run of every engine must give the same rows as the first one. The first run of an
 * engine is its cold one: it is kept apart and does not count.
 */
import { loadNow } from '../kafka/child.ts'
import { FIRST_RUNS, median } from '../measure.ts'
import { compareRows } from './rows.ts'

/** What one run has taken, from its start, the start of a process or a statement that is sent, to its end. */
export type Run = {
  readonly seconds: number
  /** What the rate counts: for Flink the time of the job alone, without planning; else the same. */
  readonly workSeconds: number
  /** Until the first row could be seen; NaN where it was not looked for. */
  readonly firstSeconds: number
  /** Of the process that does the work: tailrace, or the TaskManager. */
  readonly cpuSeconds: number
  /** Of the JobManager and the SQL Gateway; 0 for tailrace. */
  readonly besideSeconds: number
  /** Of the broker; 0 where there is none. */
  readonly brokerSeconds: number
  /** The most resident memory: of tailrace, or of JobManager, TaskManager and gateway together. */
  readonly peakMiB: number
}

export type Racer = {
  readonly name: string
  run(): Promise<Run>
  /** The rows of the last run, in the form of `comparable`. */
  rows(): Promise<readonly string[]>
}

export type Raced = { readonly name: string; readonly cold: Run; readonly warm: Run }

const RUNS = Number(process.env.BENCH_RUNS ?? 2)
/** Racers of ours that have run often enough for V8's compiled code to be kept. */
const warmed = new Set<string>()

/** The medians of the runs of each, after a cold one. The rows of the first racer are those that all must have. */
export async function race(what: string, racers: readonly Racer[]): Promise<readonly Raced[]> {
  const all = new Map<string, Run[]>(racers.map(({ name }) => [name, []]))
  let expected: readonly string[] | undefined
  for (let round = 0; round <= RUNS; round++) {
    for (const racer of racers) {
      const run = await racer.run()
      if (isOwn(racer)) await warm(racer)
      const found = await racer.rows()
      expected ??= found
      compareRows(`${what}, ${racer.name}`, found, expected)
      all.get(racer.name)?.push(run)
    }
  }
  const raced = racers.map(({ name }) => {
    const [cold, ...others] = all.get(name) ?? []
    if (cold === undefined) throw new Error(`${name} did not run`)
    return { name, cold, warm: medianOf(others.length === 0 ? [cold] : others) }
  })
  console.log(`\n${what}: ${expected?.length} rows, all equal   ${loadNow()}`)
  for (const one of raced) console.log(lineOf(one))
  return raced
}

export const isOwn = ({ name }: { readonly name: string }): boolean => name.startsWith('tailrace')

async function warm(racer: Racer): Promise<void> {
  if (warmed.has(racer.name)) return
  warmed.add(racer.name)
  for (let run = 1; run < FIRST_RUNS; run++) await racer.run()
}

/** Of several, each of which was a racer under its name, the one that was fastest. */
export function fastest<One>(raced: readonly Raced[], ones: readonly One[], nameOf: (one: One) => string): One {
  const secondsOf = (one: One) =>
    raced.find(({ name }) => name === nameOf(one))?.warm.workSeconds ?? Number.POSITIVE_INFINITY
  return ones.reduce((best, one) => (secondsOf(one) < secondsOf(best) ? one : best))
}

const lineOf = ({ name, warm, cold }: Raced): string =>
  `  ${name.padEnd(34)}${warm.workSeconds.toFixed(2).padStart(7)} s of ${warm.seconds.toFixed(2).padStart(6)} s, ` +
  `CPU ${warm.cpuSeconds.toFixed(2).padStart(6)} + ${warm.besideSeconds.toFixed(2)} s, first row ${warm.firstSeconds.toFixed(2)} s, ` +
  `${warm.peakMiB.toFixed(0).padStart(5)} MiB   (cold ${cold.seconds.toFixed(2)} s)`

function medianOf(runs: readonly Run[]): Run {
  const of = (figure: keyof Run) => median(runs.map((run) => run[figure]))
  return {
    seconds: of('seconds'),
    workSeconds: of('workSeconds'),
    firstSeconds: of('firstSeconds'),
    cpuSeconds: of('cpuSeconds'),
    besideSeconds: of('besideSeconds'),
    brokerSeconds: of('brokerSeconds'),
    peakMiB: Math.max(...runs.map(({ peakMiB }) => peakMiB)),
  }
}
