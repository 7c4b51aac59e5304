/**
 * The rows of a pipeline are those that its SQL means: the rows of batch mode where nothing is late, and those of the naive
 * evaluator where rows are late. Pipelines and streams are random, from the seed in a test's name.
 */
import { expect, test } from 'vitest'
import { SimulatedDisk } from '../../src/base/disk/simulated-disk.test-tool.ts'
import { type Random, seededRandom } from '../../src/base/random.ts'
import { answer, type Question, type Row, sqlOf, type WindowSpec } from '../../src/engine/naive.test-tool.ts'
import { makeEncoder } from '../../src/format/write/encoders.ts'
import { askedOf } from '../../src/history/report.ts'
import { runOverSpan } from '../../src/history/span-query.ts'
import type { CheckedPipeline, CheckedQuery } from '../../src/pipeline/checked.ts'
import { columnOf, type Value } from '../../src/record/column.ts'
import type { Field } from '../../src/record/type.ts'
import { lettersOf } from '../../src/topic/letters.test-tool.ts'
import { checkedText } from '../run/in-process.ts'
import { makePipeline, makeStream } from './random-pipeline.ts'
import { type Running, startQueries, testClock } from './running.ts'

const EVER = { since: 0, until: Date.UTC(2100, 0, 1) }

/** The rows of the same SQL in batch mode, over all records in the topics. */
async function batchRows(name: string, pipeline: CheckedPipeline, running: Running): Promise<string[]> {
  const { query, reads } = pipeline.queries.find((one) => one.name === name) as CheckedQuery
  const topics = new Map(reads.map((read) => [read, running.topic(read)]))
  const asked = askedOf(query.sql, pipeline, EVER, topics)
  const encoder = makeEncoder('ndjson', asked.query.plan.fields)
  const rows: string[] = []
  await runOverSpan(asked, (batch) => void rows.push(...linesOf(encoder.encode(batch, 0, batch.count))))
  return rows
}

const linesOf = (bytes: Uint8Array): string[] => Buffer.from(bytes).toString().split('\n').slice(0, -1)

// Promise batch-differs-by-late-rows: Where nothing is late, a stream puts out the rows of batch mode; else it differs by the
// late rows, which `--compare` lists.
test.each([1, 2, 3, 4])('seed %i: where nothing is late, a stream puts out the rows of batch mode', async (seed) => {
  const { text, queries } = makePipeline(seededRandom(seed))
  const pipeline = checkedText(text, '/data')
  const { disk } = new SimulatedDisk()
  const running = await startQueries({ folder: '/data', text, disk })
  const random = seededRandom(seed + 100)
  for (const event of makeStream(seededRandom(seed + 50), { turns: 80, late: false })) {
    if ('silence' in event) await running.pass(event.silence, 500)
    else await running.append(event.topic, event.partition, event.records)
    if (random.next() < 0.5) await running.settle()
  }
  // A ttl has no meaning in batch mode.
  for (const { name } of queries.filter(({ ttl = 'forever' }) => ttl === 'forever')) {
    const streamed = (await running.records(`p.${name}`)).flat().sort()
    expect(streamed, name).toEqual((await batchRows(name, pipeline, running)).sort())
  }
  expect((await running.records('p.both_0')).flat().length).toBeGreaterThan(5)
  await running.stop()
})

const TABLE = `version: 1
name: p
topics:
  t:
    partitions: 3
    format: { json: { columns: { k: STRING, j: INT, v: INT, w: BIGINT, d: DOUBLE, ts: TIMESTAMP(3) } } }
    watermark: ts - INTERVAL '0.005' SECOND
queries:
`

const WINDOWS: readonly WindowSpec[] = [
  { kind: 'TUMBLE', size: 4000 },
  { kind: 'HOP', slide: 1000, size: 4000 },
  { kind: 'HOP', slide: 5000, size: 10_000 },
  { kind: 'CUMULATE', step: 1000, size: 4000 },
]

const KEYS: readonly Question['keys'][] = [[], ['k'], ['k', 'j']]

function questionsOf(random: Random): readonly Question[] {
  return WINDOWS.map((window) => ({
    window,
    keys: KEYS[random.below(KEYS.length)] ?? [],
    where: random.below(2) === 0,
    top: random.below(3) || undefined,
  }))
}

/** Event time goes up, and back by up to 9 s. */
function rowsOf(random: Random): readonly Row[] {
  const maybe = <T>(value: T): T | null => (random.below(8) === 0 ? null : value)
  return Array.from({ length: 120 }, (_, i) => ({
    k: maybe(['a', 'b', 'ab', ''][random.below(4)] as string),
    j: maybe(random.below(3) - 1),
    v: maybe(random.below(8) - 3),
    w: maybe(BigInt(random.below(2 ** 31)) ** 2n),
    d: maybe((random.below(80) - 40) / 8),
    ts: 600 * i - random.below(9000),
    partition: random.below(3),
  }))
}

const lineOf = ({ k, j, v, w, d, ts }: Row): string =>
  `{"k":${JSON.stringify(k)},"j":${j},"v":${v},"w":${w},"d":${d},"ts":${JSON.stringify(new Date(ts as number).toISOString().slice(0, -1))}}`

function encoded(fields: readonly Field[], rows: readonly (readonly Value[])[]): readonly string[] {
  const columns = fields.map(({ type }, index) =>
    columnOf(
      type,
      rows.map((row) => row[index] as Value),
    ),
  )
  const batch = { count: rows.length, columns, partition: 0, origin: undefined, watermark: undefined }
  return linesOf(makeEncoder('ndjson', fields).encode(batch, 0, rows.length))
}

test.each([1, 2, 3, 4])(
  'seed %i: where rows are late, a stream puts out the rows of the naive evaluator',
  async (seed) => {
    const random = seededRandom(seed)
    const questions = questionsOf(random)
    const input = rowsOf(random)
    const text = TABLE + questions.map((question, i) => `  q${i}: ${JSON.stringify(sqlOf(question))}\n`).join('')
    const pipeline = checkedText(text, '/data')
    const clock = testClock()
    const disk = new SimulatedDisk()
    let running = await startQueries({ folder: '/data', text, clock, disk: disk.disk })
    for (let from = 0, to = 0; from < input.length; from = to) {
      to = from + 1 + random.below(8)
      await Promise.all(input.slice(from, to).map((row) => running.append('t', row.partition, [lineOf(row)])))
      if (random.next() < 0.5) await running.settle()
      if (random.next() < 0.3) await running.checkpoint()
      if (random.next() >= 0.1) continue
      await running.stop()
      running = await startQueries({ folder: '/data', text, clock, disk: disk.disk })
    }
    await running.settle()
    running.end()
    await running.settle()
    const letters = lettersOf((await running.records('t.dead')).flat())
    for (const [i, question] of questions.entries()) {
      const { rows, late } = answer(question, input, 'streaming')
      const fields = pipeline.queries[i]?.query.plan.fields ?? []
      expect((await running.records(`p.q${i}`)).flat(), sqlOf(question)).toEqual(encoded(fields, rows))
      const missed = letters
        .filter(({ query }) => query === `q${i}`)
        .map(({ kind, windows }) => `${kind} ${windows?.count}`)
      const wanted = late.map(({ counted, windows }) => `${counted === 0 ? 'late' : 'partly_late'} ${windows}`)
      expect(missed.sort()).toEqual(wanted.sort())
    }
    await running.stop()
  },
)
