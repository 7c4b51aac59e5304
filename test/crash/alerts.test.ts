/**
 * Kills the command line while alerts fire and people are told: at the n-th operation of its disk, or from outside. Each firing
 * is then told once to a receiver that goes by ids, and never forgotten. TAILRACE_ALERT_ROUNDS is the number of processes that
 * are killed (3; `make soak` does 200), TAILRACE_CRASH_SEED decides at which moments.
 */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Random, seededRandom } from '../../src/base/random.ts'
import { startServer } from '../../src/client/http/http-server.test-tool.ts'
import { readTopics } from '../run/in-process.ts'
import { startProcess, whereKilled } from './run-process.ts'

const ROUNDS = Number(process.env.TAILRACE_ALERT_ROUNDS ?? 3)
const SEED = Number(process.env.TAILRACE_CRASH_SEED ?? 1)
/** Minutes of event time that each round brings. */
const MINUTES = 6
/** Turns of 10 ms in which they come. */
const STEPS = 12

const pipeline = (notify: string) => `version: 1
name: crash
sources: { in: { file: in.ndjson, to: events } }
topics:
  events:
    format: { json: { columns: { ts: TIMESTAMP(3), k: STRING, ok: BOOLEAN } } }
    watermark: ts - INTERVAL '5' SECOND
queries:
  bad: |
    SELECT window_start, window_end, k, COUNT(*) FILTER (WHERE NOT ok) AS n
    FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, k
alerts:
  high:
    from: bad
    when: n > 0
    for: 1m
    max_age: never
    notify: ${notify}
checkpoint: { interval: 100ms }
`

/** The operations at which the disk ends the process, in turn. Without one, the process is killed from outside. */
const MOMENTS: readonly ({ readonly pattern: string; readonly among: number } | undefined)[] = [
  { pattern: 'told\\.json', among: 6 },
  undefined,
  { pattern: 'alert\\.high.*\\.log', among: 4 },
  { pattern: '', among: 200 },
  { pattern: 'data/checkpoint', among: 8 },
  { pattern: 'rename to .*told\\.json', among: 3 },
]

/** The lines of a minute: each key is in trouble for some minutes, and then for some not. */
function linesOf(minute: number): string {
  return ['a', 'b', 'c', 'd']
    .map((k, index) => {
      const ok = Math.floor((minute + 2 * index) / (2 + index)) % 2 === 0
      const ts = new Date(Date.UTC(2025, 0, 1) + minute * 60_000 + index * 1000).toISOString().slice(0, -1)
      return `${JSON.stringify({ ts, k, ok })}\n`
    })
    .join('')
}

// Holds alert-told.
test(`after ${ROUNDS} kills, each firing was told once to a receiver that goes by ids`, { timeout: 0 }, async () => {
  const random = seededRandom(SEED)
  const folder = mkdtempSync(join(tmpdir(), `tailrace-crash-alerts-${SEED}-`))
  const told = new Map<string, string>()
  let asked = 0
  const { url } = await startServer(({ body }, response) => {
    // Now and then it fails, before or after it has taken the notification.
    const luck = asked++ % 5
    const { id } = JSON.parse(body.toString()) as { readonly id: string }
    if (luck !== 3) {
      // The same id is the same notification.
      expect(told.get(id) ?? body.toString()).toBe(body.toString())
      told.set(id, body.toString())
    }
    response.writeHead(luck === 3 || luck === 4 ? 503 : 200).end()
  })
  const disturbed = join(folder, 'disturbed')
  const undisturbed = join(folder, 'undisturbed')
  for (const place of [disturbed, undisturbed]) {
    mkdirSync(place)
    writeFileSync(join(place, 'p.yaml'), pipeline(place === disturbed ? `{ webhook: { url: "${url}" } }` : '[]'))
    writeFileSync(join(place, 'in.ndjson'), '')
  }
  let minutes = 0
  const grow = (count: number) => {
    for (let i = 0; i < count; i++, minutes++) {
      for (const place of [disturbed, undisturbed]) appendFileSync(join(place, 'in.ndjson'), linesOf(minutes))
    }
  }
  const kills: string[] = []
  for (let round = 0; round < ROUNDS; round++) kills.push(await killedOnce(disturbed, round, { random, grow }))
  grow(MINUTES)
  const ended = await startProcess({ folder: disturbed, options: undefined, untilEnd: true }).ended
  expect(ended).toMatchObject({ code: 0 })
  // What an undisturbed process says is what should have been said.
  expect(await startProcess({ folder: undisturbed, options: undefined, untilEnd: true }).ended).toMatchObject({
    code: 0,
  })
  const rows = (await readTopics(join(undisturbed, 'data'))).get('crash.alert.high-0') ?? []
  const expected = rows.map(({ value }) => {
    const { state, id } = JSON.parse(Buffer.from(value, 'latin1').toString()) as { [column: string]: string }
    return `${state} ${id}`
  })
  expect(expected.length).toBeGreaterThan(MINUTES)
  const found = [...told.values()].flatMap((body) => {
    const { state, keys } = JSON.parse(body) as { state: string; keys: readonly { id: string }[] }
    return keys.map(({ id }) => `${state} ${id}`)
  })
  console.info(`${kills.join(', ')}; ${found.length} told in ${told.size} notifications`)
  expect(found.sort(), kills.join(', ')).toEqual(expected.sort())
  rmSync(folder, { recursive: true, force: true })
})

type Round = { readonly random: Random; grow(minutes: number): void }

/** Runs the pipeline while its input grows, and ends it; gives where it was killed. */
async function killedOnce(folder: string, round: number, { random, grow }: Round): Promise<string> {
  const moment = MOMENTS[round % MOMENTS.length]
  const orders = moment === undefined ? {} : { ...moment, at: 1 + random.below(moment.among) }
  const running = startProcess({ folder, options: undefined, orders })
  await Promise.race([running.opened, running.ended])
  for (let step = 0; step < STEPS && !running.isEnded(); step++) {
    if (step % 2 === 0) grow(1)
    await sleep(10)
  }
  // What comes within a second is told together, so a moment of that comes after it.
  if (moment !== undefined) await Promise.race([running.ended, sleep(2500, undefined, { ref: false })])
  else await sleep(random.below(1500))
  if (!running.isEnded()) running.process.kill('SIGKILL')
  const ended = await running.ended
  expect(ended.signal, ended.stderr).toBe('SIGKILL')
  return whereKilled(ended)?.replace(/^.*\/data\//, '') ?? 'SIGKILL'
}
