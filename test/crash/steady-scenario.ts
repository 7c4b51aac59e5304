/**
 * Two files that are read in order, by a process with small segments (`steady`), by one that deletes the records that were
 * read (`trimmed`), or by the command line (`cli`). The outcome is that of an undisturbed process; of a topic with
 * retention, the end of it.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Random } from '../../src/base/random.ts'
import { type Feed, openFeed } from './feed.ts'
import { difference, type Outcome, only, readOutcome } from './outcome.ts'
import { type Inputs, makeInputs, PIPELINE } from './pipeline.ts'
import { LINES, placesOf, QUIET, runUndisturbed, type Scenario, type ScenarioOptions, tailsOf } from './scenario.ts'

const RETENTION = { timeMs: undefined, bytes: 24_000, limit: 48_000, whenFull: 'block' } as const

/** One of the three scenarios over two files. */
export function openSteady(kind: 'steady' | 'trimmed' | 'cli', { seed, folder, random }: ScenarioOptions): Scenario {
  const inputs = makeInputs(seed, LINES)
  const options = kind === 'cli' ? undefined : kind === 'trimmed' ? { retention: RETENTION } : {}
  const feed = fill(folder, inputs, random)
  return {
    ...QUIET,
    feed,
    lines: LINES,
    start: () => ({ folder, options }),
    async judge(beside) {
      const expected = await undisturbed(inputs, beside)
      const found = await readOutcome(folder)
      if (kind !== 'trimmed') return misplaced(found, inputs) ?? difference(found, expected)
      return trimmedDifference(found, expected)
    },
  }
}

function fill(folder: string, inputs: Inputs, random: Random): Feed {
  writeFileSync(join(folder, 'p.yaml'), PIPELINE)
  return openFeed(new Map(Object.entries(inputs).map(([name, lines]) => [join(folder, `${name}.log`), lines])), random)
}

/** The outcome of an undisturbed process over the same lines, all there from the start. */
async function undisturbed(inputs: Inputs, folder: string): Promise<Outcome> {
  mkdirSync(folder)
  fill(folder, inputs, { next: () => 0, below: () => 0 }).grow(LINES)
  await runUndisturbed({ folder, options: {} })
  const outcome = await readOutcome(folder)
  const problem = misplaced(outcome, inputs)
  if (problem !== undefined) throw new Error(`even undisturbed: ${problem}`)
  return outcome
}

const isFilled = (name: string): boolean => /^(access|orders)-\d+$/.test(name)

/** Checks that line n of a file is in partition n % partitions, once and in order. */
function misplaced(outcome: Outcome, inputs: Inputs): string | undefined {
  return difference(only(outcome, isFilled), placesOf(inputs))
}

/** The first records of the topics may be gone; all results must be there. */
function trimmedDifference(found: Outcome, expected: Outcome): string | undefined {
  const isTrimmed = (name: string) => isFilled(name) || /^(access|orders)\.dead-/.test(name)
  const wrong = difference(
    only(found, (name) => !isTrimmed(name)),
    only(expected, (name) => !isTrimmed(name)),
  )
  if (wrong !== undefined) return wrong
  const filled = only(expected, isFilled)
  if (![...filled].some(([name, lines]) => (found.get(name)?.length ?? 0) < lines.length)) return 'nothing was deleted'
  for (const [name, letters] of only(found, (name) => /dead-/.test(name))) {
    const known = new Set(expected.get(name))
    const odd = letters.find((letter) => !known.has(letter))
    if (odd !== undefined || new Set(letters).size < letters.length) return `${name} has ${odd ?? 'a letter twice'}`
  }
  return difference(only(found, isFilled), tailsOf(filled, found))
}
