/**
 * The crash loop. TAILRACE_CRASH_ROUNDS says how many processes are killed (200; `make soak` does 1,000), TAILRACE_CRASH_SEED
 * which lives they have. One life again: TAILRACE_CRASH_SEED=… TAILRACE_CRASH_ROUNDS=10 vitest run test/crash
 */
import { expect, test } from 'vitest'
import { live } from './life.ts'

const ROUNDS = Number(process.env.TAILRACE_CRASH_ROUNDS ?? 200)
const SEED = Number(process.env.TAILRACE_CRASH_SEED ?? 1)
const ROUNDS_A_LIFE = 10
const AT_A_TIME = 2

/** What a kill must have hit at least once in a full loop. */
const MOMENTS = {
  'a checkpoint': /data\/checkpoint/,
  'the roll of a segment': /open to write .*\d{20}\.log/,
  'a commit': /write at [1-9]\d* of .*\.log/,
  'acknowledging a commit': /acknowledging a sync of .*\.log/,
  'setting up or recovery': /(format|topics)\.json|truncate to/,
  'a sink': /archive|out\//,
  'any moment': /SIGKILL/,
  'a clean stop': /SIGTERM/,
}

test(`after ${ROUNDS} kills, the outcome is that of runs that nobody disturbed`, { timeout: 0 }, async () => {
  const lives = Math.max(1, Math.ceil(ROUNDS / ROUNDS_A_LIFE))
  const seeds = Array.from({ length: lives }, (_, life) => SEED + life)
  const kills: string[] = []
  const wrong: string[] = []
  const one = async () => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
      const life = await live(seed, Math.min(ROUNDS, ROUNDS_A_LIFE))
      kills.push(...life.kills)
      if (life.wrong !== undefined) wrong.push(life.wrong)
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, one))
  expect(wrong).toEqual([])
  if (ROUNDS < 200) return
  const missed = Object.entries(MOMENTS).filter(([, pattern]) => !kills.some((kill) => pattern.test(kill)))
  expect(missed.map(([moment]) => moment)).toEqual([])
})
