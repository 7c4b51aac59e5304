/** A query with more state than its limit ends the run with a message, and nothing is lost: with more room it goes on. */
import { writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/sim/running.ts'
import { systemClock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { nodeDisk } from '../base/node-disk.ts'
import { seededRandom } from '../base/random.ts'
import { checkPipeline } from '../pipeline/check/check.ts'
import { readPipeline } from '../pipeline/file/load.ts'
import { runPipeline } from '../run/run.ts'
import type { RunSummary } from '../run/run-summary.ts'
import { SharedOutput } from '../terminal/output.ts'

const textOf = (state: string, limits = '') => `version: 1
name: p
sources: { log: { file: access.log, to: access } }
topics:
  access:
    partitions: 2
    format: { json: { columns: { ts: TIMESTAMP(3), k: STRING } } }
    watermark: ts - INTERVAL '5' SECOND
queries:
  minutes: { count: { every: 1m, from: access } }
  keys:
    count: { by: k, every: 1h, from: access }
    ${state}
sinks: { keys: { from: keys, ndjson: keys.ndjson }, minutes: { from: minutes, ndjson: minutes.ndjson } }
checkpoint: { interval: 20ms }
${limits}
`

async function run(folder: string, text: string): Promise<RunSummary> {
  const { pipeline } = checkPipeline(readPipeline(join(folder, 'p.yaml'), text, { environment: {} }), 0)
  return await runPipeline(pipeline, {
    dataFolder: join(folder, 'data'),
    untilEnd: true,
    reset: new Map(),
    clock: systemClock,
    random: seededRandom(1),
    disk: nodeDisk,
    stop: new AbortController().signal,
    output: new SharedOutput(process.stdout),
    started() {},
    warn() {},
  })
}

/** Lines of two hours, each with a key of its own. */
function writeLog(folder: string, lines: number): void {
  const line = (i: number) => {
    const ts = new Date(Date.UTC(2026, 0, 1) + (i * 7_200_000) / lines).toISOString().slice(0, -1)
    return JSON.stringify({ ts, k: `key ${i}` })
  }
  writeFileSync(join(folder, 'access.log'), `${Array.from({ length: lines }, (_, i) => line(i)).join('\n')}\n`)
}

test('at its limit a query ends the run with a message; with more room, the next run goes on as if nothing had happened', async () => {
  using folder = await temporaryFolder()
  using other = await temporaryFolder()
  for (const { path } of [folder, other]) writeLog(path, 60_000)
  const failure = await run(folder.path, textOf('state: { limit: 1MiB }')).catch((error: unknown) => error)
  if (!(failure instanceof Failure)) throw new Error('it was not refused', { cause: failure })
  expect(failure).toMatchObject({
    code: 'limit',
    message: expect.stringMatching(
      /^query "keys" holds [\d.]+ MiB for [\d,]+ groups in [12] open windows?, more than its limit of 1 MiB$/,
    ),
    hint: expect.stringContaining('limits: { state: … }'),
  })
  // The state of the checkpoint does not fit either: the next run says so at once, and does no harm.
  await expect(run(folder.path, textOf('state: { limit: 1MiB }'))).rejects.toMatchObject({ code: 'limit' })
  await run(folder.path, textOf('state: { limit: 32MiB }'))
  const { state } = await run(other.path, textOf(''))
  for (const file of ['keys.ndjson', 'minutes.ndjson']) {
    expect(await readFile(join(folder.path, file), 'utf8')).toBe(await readFile(join(other.path, file), 'utf8'))
  }
  expect(state.keys?.mostBytes).toBeGreaterThan(2 ** 20)
  expect(state.minutes?.mostBytes).toBeLessThan(2 ** 20)
})

test('limits.state is for every query without a limit; a limit that nothing fits into is refused, and so is ttl', () => {
  const limitsOf = (state: string, limits?: string) => {
    const text = textOf(state, limits)
    const { queries } = checkPipeline(readPipeline('p.yaml', text, { environment: {} }), 0).pipeline
    return Object.fromEntries(queries.map(({ name, stateLimit }) => [name, stateLimit]))
  }
  expect(limitsOf('state: { limit: 5MiB }', 'limits: { state: 2MiB }')).toEqual({ keys: 5 << 20, minutes: 2 << 20 })
  expect(limitsOf('').keys).toBeGreaterThan(2 ** 24)
  expect(limitsOf('').keys).toBeLessThanOrEqual(2 ** 30)
  expect(() => limitsOf('state: { limit: 10KiB }')).toThrow('less than 1MiB')
  expect(() => limitsOf('', 'limits: { state: 10KiB }')).toThrow('less than 1MiB')
  expect(() => limitsOf('state: { ttl: 1h }')).toThrow('ttl has no use here')
})
