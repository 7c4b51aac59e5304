/**
 * Real disorder, streamed through the engine and through durable topics with `idle` set: exactly the rows that the rule of
 * time calls late are late, and with a long enough delay nothing is lost.
 */
import { expect } from 'vitest'
import { rowsOf } from '../../src/engine/naive.test-tool.ts'
import { openGraph } from '../../src/engine/open-graph.ts'
import { formats } from '../../src/format/all.ts'
import type { OpenFormat } from '../../src/format/format.ts'
import type { Value } from '../../src/record/column.ts'
import { makeRecords, splitLines } from '../../src/record/lines-split.ts'
import { planQuery } from '../../src/sql/plan-query.ts'
import { lettersOf, type ReadLetter } from '../../src/topic/letters.test-tool.ts'
import { jsonOf, linesOf } from '../cli/tailrace.ts'
import { readData, testWithData } from '../format/shared-data.ts'
import { startQueries } from '../sim/running.ts'

const SESSION = { timezone: 'UTC', now: 0 }

type Stream = {
  readonly format: string
  readonly time: string
  readonly delaySeconds: number
  readonly partitions: number
  /** Lines pushed at once. */
  readonly lines: number
}

/** Streams lines to a statement over `log`, to the partitions in turn; gives its rows and the late lines. */
function stream(sql: string, bytes: Buffer, { format: name, time, delaySeconds, partitions, lines }: Stream) {
  const records = makeRecords(0)
  splitLines(bytes, 0, bytes.length, records)
  const format = formats.get(name)?.open({}, records) as OpenFormat
  const rowtime = { field: format.fields.findIndex((field) => field.name === time), delay: delaySeconds * 1000 }
  const catalog = new Map([['log', { name: 'log', fields: format.fields, rowtime }]])
  const query = planQuery(sql, catalog, { mode: 'streaming', session: SESSION })
  const values: Value[][] = []
  const late: number[] = []
  let partly = 0
  let pushed: readonly number[] = []
  const graph = openGraph(query, catalog, {
    session: SESSION,
    partitions: () => partitions,
    output: {
      emit: (batch) => void values.push(...rowsOf(batch)),
      reject({ kind, origin }) {
        if (kind === 'partly_late') partly++
        else late.push(kind === 'late' ? (pushed[origin] as number) : Number.NaN)
      },
    },
  })
  const decode = format.decoder(graph.scans[0]?.columns ?? [])
  for (let from = 0; from < records.count; from += lines * partitions) {
    for (let partition = 0; partition < partitions; partition++) {
      pushed = Array.from({ length: lines }, (_, i) => from + i * partitions + partition).filter(
        (i) => i < records.count,
      )
      const some = {
        bytes: records.bytes,
        start: Int32Array.from(pushed, (i) => records.start[i] as number),
        end: Int32Array.from(pushed, (i) => records.end[i] as number),
        count: pushed.length,
      }
      const batch = decode(some, { add: () => late.push(Number.NaN) })
      graph.push(0, { ...batch, partition })
    }
  }
  graph.end()
  return { values, late: late.sort((a, b) => a - b), partly }
}

const lined = (rows: readonly (readonly unknown[])[]): string => rows.map((row) => `${row.join('\t')}\n`).join('')

const counts = (from: string, errors: string, size: string) =>
  `SELECT window_start, COUNT(*) AS hits, COUNT(*) FILTER (WHERE ${errors}) AS errors, SUM(COALESCE(${size}, 0)) AS total
   FROM ${from} GROUP BY window_start, window_end`

