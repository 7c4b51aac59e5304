import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Starting, startQueries } from '../../test/sim/running.ts'
import { nodeDisk } from '../base/disk/node-disk.ts'
import { describeFailure, Failure } from '../base/failure.ts'
import { temporaryFolder } from '../data/data-folder.test-tool.ts'
import { readCheckpoint } from '../run/checkpoint-file.ts'
import { encodeCheckpoint, type OperatorLayout, type StateLayout } from '../topic/checkpoint.ts'
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

type Rows = { readonly q: readonly string[]; readonly chained: readonly string[] }

/** A run over [from, to) seconds. */
async function runOver([from, to]: readonly [number, number], starting: Starting): Promise<Rows> {
  await using running = await startQueries(starting)
  const seconds = Array.from({ length: to - from }, (_, i) => from + i)
  await running.append('t', 0, seconds.map(record))
  await running.settle()
  await running.checkpoint()
  const [[q = []], [chained = []]] = [await running.records('p.q'), await running.records('p.chained')]
  return { q, chained }
}

type Layouts = (layout: StateLayout) => StateLayout

/**
 * Runs over [0, 100) seconds, stops, and starts again, perhaps as another text, over [100, 400). `layouts`: what another
 * version of tailrace would have left as the layout of q.
 */
async function runTwice(
  second: string,
  resets: { readonly [query: string]: Reset } = {},
  layouts?: Layouts,
): Promise<Rows> {
  using folder = temporaryFolder()
  await runOver([0, 100], { folder: folder.path, text: TEXT })
  if (layouts !== undefined) relayout(folder.path, layouts)
  return await runOver([100, 400], { folder: folder.path, text: second, reset: new Map(Object.entries(resets)) })
}

function relayout(folder: string, layouts: Layouts): void {
  const checkpoint = readCheckpoint(nodeDisk, folder)
  const { q } = checkpoint.queries
  if (typeof q?.layout !== 'object') throw new Error('q has no layout')
  const queries = { ...checkpoint.queries, q: { ...q, layout: layouts(q.layout) } }
  writeFileSync(join(folder, 'checkpoint'), Buffer.concat([...encodeCheckpoint({ ...checkpoint, queries })]))
}

async function refusal(...args: Parameters<typeof runTwice>): Promise<string> {
  const failure = await runTwice(...args).catch((error: unknown) => error)
  if (!(failure instanceof Failure)) throw new Error('it was not refused', { cause: failure })
  return describeFailure(failure)
}

const numbers = (rows: readonly string[]) => rows.map((row) => JSON.parse(row).n)
const whole = await runTwice(TEXT)

test('keep goes on from the counts where only what is made of them has changed', async () => {
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
  using folder = temporaryFolder()
  const text = TEXT.replace('SUM(v) AS s', 'COUNT(*) FILTER (WHERE ts < LOCALTIMESTAMP) AS s')
  await runOver([0, 40], { folder: folder.path, text })
  const again = {
    text: text.replace('AS s', 'AS past'),
    now: Date.UTC(2027, 0, 1),
    reset: new Map([['q', 'keep']] as const),
  }
  const { q } = await runOver([40, 100], { folder: folder.path, ...again })
  expect(JSON.parse(q[0] ?? '{}')).toMatchObject({ n: 60, past: 20 })
})

// Promise changed-query: A query that counts something else cannot go on from its old state: it is refused, and `--reset`
// chooses.
test('a query that counts something else cannot keep its state, and the message says so', async () => {
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

test('earliest counts the past anew behind the old rows, latest starts with the records to come', async () => {
  const earliest = await runTwice(TEXT, { q: 'earliest' })
  expect(earliest.q).toEqual([...whole.q.slice(0, 1), ...whole.q])
  const latest = await runTwice(TEXT, { q: 'latest' })
  expect(numbers(latest.q)).toEqual([60, 20, 60, 60, 60, 60])
})

test('a query that reads the rows of one that starts anew has to start anew, and then sees none of the old rows', async () => {
  const refused = await refusal(TEXT, { timed: 'earliest' })
  expect(refused).toContain('query "chained" reads the rows of "timed", which come again from the first one')
  expect(refused).toContain('--reset chained=earliest')
  const { chained } = await runTwice(TEXT, { timed: 'earliest', chained: 'earliest' })
  expect(chained).toEqual(whole.chained)
})

test('all queries that have changed are refused at once', async () => {
  const refused = await refusal(TEXT.replace('k: STRING', 'k: STRING, more: STRING'))
  for (const name of ['q', 'timed', 'chained']) expect(refused).toContain(`--reset ${name}=earliest`)
})

test('a state of a version that plans the query otherwise is refused in words, also where the text is the same', async () => {
  const aggregate = (change: Partial<OperatorLayout>) => (layout: StateLayout) => ({
    ...layout,
    aggregate: { ...(layout.aggregate as OperatorLayout), ...change },
  })
  const form = 'COUNT(*) BIGINT, SUM(INT) INT by (STRING), tumble 60000 every 60000 from 0'
  for (const [layouts, words] of [
    [aggregate({ version: 2 }), `At aggregate, ${form} (version 2) was kept, and ${form} (version 1) is needed.`],
    [aggregate({ form: 'COUNT(*)' }), 'At aggregate, COUNT(*) (version 1) was kept'],
    [
      aggregate({ meaning: '', columns: '' }),
      'The rows that aggregate has counted are not those that this version would count.',
    ],
    [({ aggregate }: StateLayout) => ({ aggregate }) as StateLayout, 'At aggregate/scan, nothing was kept'],
    [
      (layout: StateLayout) => ({ ...layout, join: { version: 1, form: 'rows', meaning: '' } }),
      'At join, rows (version 1)',
    ],
  ] as const) {
    const refused = await refusal(TEXT, {}, layouts)
    expect(refused).toContain('the state of query "q" was kept by a version of tailrace that plans it otherwise')
    expect(refused).toContain(words)
    expect(refused).toContain('--reset q=latest')
    expect(refused).not.toContain('q=keep')
    expect(await refusal(TEXT, { q: 'keep' }, layouts)).toBe(refused)
  }
  expect((await runTwice(TEXT, { q: 'latest' }, aggregate({ version: 2 }))).q.length).toBeGreaterThan(0)
})

test('columns of a topic that a query does not read may come, go and change: keep goes on with what is counted', async () => {
  const keep: { [query: string]: Reset } = { q: 'keep', timed: 'keep', chained: 'keep' }
  for (const [from, to] of [
    ['k: STRING', 'k: STRING, more: STRING'],
    ['k: STRING', 'more: { type: INT, path: a.b }, k: STRING'],
    [
      "watermark: ts - INTERVAL '5' SECOND",
      "columns: { part: INT METADATA FROM 'partition' }\n    watermark: ts - INTERVAL '5' SECOND",
    ],
  ] as const) {
    const text = TEXT.replace(from, to)
    expect(text).not.toBe(TEXT)
    expect(await refusal(text)).toContain('q=keep')
    expect(await runTwice(text, keep)).toEqual(whole)
  }
})
