/**
 * One life of a data folder: the pipeline is started, killed at a moment that the seed decides, and started again, while its
 * input grows. Then it runs to its end, and the oracle of its scenario judges the outcome.
 *
 * A round is one process that is ended: by its own disk at the n-th operation of a kind, by SIGKILL from outside after some
 * milliseconds, or by SIGTERM, after which it must stop cleanly.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Random, seededRandom } from '../../src/base/random.ts'
import type { Ended } from '../cli/tailrace.ts'
import { openDropping } from './dropping-scenario.ts'
import { openLive } from './live-scenario.ts'
import { COUNTED, KINDS, type Kind, type Moment, momentOf, ordersOf } from './moments.ts'
import { startProcess, whereKilled } from './run-process.ts'
import type { Scenario, ScenarioOptions } from './scenario.ts'
import { openSteady } from './steady-scenario.ts'

/** The time between two steps of growth. */
const STEP_MS = 10
/** A moment that is not hit this long after the last growth is missed. */
const MISSED_MS = 4000
/** The steps in which a round's share of the lines comes. */
const STEPS = 12

export type Life = {
  /** Names of the moments that were hit. */
  readonly hit: readonly string[]
  /** The mistake in the outcome, if any: then the folder is kept. */
  readonly wrong: string | undefined
}

/** Lives life `number`, whose kind follows from its number. */
export async function live(seed: number, rounds: number, number: number): Promise<Life> {
  const kind = KINDS[number % KINDS.length] ?? 'steady'
  const nth = Math.floor(number / KINDS.length)
  const random = seededRandom(seed)
  const hit: string[] = []
  const kills: string[] = []
  const folder = mkdtempSync(join(tmpdir(), `tailrace-crash-${seed}-`))
  const wrong = async (): Promise<string | undefined> => {
    const disturbed = join(folder, 'disturbed')
    mkdirSync(disturbed)
    const scenario = scenarioOf(kind, { seed, folder: disturbed, random })
    // In the last rounds the processes are killed while everything ends.
    const growing = Math.max(1, rounds - 2)
    for (let round = 0; round < growing; round++) {
      const moment = momentOf(kind, nth, round, rounds)
      const killed = await roundOf(scenario, moment, { random, share: scenario.lines / rounds })
      kills.push(`${kind}: ${killed}`)
      if (killed === moment.name || !/^SIG/.test(killed)) hit.push(moment.name)
      if (killed === COUNTED) hit.push(COUNTED)
    }
    scenario.feed.grow(scenario.lines)
    scenario.write(true)
    while (kills.length < rounds) {
      const moment = momentOf(kind, nth, kills.length, rounds)
      const orders = ordersOf(moment.at === undefined ? { ...moment, at: ANYWHERE } : moment, (n) => random.below(n))
      const ended = await startProcess({ ...scenario.start(), orders, untilEnd: true }).ended
      const where = whereKilled(ended)
      if (where === undefined && ended.code !== 0) throw new Error(`a run to the end: ${endText(ended)}`)
      kills.push(`${kind}: ${where ?? 'came to its end'}`)
      if (where !== undefined && moment.at !== undefined) hit.push(moment.name)
    }
    const last = await startProcess({ ...scenario.start(), untilEnd: true }).ended
    if (last.code !== 0) throw new Error(`the last run: ${endText(last)}`)
    return scenario.judge(join(folder, 'expected'))
  }
  const problem = await wrong().catch((error: unknown) => String(error instanceof Error ? error.stack : error))
  if (problem === undefined) rmSync(folder, { recursive: true, force: true })
  const because = problem === undefined ? undefined : `seed ${seed}, ${kind} (${folder}): ${problem}`
  if (because !== undefined) writeFileSync(join(folder, 'kills.txt'), `${because}\n${kills.join('\n')}\n`)
  return { hit, wrong: because }
}

function scenarioOf(kind: Kind, options: ScenarioOptions): Scenario {
  if (kind === 'live') return openLive(options)
  return kind === 'dropping' ? openDropping(options) : openSteady(kind, options)
}

const ANYWHERE = { pattern: '', among: 300 }

type Round = { readonly random: Random; readonly share: number }

/** Starts the pipeline and ends it; gives the operation or signal that ended it. */
async function roundOf(scenario: Scenario, moment: Moment, { random, share }: Round): Promise<string> {
  const orders = { ...scenario.orders(), ...ordersOf(moment, (limit) => random.below(limit)) }
  // Some lines come before the start, the others while it runs.
  scenario.feed.grow(share / 2)
  if (random.below(3) === 0) scenario.rotate()
  const running = startProcess({ ...scenario.start(), orders })
  const attending = scenario.attend(running)
  const feeding = (async () => {
    await running.opened
    for (let step = 0; step < STEPS && !running.isEnded(); step++) {
      await sleep(STEP_MS)
      if (random.below(scenario.pauses) === 0) scenario.feed.grow((share / STEPS / 2) * scenario.pauses)
      if (step === STEPS >> 1 && random.below(3) === 0) scenario.rotate()
    }
  })()
  const signal = moment.name === 'SIGTERM' ? 'SIGTERM' : 'SIGKILL'
  if (moment.at === undefined) {
    // A third of the kills come during the start; SIGTERM only comes after it.
    if (signal === 'SIGTERM' || random.below(3) > 0) await running.opened
    await sleep(random.below(signal === 'SIGTERM' ? 250 : 400))
  } else await Promise.race([running.ended, feeding.then(() => sleep(MISSED_MS, undefined, { ref: false }))])
  if (!running.isEnded()) running.process.kill(signal)
  const ended = await running.ended
  await Promise.all([feeding, attending])
  const where = whereKilled(ended)
  if (where !== undefined) return where
  if (signal === 'SIGTERM' && ended.code === 0) {
    return (await scenario.stopped(ended)) ?? 'SIGTERM'
  }
  if (ended.signal === signal) return signal
  throw new Error(`after ${signal}, ${endText(ended)}`)
}

const endText = ({ code, signal, stderr }: Ended): string => `it ended with ${code ?? signal} and said\n${stderr}`
