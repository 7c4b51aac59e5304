/**
 * Files of a glob that grow side by side and are rotated, requests over HTTP, clocks of quiet partitions, a report every
 * minute. The order of the lines of different files in a partition is chance, the results are not: a run over the same
 * topics and the same ticks has the same rows, files and dead letters.
 */
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodeDisk } from '../../src/base/disk/node-disk.ts'
import { seededRandom } from '../../src/base/random.ts'
import { readChecked, writeChecked } from '../../src/data/checked-json.ts'
import { encodeCheckpoint, NO_CHECKPOINT } from '../../src/topic/checkpoint.ts'
import { openFeed } from './feed.ts'
import { difference, type Outcome, only, readOutcome } from './outcome.ts'
import { hitLine, live, makeLines, PARTITIONS, SPAN_MS, SPEED, START } from './pipeline.ts'
import { linesOfRequest, openPoster } from './poster.ts'
import { LINES, QUIET, runUndisturbed, type Scenario, type ScenarioOptions } from './scenario.ts'

const FILES = ['a', 'b', 'c']
const EACH = Math.floor(LINES / FILES.length)

/** The scenario `live`. */
export function openLive({ seed, folder, random }: ScenarioOptions): Scenario {
  const feed = openFeed(
    new Map(FILES.map((name, file) => [join(folder, 'logs', `${name}.log`), linesOf(seed, file)])),
    random,
  )
  const poster = openPoster(seededRandom(seed))
  const write = (isLast: boolean) => {
    writeFileSync(join(folder, 'p.yaml'), live(isLast ? 'files' : 'all'))
  }
  write(false)
  return {
    ...QUIET,
    pauses: 6,
    feed,
    lines: EACH,
    write,
    // The clock of the process follows the lines, so that reports become due.
    start: () => ({
      folder,
      options: { time: { speed: SPEED, from: START + feed.progress() * SPAN_MS, since: Date.now() } },
    }),
    rotate: () => feed.rotate(),
    async attend(running) {
      const url = /ingest (http:\S+)/.exec((await running.opened) ?? '')?.[1]?.replace(/,$/, '')
      if (url !== undefined) await poster.send(url, running.isEnded)
    },
    async judge(beside) {
      const found = await readOutcome(folder)
      const problem =
        linesProblem(found, feed.parts()) ?? requestsProblem(found, poster.answered) ?? reportProblem(found)
      if (problem !== undefined) return problem
      if (![...found].some(([name, ticks]) => /^(access|events)\.ticks-/.test(name) && ticks.length > 0))
        return 'no ticks'
      const expected = await again(folder, beside)
      const isMade = (name: string) => !/^(access|events)(\.ticks)?-|minutes|^crash\.live\..*\.ticks-/.test(name)
      return difference(only(found, isMade), only(expected, isMade))
    },
  }
}

/** Every line has a number of its own among all files. */
function linesOf(seed: number, file: number): readonly string[] {
  const lines = makeLines(EACH, seededRandom(seed * 10 + file), (n, ts, random) => hitLine(file * 1e6 + n, ts, random))
  return lines.map((line) => line.replace(/^line /, `line of ${FILES[file]} `))
}

/** Checks that line n of each file is in partition n % partitions, once and in order. */
function linesProblem(found: Outcome, parts: readonly (readonly string[])[]): string | undefined {
  const homes = new Map(parts.flatMap((lines, part) => lines.map((line, n) => [line, { part, n }] as const)))
  let count = 0
  for (let partition = 0; partition < PARTITIONS.access; partition++) {
    const last = new Map<number, number>()
    for (const record of found.get(`access-${partition}`) ?? []) {
      const home = homes.get(record.slice(1))
      if (home === undefined) return `access-${partition} has a line that nobody wrote: ${record}`
      const due = last.has(home.part) ? (last.get(home.part) ?? 0) + PARTITIONS.access : partition
      if (home.n !== due) return `access-${partition} has line ${home.n} of part ${home.part} where ${due} is due`
      last.set(home.part, home.n)
      count++
    }
  }
  return count === homes.size ? undefined : `${homes.size} lines were written, ${count} are there`
}

/** Checks that answered requests are there once and whole; one more request may be there. */
function requestsProblem(found: Outcome, answered: number): string | undefined {
  const times = new Map<string, number>()
  for (let partition = 0; partition < PARTITIONS.events; partition++) {
    for (const record of found.get(`events-${partition}`) ?? []) {
      times.set(record.slice(1), (times.get(record.slice(1)) ?? 0) + 1)
    }
  }
  for (let request = 0; request <= answered; request++) {
    const [first, ...others] = linesOfRequest(request).map((line) => times.get(line) ?? 0)
    if (others.some((count) => count !== first)) return `request ${request} is there in part: ${first}, ${others}`
    if (first !== 1 && !(request === answered && first === 0)) {
      return `request ${request} of ${answered} that were answered is there ${first} times`
    }
  }
  const most = (answered + 1) * linesOfRequest(0).length
  return times.size <= most ? undefined : `${times.size} lines are there of ${most} that were sent`
}

/** Checks that a repeated report differs, as only late lines repeat it. */
function reportProblem(found: Outcome): string | undefined {
  const rows = found.get('crash.live.minutes-0') ?? []
  const known = new Map<string, string>()
  for (const row of rows) {
    const [span = '', value = ''] = row.split('\t')
    if (known.get(span) === value) return `the report of ${span} is there twice: ${value}`
    known.set(span, value)
  }
  return undefined
}

/** The outcome of an undisturbed process over the same topics and ticks. */
async function again(folder: string, beside: string): Promise<Outcome> {
  const isGiven = (name: string) => /^(access|events)(\.ticks)?$/.test(name)
  mkdirSync(join(beside, 'data/topics'), { recursive: true })
  writeFileSync(join(beside, 'p.yaml'), live('none'))
  cpSync(join(folder, 'data/format.json'), join(beside, 'data/format.json'))
  const topics = readChecked(nodeDisk, join(folder, 'data/topics.json')) as { readonly [name: string]: number }
  const given = Object.fromEntries(Object.entries(topics).filter(([name]) => isGiven(name)))
  await writeChecked(nodeDisk, join(beside, 'data/topics.json'), given)
  for (const name of readdirSync(join(folder, 'data/topics'))) {
    if (isGiven(name.replace(/-\d+$/, ''))) {
      cpSync(join(folder, 'data/topics', name), join(beside, 'data/topics', name), { recursive: true })
    }
  }
  // Without one, a run would say that it is lost.
  writeFileSync(join(beside, 'data/checkpoint'), Buffer.concat([...encodeCheckpoint(NO_CHECKPOINT)]))
  await runUndisturbed({ folder: beside, options: {} })
  return readOutcome(beside)
}
