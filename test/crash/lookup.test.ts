/**
 * A lookup table whose file is replaced while the pipeline that reads it is killed again and again. Each record must be joined with
 * the version that the ticks of its topic name at its offset, once; so the outcome is that of a run that nothing disturbed.
 *
 * TAILRACE_CRASH_LOOKUPS is the number of lives (2), TAILRACE_CRASH_SEED decides them.
 */
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Random, seededRandom } from '../../src/base/random.ts'
import { digestOf } from '../../src/data/table-contents.ts'
import { readTopics } from '../run/in-process.ts'
import { openFeed } from './feed.ts'
import type { Orders } from './kill-disk.ts'
import { startProcess, whereKilled } from './run-process.ts'

const LIVES = Number(process.env.TAILRACE_CRASH_LOOKUPS ?? 2)
const SEED = Number(process.env.TAILRACE_CRASH_SEED ?? 1)
const PARTITIONS = 2
const KEYS = 12
const LINES = 1200
const ROUNDS = 9

const PIPELINE = `version: 1
name: crash
sources: { log: { file: { path: in.log, poll: 10ms }, to: logs } }
topics:
  logs:
    partitions: ${PARTITIONS}
    format: { json: { columns: { ts: TIMESTAMP_LTZ(3), n: INT, k: INT } } }
    watermark: ts - INTERVAL '5' SECOND
tables:
  ports: { file: { path: ports.csv, poll: 15ms }, columns: { k: INT, name: STRING }, key: k }
views:
  timed: SELECT *, PROCTIME() AS proc FROM logs
queries:
  named: SELECT l.n, p.name FROM timed AS l LEFT JOIN ports FOR SYSTEM_TIME AS OF l.proc AS p ON l.k = p.k
  counted: |
    SELECT window_start, window_end, name, COUNT(*) AS many
    FROM TABLE(TUMBLE(TABLE (
      SELECT l.ts, p.name FROM timed AS l JOIN ports FOR SYSTEM_TIME AS OF l.proc AS p ON l.k = p.k
    ), DESCRIPTOR(ts), INTERVAL '60' SECOND))
    GROUP BY window_start, window_end, name
sinks:
  named_csv: { from: named, csv: out/named.csv }
checkpoint: { interval: 20ms }
`

const MOMENTS: readonly Orders[] = [
  { pattern: 'data/tables/', at: 4 },
  { pattern: 'acknowledging a sync of .*ticks-.*\\.log', running: true, at: 1 },
  { pattern: 'write at \\d+ of .*\\.ticks-.*\\.log', running: true, at: 2 },
  { pattern: 'rename to .*data/tables/', running: true, at: 1 },
  { pattern: 'unlink of .*data/tables/', running: true, at: 1 },
  { pattern: 'data/checkpoint', at: 9 },
  { pattern: '', running: true, at: 40 },
  {},
]

type Version = ReadonlyMap<number, string>

/** Replaces the file in one step; the new version has some of the keys. */
function replace(folder: string, number: number, random: Random, versions: Map<string, Version>): void {
  const keys = Array.from({ length: KEYS }, (_, key) => key).filter(() => random.below(4) > 0)
  const version = new Map(keys.map((key) => [key, `v${number} of ${key}`]))
  const text = `name,k\n${[...version].map(([key, name]) => `${name},${key}\n`).join('')}`
  versions.set(digestOf(Buffer.from(text)), version)
  writeFileSync(join(folder, 'ports.new'), text)
  renameSync(join(folder, 'ports.new'), join(folder, 'ports.csv'))
}

