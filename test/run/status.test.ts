/** The status of runs whose parts are in trouble, asked by the control socket as another process does. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { Failure } from '../../src/base/failure.ts'
import { askRun } from '../../src/run/control/ask.ts'
import { openControl } from '../../src/run/control/socket.ts'
import { pipelineStatus } from '../../src/run/status/schema.ts'
import type { PipelineStatus } from '../../src/run/status/status.ts'
import { withTrouble } from '../../src/run/status/trouble.ts'
import type { SinkType } from '../../src/sink/sink.ts'
import { folderWith } from '../cli/tailrace.ts'
import { checkedText, runInProcess } from './in-process.ts'

const PIPELINE = `version: 1
name: p
sources:
  log: { generator: { rate: 200/s }, to: access }
topics:
  access: { partitions: 2, format: common, watermark: ts - INTERVAL '5' SECOND }
sinks:
  store: { from: access, ndjson: out.ndjson }
`

/** Asks the run until the answer fits. */
async function askUntil(dataFolder: string, fits: (status: PipelineStatus) => boolean): Promise<PipelineStatus> {
  for (;;) {
    const asked = await askRun(dataFolder, { command: 'status' }, 20_000)
    const status = asked === undefined ? undefined : withTrouble(pipelineStatus.parse(asked.answer))
    if (status !== undefined && fits(status)) return status
    await systemClock.sleep(20)
  }
}

// Holds slow-sink.
test('a sink that fails says why, since when and how often; once it works, nothing is wrong', async () => {
  using folder = folderWith()
  const dataFolder = join(folder.path, 'data')
  const pipeline = checkedText(PIPELINE, folder.path)
  let isDown = true
  const sinks = pipeline.sinks.map((one) => {
    const open: SinkType['open'] = async () => ({
      async write() {
        if (isDown) throw new Failure('io', 'the store at 10.0.0.7 does not answer', { retryable: true })
        return undefined
      },
      flush: async () => ({}),
      async [Symbol.asyncDispose]() {},
    })
    return { ...one, type: { ...one.type, open } }
  })
  const stop = new AbortController()
  const control = { version: '9.9.9', open: openControl }
  const options = { dataFolder, untilEnd: false, stop: stop.signal, control }
  const run = runInProcess({ ...pipeline, sinks }, options)

  const failing = await askUntil(dataFolder, (status) => (status.sinks[0]?.trouble?.attempts ?? 0) >= 3)
  expect(failing).toMatchObject({
    state: 'running',
    process: { pid: process.pid, version: '9.9.9' },
    sinks: [{ name: 'store', delivered: 0, trouble: { text: 'the store at 10.0.0.7 does not answer' } }],
  })
  expect(failing.sinks[0]?.reads.lag).toBeGreaterThan(0)
  expect(failing.trouble).toMatchObject([
    {
      part: 'sink store',
      text: expect.stringMatching(/^the store at 10\.0\.0\.7 does not answer; tried \d+ times since /),
    },
  ])
  isDown = false
  const mended = await askUntil(dataFolder, ({ sinks: [sink] }) => sink?.trouble === null && (sink.delivered ?? 0) > 0)
  expect(mended.trouble).toEqual([])
  stop.abort()
  await run
  expect(await askRun(dataFolder, { command: 'status' }, 20_000)).toBeUndefined()
})
