/** The gain of `query` from a second core: the same process with one and with two, in turns, on logs of two lengths. */
import { type Log, mirrorLog, nasaLog } from './logs.ts'
import { type Contender, compare, cores, type Figure, race, save } from './measure.ts'
import { type Question, tailrace } from './questions.ts'

function pinned(name: string, count: number, question: Question, log: Log): Contender {
  const plain = tailrace(question, log)
  return { ...plain, name, command: ['taskset', '-c', cores(count), ...plain.command] }
}

const figures: Figure[] = []
for (const log of [await nasaLog(), await nasaLog(8_000_000), mirrorLog()]) {
  if (log === undefined) continue
  for (const question of ['q1', 'q2'] as const) {
    const both = [pinned('tailrace, two cores', 2, question, log), pinned('one core', 1, question, log)]
    figures.push(...compare(`${question}, ${log.name}`, race(both, 2), log.lines))
  }
}
save('threads', figures)