async function live(seed: number, folder: string): Promise<{ killed: number; versions: Map<string, Version> }> {
  const random = seededRandom(seed)
  const versions = new Map<string, Version>()
  const lines = Array.from({ length: LINES }, (_, n) =>
    JSON.stringify({ ts: new Date(Date.UTC(2026, 0, 1) + n * 500).toISOString(), n, k: random.below(KEYS + 1) }),
  )
  mkdirSync(join(folder, 'out'))
  writeFileSync(join(folder, 'p.yaml'), PIPELINE)
  const feed = openFeed(new Map([[join(folder, 'in.log'), lines]]), random)
  let number = 0
  let killed = 0
  replace(folder, number++, random, versions)
  for (let round = 0; round < ROUNDS; round++) {
    const moment = MOMENTS[(seed + round) % MOMENTS.length] ?? {}
    const orders = moment.at === undefined ? {} : { ...moment, at: 1 + random.below(moment.at) }
    if (random.below(2) === 0) replace(folder, number++, random, versions)
    const running = startProcess({ folder, options: {}, orders })
    await running.opened
    for (let step = 0; step < 12 && !running.isEnded(); step++) {
      feed.grow(LINES / ROUNDS / 12)
      if (random.below(4) === 0) replace(folder, number++, random, versions)
      await sleep(15)
    }
    if (!running.isEnded()) running.process.kill('SIGKILL')
    const ended = await running.ended
    if (ended.signal !== 'SIGKILL') throw new Error(`it ended with ${ended.code}: ${ended.stderr}`)
    if (whereKilled(ended) !== undefined) killed++
  }
  feed.grow(LINES)
  const last = await startProcess({ folder, options: {}, untilEnd: true }).ended
  if (last.code !== 0) throw new Error(last.stderr)
  return { killed, versions }
}

type Tick = { readonly offset: number; readonly table?: string; readonly digest: string }

// Holds lookup-versions.
test('after kills, each record is joined with the version that was in use at its offset', { timeout: 0 }, async () => {
  let killed = 0
  let used = 0
  for (let life = 0; life < LIVES; life++) {
    const folder = mkdtempSync(join(tmpdir(), 'tailrace-crash-lookup-'))
    const lived = await live(SEED + life, folder)
    killed += lived.killed
    const topics = await readTopics(join(folder, 'data'))
    const counts = new Map<string, number>()
    const names: string[] = []
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const ticks = (topics.get(`logs.ticks-${partition}`) ?? [])
        .map(({ value }) => JSON.parse(value ?? '') as Tick)
        .filter(({ table }) => table === 'ports')
        .sort((a, b) => a.offset - b.offset)
      used += new Set(ticks.map(({ digest }) => digest)).size
      const expected = (topics.get(`logs-${partition}`) ?? []).map(({ value }, offset) => {
        const { ts, n, k } = JSON.parse(value ?? '') as { readonly ts: string; readonly n: number; readonly k: number }
        const digest = ticks.findLast((tick) => tick.offset <= offset)?.digest ?? ''
        const name = lived.versions.get(digest)?.get(k) ?? null
        const window = new Date(Math.floor(Date.parse(ts) / 60_000) * 60_000).toISOString().slice(0, -1)
        if (name !== null) counts.set(`${window} ${name}`, (counts.get(`${window} ${name}`) ?? 0) + 1)
        return { n, name }
      })
      expect(expected.length).toBe(LINES / PARTITIONS)
      const found = (topics.get(`crash.named-${partition}`) ?? []).map(
        ({ value }) => JSON.parse(value ?? '') as unknown,
      )
      expect(found).toEqual(expected)
      names.push(...expected.map(({ n, name }) => `${n},${name ?? ''}`))
    }
    const rows = (topics.get('crash.counted-0') ?? []).map(({ value }) => JSON.parse(value ?? ''))
    const found = rows.map(({ window_start, name, many }) => [`${window_start} ${name}`, many] as const)
    expect(new Map(found)).toEqual(counts)
    expect(found.length).toBe(counts.size)
    const written = readFileSync(join(folder, 'out/named.csv'), 'utf8').split('\n').slice(1, -1)
    expect(written.toSorted()).toEqual(names.toSorted())
    rmSync(folder, { recursive: true })
  }
  // Else the test shows nothing.
  expect(killed).toBeGreaterThan(LIVES)
  expect(used).toBeGreaterThan(4 * LIVES)
})
