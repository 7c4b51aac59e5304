/** Real disorder through a durable topic and a pipeline's queries, with `idle` set: exactly the late rows are dead letters. */
import { expect } from 'vitest'
import { temporaryFolder } from '../../src/data/data-folder.test-tool.ts'
import { readData, testWithData } from '../format/shared-data.ts'
import { startQueries } from '../sim/running.ts'

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

type Letter = { readonly partition: number; readonly offset: number; readonly late_ms: number }

/** Reads all lines, line n from partition n modulo 3, in batches of this size; then the input ends. */
async function run(text: string, lines: readonly string[], batch: number) {
  using folder = temporaryFolder()
  const running = await startQueries({ folder: folder.path, text })
  for (let from = 0; from < lines.length; from += 3 * batch) {
    const some = lines.slice(from, from + 3 * batch)
    for (const partition of [0, 1, 2]) {
      await running.append(
        't',
        partition,
        some.filter((_, i) => (from + i) % 3 === partition),
      )
    }
  }
  await running.settle()
  running.end()
  await running.settle()
  const rows = (await running.records('p.minutes')).flat().map((row) => JSON.parse(row))
  const letters: Letter[] = (await running.records('t.dead')).flat().map((letter) => JSON.parse(letter))
  await running.stop()
  return { rows, letters, counted: rows.reduce((sum, { n }) => sum + n, 0) }
}

const linesOf = (path: string) => readData(path).toString().trimEnd().split('\n')

testWithData('nginx, seconds running backwards: with a delay of 60 s nothing is lost', async () => {
  const lines = linesOf('access/nginx-combined-28021.log.gz')
  const { rows, letters, counted } = await run(pipeline('combined', 'ts'), lines, 700)
  expect(letters).toEqual([])
  expect(counted).toBe(28_021)
  expect(rows).toHaveLength(235)
})

testWithData('a day of two servers one after the other: each dropped line is a dead letter', async () => {
  const lines = linesOf('events/mirror-2020-05-15-raw-order.ndjson.gz')
  const text = pipeline('{ json: { columns: { happened: { type: TIMESTAMP_LTZ(3), path: time } } } }', 'happened')
  const expected: Letter[] = []
  const watermarks = [-Infinity, -Infinity, -Infinity]
  for (const [n, line] of lines.entries()) {
    const time = Date.parse(JSON.parse(line).time)
    const partition = n % 3
    const watermark = watermarks[partition] as number
    const closing = (Math.floor(time / 60_000) + 1) * 60_000 - 1
    if (watermark >= closing) {
      expected.push({ partition, offset: Math.floor(n / 3), late_ms: watermark - closing + 1 })
    }
    watermarks[partition] = Math.max(watermark, time - 60_000)
  }
  const byPlace = (a: Letter, b: Letter) => a.partition - b.partition || a.offset - b.offset
  for (const batch of [100, 5000]) {
    const { letters, counted } = await run(text, lines, batch)
    const late = letters.map(({ partition, offset, late_ms }) => ({ partition, offset, late_ms }))
    expect(late).toEqual(expected.toSorted(byPlace))
    expect(letters.length).toBeGreaterThan(1000)
    expect(counted + letters.length).toBe(53_471)
  }
})
