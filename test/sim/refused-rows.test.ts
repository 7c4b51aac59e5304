/** Sinks that refuse rows or fail, in whole runs of a pipeline. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { Failure } from '../../src/base/failure.ts'
import { nodeDisk } from '../../src/base/node-disk.ts'
import { seededRandom } from '../../src/base/random.ts'
import { openForReading } from '../../src/bus/embedded/reading.ts'
import { checkPipeline } from '../../src/pipeline/check/check.ts'
import { readPipeline } from '../../src/pipeline/file/load.ts'
import { runPipeline } from '../../src/run/run.ts'
import type { RunSummary } from '../../src/run/run-summary.ts'
import type { Sink, SinkType } from '../../src/sink/sink.ts'
import { SharedOutput } from '../../src/terminal/output.ts'
import { type DeadLetter, readLetters } from '../../src/topic/dead-letter.ts'
import { temporaryFolder } from './running.ts'

const PIPELINE = `version: 1
name: p
sources:
  log: { file: access.log, to: access }
topics:
  access: { partitions: 2, format: lines }
sinks:
  store: { from: access, ndjson: out.ndjson }
  file: { from: access, csv: { path: all.csv, header: false } }
`
const LINES = Array.from({ length: 40 }, (_, i) => `line ${i}`)

/** Runs to the end of the log, with another sink in place of `store`. */
async function run(folder: string, sink: Sink): Promise<{ readonly summary: RunSummary; readonly said: string[] }> {
  const { pipeline } = checkPipeline(readPipeline(join(folder, 'p.yaml'), PIPELINE, { environment: {} }), 0)
  const type: SinkType = { ...(pipeline.sinks[0]?.type as SinkType), open: async () => sink }
  const sinks = pipeline.sinks.map((one) => (one.name === 'store' ? { ...one, type } : one))
  const said: string[] = []
  const summary = await runPipeline(
    { ...pipeline, sinks },
    {
      dataFolder: join(folder, 'data'),
      untilEnd: true,
      reset: new Map(),
      clock: systemClock,
      random: seededRandom(1),
      disk: nodeDisk,
      stop: new AbortController().signal,
      output: new SharedOutput(process.stdout),
      started() {},
      warn: (message) => said.push(message),
    },
  )
  return { summary, said }
}

async function lettersIn(folder: string): Promise<readonly DeadLetter[]> {
  await using data = openForReading(nodeDisk, join(folder, 'data'), systemClock)
  const letters: DeadLetter[] = []
  for await (const { letter } of readLetters(await data.reader('access.dead'))) letters.push(letter)
  return letters
}

const refusing = (flush: Sink['flush']): Sink => ({
  write: async ({ rows }) => ({
    kind: 'rows',
    rows: Array.from({ length: rows.count }, (_, row) => ({ row, reason: 'no number' })).filter(
      ({ row }) => row % 4 === 0,
    ),
  }),
  flush,
  async [Symbol.asyncDispose]() {},
})

test('a row that a sink refuses is one dead letter, though the sink gets it again after a restart', async () => {
  using folder = await temporaryFolder()
  writeFileSync(join(folder.path, 'access.log'), `${LINES.join('\n')}\n`)
  let flushes = 0
  const sink = refusing(async () => {
    // The first run keeps the place of its start only.
    if (flushes++ > 0) throw new Failure('io', 'no flush')
    return {}
  })
  const first = await run(folder.path, sink)
  expect(first.summary.dead.sink).toBe(10)
  expect(first.summary.delivered).toEqual({ store: 30, file: 40 })
  const letters = await lettersIn(folder.path)
  expect(letters).toHaveLength(10)
  expect(letters[0]).toEqual({
    kind: 'sink',
    reason: 'no number',
    topic: 'access',
    partition: 0,
    offset: 0,
    sink: 'store',
    record: 'line 0',
  })
  const second = await run(
    folder.path,
    refusing(async () => ({})),
  )
  expect(second.summary.delivered).toEqual({ store: 30, file: 0 })
  expect(second.summary.dead.sink).toBe(0)
  expect(await lettersIn(folder.path)).toEqual(letters)
  const third = await run(
    folder.path,
    refusing(async () => ({})),
  )
  expect(third.summary.delivered).toEqual({ store: 0, file: 0 })
})

test('a sink that may not write is the failure of the run, once the others have everything; the next run delivers', async () => {
  using folder = await temporaryFolder()
  writeFileSync(join(folder.path, 'access.log'), `${LINES.join('\n')}\n`)
  const denied: Sink = {
    async write() {
      throw new Failure('denied', 'no permission', { hint: 'ask for it' })
    },
    flush: async () => ({}),
    async [Symbol.asyncDispose]() {},
  }
  await expect(run(folder.path, denied)).rejects.toMatchObject({
    code: 'denied',
    message: 'sink store: no permission; what it did not take is delivered by the next run',
    hint: 'ask for it',
  })
  expect(readFileSync(join(folder.path, 'all.csv'), 'utf8').split('\n').slice(0, -1).sort()).toEqual([...LINES].sort())
  const { summary } = await run(folder.path, { ...denied, write: async () => undefined })
  expect(summary.delivered).toEqual({ store: 40, file: 0 })
})
