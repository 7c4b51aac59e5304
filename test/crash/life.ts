/**
 * One life of a data folder: the pipeline is started, killed at a moment that the seed decides, and started again, while
 * what it reads grows; then it is let to its end, and must have left what the oracle of its kind says.
 *
 * A round is one process that was ended: by its own disk at the n-th operation of a kind, by SIGKILL from outside after
 * some milliseconds, or by SIGTERM, after which it must say goodbye properly.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Random, seededRandom } from '../../src/base/random.ts'
import { openDropping } from './dropping-ground.ts'
import type { Ground, GroundPlace } from './ground.ts'
import { openLive } from './live-ground.ts'
import { COUNTED, KINDS, type Kind, type Moment, momentOf, ordersOf } from './moments.ts'
import { type Ended, startProcess, whereKilled } from './run-process.ts'
import { openSteady } from './steady-ground.ts'

/** How often files grow. */
const STEP_MS = 10
/** What was not hit so long after all has come is not hit. */
const MISSED_MS = 4000
/** After that many steps a round's share of the lines has come. */
const STEPS = 12

export type Life = {
  /** Moments that were hit. */
  readonly hit: readonly string[]
  /** What each of them was, as the processes said. */
  readonly kills: readonly string[]
  /** Why the outcome is wrong; undefined: it is right. The folder is kept then. */
  readonly wrong: string | undefined
}

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
    const ground = groundOf(kind, { seed, folder: disturbed, random })
    // The last rounds are killed while everything ends.
    const growing = Math.max(1, rounds - 2)
    for (let round = 0; round < growing; round++) {
      const moment = momentOf(kind, nth, round, rounds)
      const killed = await roundOf(ground, moment, { random, share: ground.lines / rounds })
      kills.push(`${kind}: ${killed}`)
      if (killed === moment.name || !/^SIG/.test(killed)) hit.push(moment.name)
      if (killed === COUNTED) hit.push(COUNTED)
    }
    ground.feed.grow(ground.lines)
    ground.write(true)
    while (kills.length < rounds) {
      const moment = momentOf(kind, nth, kills.length, rounds)
      const orders = ordersOf(moment.at === undefined ? { ...moment, at: ANYWHERE } : moment, (n) => random.below(n))
      const ended = await startProcess({ ...ground.start(), orders, untilEnd: true }).ended
      const where = whereKilled(ended)
      if (where === undefined && ended.code !== 0) throw new Error(`a run to the end: ${told(ended)}`)
      kills.push(`${kind}: ${where ?? 'came to its end'}`)
      if (where !== undefined && moment.at !== undefined) hit.push(moment.name)
    }
    const last = await startProcess({ ...ground.start(), untilEnd: true }).ended
    if (last.code !== 0) throw new Error(`the last run: ${told(last)}`)
    return ground.judge(join(folder, 'expected'))
  }
  const problem = await wrong().catch((error: unknown) => String(error instanceof Error ? error.stack : error))
  if (problem === undefined) rmSync(folder, { recursive: true, force: true })
  const because = problem === undefined ? undefined : `seed ${seed}, ${kind} (${folder}): ${problem}`
  if (because !== undefined) writeFileSync(join(folder, 'kills.txt'), `${because}\n${kills.join('\n')}\n`)
  return { hit, kills, wrong: because }
}

function groundOf(kind: Kind, place: GroundPlace): Ground {
  if (kind === 'live') return openLive(place)
  return kind === 'dropping' ? openDropping(place) : openSteady(kind, place)
}

const ANYWHERE = { pattern: '', among: 300 }

type Round = { readonly random: Random; readonly share: number }

/** Starts the pipeline and ends it; says how. */
async function roundOf(ground: Ground, moment: Moment, { random, share }: Round): Promise<string> {
  const orders = { ...ground.orders(), ...ordersOf(moment, (limit) => random.below(limit)) }
  // Some lines are there before it starts, the others come while it runs.
  ground.feed.grow(share / 2)
  if (random.below(3) === 0) ground.rotate()
  const running = startProcess({ ...ground.start(), orders })
  const attending = ground.attend(running)
  const feeding = (async () => {
    await running.opened
    for (let step = 0; step < STEPS && !running.isEnded(); step++) {
      await sleep(STEP_MS)
      if (random.below(ground.pauses) === 0) ground.feed.grow((share / STEPS / 2) * ground.pauses)
      if (step === STEPS >> 1 && random.below(3) === 0) ground.rotate()
    }
  })()
  const signal = moment.name === 'SIGTERM' ? 'SIGTERM' : 'SIGKILL'
  if (moment.at === undefined) {
    // A third of the blows fall while it starts; told to stop, it must have begun.
    if (signal === 'SIGTERM' || random.below(3) > 0) await running.opened
    await sleep(random.below(signal === 'SIGTERM' ? 250 : 400))
  } else await Promise.race([running.ended, feeding.then(() => sleep(MISSED_MS, undefined, { ref: false }))])
  if (!running.isEnded()) running.child.kill(signal)
  const ended = await running.ended
  await Promise.all([feeding, attending])
  const where = whereKilled(ended)
  if (where !== undefined) return where
  if (signal === 'SIGTERM' && ended.code === 0) {
    return (await ground.stopped(ended)) ?? 'SIGTERM'
  }
  if (ended.signal === signal) return signal
  throw new Error(`${signal} was met so: ${told(ended)}`)
}

const told = ({ code, signal, said }: Ended): string => `it ended with ${code ?? signal} and said\n${said}`
