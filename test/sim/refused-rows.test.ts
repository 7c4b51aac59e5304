/** Sinks that refuse rows or fail, in whole runs of a pipeline. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Failure } from '../../src/base/failure.ts'
import type { RunOptions } from '../../src/run/run-options.ts'
import type { RunSummary } from '../../src/run/run-summary.ts'
import type { Sink, SinkType } from '../../src/sink/sink.ts'
import { folderWith, linesOf } from '../cli/tailrace.ts'
import { checkedText, readTopics, runInProcess } from '../run/in-process.ts'

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
const LOG = Array.from({ length: 40 }, (_, i) => `line ${i}\n`).join('')

/** Runs to the end of the log, with another sink in place of `store`. */
async function run(folder: string, sink: Sink, more: Partial<RunOptions> = {}): Promise<RunSummary> {
  const pipeline = checkedText(PIPELINE, folder)
  const type: SinkType = { ...(pipeline.sinks[0]?.type as SinkType), open: async () => sink }
  const sinks = pipeline.sinks.map((one) => (one.name === 'store' ? { ...one, type } : one))
  return await runInProcess({ ...pipeline, sinks }, { dataFolder: join(folder, 'data'), ...more })
}

async function lettersIn(folder: string): Promise<{ readonly [key: string]: unknown }[]> {
  const topics = await readTopics(join(folder, 'data'))
  return [0, 1]
    .flatMap((partition) => topics.get(`access.dead-${partition}`) ?? [])
    .map(({ value }) => JSON.parse(value))
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

// Holds sink-refuses.
test('a row that a sink refuses is one dead letter, though the sink gets it again after a restart', async () => {
  using folder = folderWith({ 'access.log': LOG })
  let flushes = 0
  const sink = refusing(async () => {
    // The first run keeps the place of its start only.
    if (flushes++ > 0) throw new Failure('io', 'no flush')
    return {}
  })
  const first = await run(folder.path, sink)
  expect(first.dead.sink).toBe(10)
  expect(first.delivered).toEqual({ store: 30, file: 40 })
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
  const flushing = refusing(async () => ({}))
  const second = await run(folder.path, flushing)
  expect(second.delivered).toEqual({ store: 30, file: 0 })
  expect(second.dead.sink).toBe(0)
  expect(await lettersIn(folder.path)).toEqual(letters)
  expect((await run(folder.path, flushing)).delivered).toEqual({ store: 0, file: 0 })
})

// Promise sink-at-end: A sink that fails for a lasting reason at the end of the input makes the exit code 1, once the others
// have everything.
test('a sink that may not write is the failure of the run, once the others have everything; the next run delivers', async () => {
  using folder = folderWith({ 'access.log': LOG })
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
  expect(folder.lines('all.csv').toSorted()).toEqual(linesOf(LOG).toSorted())
  const { delivered } = await run(folder.path, { ...denied, write: async () => undefined })
  expect(delivered).toEqual({ store: 40, file: 0 })
})

test('a stop while a store is away says that the next run delivers the rest', async () => {
  using folder = folderWith({ 'access.log': LOG })
  const stop = new AbortController()
  const away: Sink = {
    async write() {
      stop.abort()
      throw new Failure('in-use', 'the store is locked', { retryable: true })
    },
    flush: async () => ({}),
    async [Symbol.asyncDispose]() {},
  }
  const warnings: string[] = []
  const { delivered } = await run(folder.path, away, { stop: stop.signal, warn: (text) => void warnings.push(text) })
  expect(delivered).toMatchObject({ store: 0 })
  expect(warnings).toEqual([
    'sink store: the store is locked; trying again until it works',
    'sink store: the store is locked; what it did not take is delivered by the next run',
  ])
  expect((await run(folder.path, { ...away, write: async () => undefined })).delivered).toMatchObject({ store: 40 })
})