for (const partitions of [1, 3]) {
  // Promise late: A record is late only for windows that its own partition had closed; late for all of them, it is a dead
  // letter.
  testWithData(`nginx, seconds running backwards: a delay of 60 s loses nothing over ${partitions} partitions`, () => {
    const sql = counts(`TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' MINUTE))`, 'status >= 400', 'body_bytes')
    const log = readData('access/nginx-combined-28021.log.gz')
    const options = { format: 'combined', time: 'ts', partitions, lines: 997 }
    const { values, late } = stream(sql, log, { ...options, delaySeconds: 60 })
    expect(lined(values.map(([start, ...rest]) => [Number(start) / 1000, ...rest]))).toBe(
      readData('expected/nginx-combined-28021/error-rate-per-minute.tsv').toString(),
    )
    expect(late).toEqual([])
  })
}

type Event = { readonly time: number; readonly error: boolean; readonly size: number }

const eventsOf = (bytes: Buffer): Event[] =>
  jsonOf<{ time: string; code: string; size: number }>(linesOf(bytes.toString())).map(({ time, code, size }) => ({
    time: Date.parse(time),
    error: Number(code) >= 400,
    size,
  }))

type Windows = { readonly size: number; readonly slide: number; readonly delay: number; readonly partitions: number }

/** The rule of time to the letter: each row against the watermark of its own partition, window by window. */
function naive(events: readonly Event[], { size, slide, delay, partitions }: Windows) {
  const watermarks = new Array<number>(partitions).fill(-Infinity)
  const windows = new Map<number, [start: number, hits: number, errors: number, total: number]>()
  const late: { readonly index: number; readonly lateMs: number }[] = []
  let partly = 0
  events.forEach((event, index) => {
    const partition = index % partitions
    const watermark = watermarks[partition] as number
    watermarks[partition] = Math.max(watermark, event.time - delay)
    let taken = false
    let missed = false
    const last = Math.floor(event.time / slide) * slide
    for (let start = last; start > event.time - size; start -= slide) {
      if (watermark >= start + size - 1) {
        missed = true
        continue
      }
      taken = true
      const window = windows.get(start) ?? [start, 0, 0, 0]
      windows.set(start, window)
      window[1]++
      if (event.error) window[2]++
      window[3] += event.size
    }
    if (!taken) late.push({ index, lateMs: watermark - (last + size - 1) + 1 })
    else if (missed) partly++
  })
  return { rows: [...windows.values()].sort(([a], [b]) => a - b), late, partly }
}

const DISORDER = 'events/mirror-2020-05-15-raw-order.ndjson.gz'
const MINUTE = 60_000
const MINUTES = `TABLE(TUMBLE(TABLE log, DESCRIPTOR(\`time\`), INTERVAL '1' MINUTE))`

for (const partitions of [1, 3]) {
  for (const [slide, size] of [
    [MINUTE, MINUTE],
    [5 * MINUTE, 10 * MINUTE],
  ] as const) {
    testWithData(
      `disorder of a day: ${size / MINUTE} min each ${slide / MINUTE}, over ${partitions} partitions`,
      () => {
        const table =
          size === slide
            ? MINUTES
            : `TABLE(HOP(TABLE log, DESCRIPTOR(\`time\`), INTERVAL '5' MINUTE, INTERVAL '10' MINUTE))`
        const sql = counts(table, 'CAST(code AS INT) >= 400', 'size')
        const bytes = readData(DISORDER)
        const events = eventsOf(bytes)
        for (const delaySeconds of [0, 60, 600]) {
          const { values, late, partly } = stream(sql, bytes, {
            format: 'json',
            time: 'time',
            delaySeconds,
            partitions,
            lines: 311,
          })
          const expected = naive(events, { size, slide, delay: delaySeconds * 1000, partitions })
          expect(late).toEqual(expected.late.map(({ index }) => index))
          expect(partly).toBe(expected.partly)
          expect(lined(values)).toBe(lined(expected.rows))
          expect(late.length).toBeGreaterThan(0)
        }
      },
    )
  }
}

