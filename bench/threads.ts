/** The gain of `query` from a second core: the same process with one and with two, in turns, on logs of two lengths. */
import { type Log, mirrorLog, nasaLog } from './logs.ts'
import { type Contender, compare, cores, type Figure, race, save } from './measure.ts'
import { type Question, tailrace } from './questions.ts'

const RUNS = Number(process.env.BENCH_RUNS ?? 5)
const OURS = 'tailrace, two cores'

function pinned(name: string, count: number, question: Question, log: Log): Contender {
  const plain = tailrace(question, log)
  return { ...plain, name, command: ['taskset', '-c', cores(count), ...plain.command] }
}

const figures: Figure[] = []
for (const log of [nasaLog(), nasaLog(8_000_000), mirrorLog()]) {
  if (log === undefined) continue
  for (const question of ['q1', 'q2'] as const) {
    const both = [pinned(OURS, 2, question, log), pinned('one core', 1, question, log)]
    const measured = race(both, { cores: cores(2), runs: RUNS })
    figures.push(...compare(`${question}, ${log.name}`, measured, OURS, log.lines))
  }
}
save('threads', figures)
