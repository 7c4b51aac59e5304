/**
 * The crash loop. TAILRACE_CRASH_ROUNDS is the number of processes that are killed (200; `make soak` does 1,000), and
 * TAILRACE_CRASH_SEED decides their lives. To repeat one life: TAILRACE_CRASH_SEED=… TAILRACE_CRASH_ROUNDS=10
 * TAILRACE_CRASH_LIFE=… vitest run test/crash, with the number of the life, which decides its kind.
 */
import { expect, test } from 'vitest'
import { live } from './life.ts'
import { ALL_MOMENTS } from './moments.ts'

const ROUNDS = Number(process.env.TAILRACE_CRASH_ROUNDS ?? 200)
const SEED = Number(process.env.TAILRACE_CRASH_SEED ?? 1)
const FIRST = Number(process.env.TAILRACE_CRASH_LIFE ?? 0)
const ROUNDS_A_LIFE = 10
const AT_A_TIME = 2

// Holds same-rows.
// Holds resume-source.
// Promise checkpoint: After any crash everything goes on from one checkpoint, and topics and files end as if nothing had
// happened.
// Holds append-once.
test(`after ${ROUNDS} kills, the outcome is that of undisturbed runs`, { timeout: 0 }, async () => {
  const lives = Math.max(1, Math.ceil(ROUNDS / ROUNDS_A_LIFE))
  const numbers = Array.from({ length: lives }, (_, life) => life)
  const hit = new Map<string, number>()
  const wrong: string[] = []
  const one = async () => {
    for (let life = numbers.shift(); life !== undefined; life = numbers.shift()) {
      const lived = await live(SEED + life, Math.min(ROUNDS, ROUNDS_A_LIFE), FIRST + life)
      for (const moment of lived.hit) hit.set(moment, (hit.get(moment) ?? 0) + 1)
      if (lived.wrong !== undefined) wrong.push(`life ${FIRST + life}, ${lived.wrong}`)
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, one))
  console.info([...hit].map(([moment, times]) => `${moment}: ${times}`).join(', '))
  expect(wrong).toEqual([])
  if (ROUNDS >= 200) expect(ALL_MOMENTS.filter((moment) => !hit.has(moment))).toEqual([])
})