testWithData('disorder of a day: with a delay of a day nothing is late, and the answer is that of jq', () => {
  const bytes = readData(DISORDER)
  const options = { format: 'json', time: 'time', delaySeconds: 86_400, partitions: 3, lines: 1000 }
  const iso = ([start, ...rest]: readonly Value[]) => [
    new Date(Number(start)).toISOString().replace('.000', ''),
    ...rest,
  ]
  const minutes = stream(counts(MINUTES, 'CAST(code AS INT) >= 400', 'size'), bytes, options)
  expect(minutes.late).toEqual([])
  const folder = 'expected/mirror-2020-05-15-raw-order'
  expect(lined(minutes.values.map(iso))).toBe(readData(`${folder}/requests-errors-bytes-per-minute.tsv`).toString())

  const top = stream(
    `SELECT window_start, rn, path, hits FROM (
       SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY hits DESC, path) AS rn FROM (
         SELECT window_start, window_end, path, COUNT(*) AS hits
         FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(\`time\`), INTERVAL '1' HOUR)) GROUP BY window_start, window_end, path))
     WHERE rn <= 10`,
    bytes,
    options,
  )
  expect(lined(top.values.map(iso))).toBe(readData(`${folder}/top10-paths-per-hour.tsv`).toString())
})

const pipeline = (format: string, time: string) => `version: 1
name: p
topics:
  t:
    partitions: 3
    format: ${format}
    watermark: ${time} - INTERVAL '60' SECOND
    idle: 10s
queries:
  minutes:
    sql: |
      SELECT window_start, window_end, COUNT(*) AS n
      FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(${time}), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end
`

type Letter = Pick<ReadLetter, 'partition' | 'offset' | 'late_ms'>

/** Takes lines through durable topics and a pipeline's query, line n in partition n modulo 3, `batch` lines at once. */
async function runPipeline(text: string, lines: readonly string[], batch: number) {
  await using running = await startQueries({ text })
  for (let from = 0; from < lines.length; from += 3 * batch) {
    const some = lines.slice(from, from + 3 * batch)
    for (const partition of [0, 1, 2]) {
      const own = some.filter((_, i) => (from + i) % 3 === partition)
      await running.append('t', partition, own)
    }
  }
  await running.settle()
  running.end()
  await running.settle()
  const rows = (await running.records('p.minutes')).flat().map((row) => JSON.parse(row))
  const letters = lettersOf((await running.records('t.dead')).flat())
  return { rows, letters, counted: rows.reduce((sum, { n }) => sum + n, 0) }
}

testWithData('nginx, through a pipeline: with a delay of 60 s nothing is lost', async () => {
  const lines = linesOf(readData('access/nginx-combined-28021.log.gz').toString())
  const { rows, letters, counted } = await runPipeline(pipeline('combined', 'ts'), lines, 700)
  expect(letters).toEqual([])
  expect(counted).toBe(28_021)
  expect(rows).toHaveLength(235)
})

testWithData(
  'a day of two servers one after the other, through a pipeline: each dropped line is a dead letter',
  async () => {
    const bytes = readData(DISORDER)
    const text = pipeline('{ json: { columns: { happened: { type: TIMESTAMP_LTZ(3), path: time } } } }', 'happened')
    const { late } = naive(eventsOf(bytes), { size: MINUTE, slide: MINUTE, delay: MINUTE, partitions: 3 })
    const expected = late.map(({ index, lateMs }) => {
      return { partition: index % 3, offset: Math.floor(index / 3), late_ms: lateMs }
    })
    const byPlace = (a: Letter, b: Letter) => a.partition - b.partition || a.offset - b.offset
    for (const batch of [100, 5000]) {
      const { letters, counted } = await runPipeline(text, linesOf(bytes.toString()), batch)
      const found = letters.map(({ partition, offset, late_ms }) => ({ partition, offset, late_ms }))
      expect(found).toEqual(expected.toSorted(byPlace))
      expect(letters.length).toBeGreaterThan(1000)
      expect(counted + letters.length).toBe(53_471)
    }
  },
)
