import { expect, test } from 'vitest'
import { startQueries, temporaryFolder } from '../../test/sim/running.ts'
import { describeFailure, Failure } from '../base/failure.ts'
import type { Reset } from './reset.ts'

const COUNTS = `SELECT window_end, k, COUNT(*) AS n, SUM(v) AS s
      FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '60' SECOND)) GROUP BY window_start, window_end, k`
const CHAINED = `SELECT window_end, SUM(n) AS n FROM TABLE(TUMBLE(TABLE timed, DESCRIPTOR(at_), INTERVAL '2' MINUTE))
      GROUP BY window_start, window_end`
const TEXT = `version: 1
name: p
topics:
  t:
    format: { json: { columns: { ts: TIMESTAMP(3), k: STRING, v: INT } } }
    watermark: ts - INTERVAL '5' SECOND
queries:
  q:
    sql: |
      ${COUNTS}
  timed:
    sql: |
      SELECT window_time AS at_, COUNT(*) AS n
      FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '60' SECOND)) GROUP BY window_start, window_end, window_time
  chained:
    sql: |
      ${CHAINED}
`

const record = (second: number) => {
  const ts = new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString().slice(0, -1)
  return JSON.stringify({ ts, k: 'a', v: 2 })
}
const records = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => record(from + i))

type Rows = { readonly q: readonly string[]; readonly chained: readonly string[] }

/** Runs over [0, 100) seconds, stops, and starts again, perhaps as another text, over [100, 400). */
async function runTwice(second: string, resets: { readonly [query: string]: Reset } = {}): Promise<Rows> {
  using folder = await temporaryFolder()
  const reset = new Map(Object.entries(resets))
  const first = await startQueries({ folder: folder.path, text: TEXT })
  await first.append('t', 0, records(0, 100))
  await first.settle()
  await first.checkpoint()
  await first.stop()
  const running = await startQueries({ folder: folder.path, text: second, reset })
  await running.append('t', 0, records(100, 400))
  await running.settle()
  const [q = []] = await running.records('p.q')
  const [chained = []] = await running.records('p.chained')
  await running.stop()
  return { q, chained }
}

async function refusal(second: string, resets: { readonly [query: string]: Reset } = {}): Promise<string> {
  const failure = await runTwice(second, resets).catch((error: unknown) => error)
  if (!(failure instanceof Failure)) throw new Error('it was not refused', { cause: failure })
  return describeFailure(failure)
}

const numbers = (rows: readonly string[]) => rows.map((row) => JSON.parse(row).n)
const whole = await runTwice(TEXT)

test('keep goes on with what was counted where only what is made of it has changed', async () => {
  for (const [from, to] of [
    ['SELECT window_end, k, COUNT(*) AS n, SUM(v) AS s', 'SELECT k, window_end, COUNT(*)   AS n, SUM(v) AS total'],
    ['GROUP BY window_start, window_end, k', 'GROUP BY window_start, window_end, k HAVING COUNT(*) > 1'],
    ['SUM(v) AS s', 'SUM(v) * 2 AS twice'],
  ] as const) {
    const text = TEXT.replace(from, to)
    const refused = await refusal(text)
    expect(refused).toContain('query "q", or the format or watermark of what it reads, is not what it was')
    expect(refused).toContain('--reset q=keep')
    const { q } = await runTwice(text, { q: 'keep' })
    expect(numbers(q)).toEqual(numbers(whole.q))
  }
})

test('keep goes on with an aggregate over CURRENT_TIMESTAMP, which is another at each start', async () => {
  using folder = await temporaryFolder()
  const text = TEXT.replace('SUM(v) AS s', 'COUNT(*) FILTER (WHERE ts < LOCALTIMESTAMP) AS s')
  const first = await startQueries({ folder: folder.path, text })
  await first.append('t', 0, records(0, 40))
  await first.settle()
  await first.checkpoint()
  await first.stop()
  const changed = text.replace('AS s', 'AS past')
  const reset = new Map([['q', 'keep']] as const)
  const running = await startQueries({ folder: folder.path, text: changed, now: Date.UTC(2027, 0, 1), reset })
  await running.append('t', 0, records(40, 100))
  await running.settle()
  const [[row] = []] = await running.records('p.q')
  await running.stop()
  expect(JSON.parse(row ?? '{}')).toMatchObject({ n: 60, past: 20 })
})

test('what counts something else cannot be kept, and is told so', async () => {
  for (const [from, to] of [
    ['SUM(v)', 'SUM(v + 1)'],
    ["'60' SECOND)) GROUP BY window_start, window_end, k", "'30' SECOND)) GROUP BY window_start, window_end, k"],
    ["INTERVAL '5' SECOND", "INTERVAL '6' SECOND"],
    ['v: INT', 'v: BIGINT'],
    ['name: p\n', 'name: p\ntimezone: Europe/Berlin\n'],
  ] as const) {
    const text = TEXT.replace(from, to)
    const resets: { [query: string]: Reset } = { q: 'keep', timed: 'earliest', chained: 'earliest' }
    const refused = await refusal(text, resets)
    expect(refused).toContain('query "q" cannot keep its state: what it counts is not what it was')
    expect(await refusal(text)).not.toContain('q=keep')
  }
})

test('idle may change without a reset', async () => {
  const text = TEXT.replace("watermark: ts - INTERVAL '5' SECOND", "watermark: ts - INTERVAL '5' SECOND\n    idle: 1m")
  expect(await runTwice(text)).toEqual(whole)
})

test('earliest counts the past anew behind the old rows, latest begins with what comes', async () => {
  const earliest = await runTwice(TEXT, { q: 'earliest' })
  expect(earliest.q).toEqual([...whole.q.slice(0, 1), ...whole.q])
  const latest = await runTwice(TEXT, { q: 'latest' })
  expect(numbers(latest.q)).toEqual([60, 20, 60, 60, 60, 60])
})

test('who reads the rows of a query that begins anew has to begin anew, and then sees none of the old', async () => {
  const refused = await refusal(TEXT, { timed: 'earliest' })
  expect(refused).toContain('query "chained" reads the rows of "timed", which come again from the first one')
  expect(refused).toContain('--reset chained=earliest')
  const { chained } = await runTwice(TEXT, { timed: 'earliest', chained: 'earliest' })
  expect(chained).toEqual(whole.chained)
})

test('all queries that have changed are told of at once', async () => {
  const refused = await refusal(TEXT.replace('k: STRING', 'k: STRING, more: STRING'))
  for (const name of ['q', 'timed', 'chained']) expect(refused).toContain(`--reset ${name}=earliest`)
})
