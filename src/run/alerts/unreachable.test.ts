import { expect, test } from 'vitest'
import { checkedText } from '../../../test/run/in-process.ts'
import { testClock } from '../../../test/sim/running.ts'
import { nodeDisk } from '../../base/disk/node-disk.ts'
import { Failure } from '../../base/failure.ts'
import { readAll } from '../../bus/appends.test-tool.ts'
import { ownEmbedded } from '../../bus/embedded/embedded.test-tool.ts'
import { temporaryFolder } from '../../data/data-folder.test-tool.ts'
import { openReach } from '../reach.ts'
import { openUnreachable } from './unreachable.ts'

const TEXT = `version: 1
name: p
sources:
  api: { tcp: 127.0.0.1:1, to: access }
  other: { tcp: 127.0.0.1:2, to: access }
topics:
  access: { format: combined }
alerts:
  unreachable: { for: 2m, severity: critical }
`

/** A run whose sources say what the test wants; `folder` is kept from run to run. */
async function start(folder: string, clock = testClock(), text = TEXT) {
  const bus = await ownEmbedded(folder, { disk: nodeDisk, clock })
  const topic = await bus.topic('p.alert.unreachable', 1)
  const reach = openReach(clock)
  const failures: unknown[] = []
  const fail = (error: unknown) => void failures.push(error)
  const alert = openUnreachable({ clock, disk: nodeDisk, dataFolder: folder, reach, fail })
  await alert.become(checkedText(text, folder), topic)
  const away = (source: string) => reach.note(source, new Failure('io', 'no answer', { retryable: true }))
  return {
    away,
    back: (source: string) => reach.note(source, undefined),
    standing: () =>
      alert.standing().map(({ source, fired }) => `${source} ${fired === undefined ? 'pending' : 'firing'}`),
    async pass(ms: number) {
      clock.advance(ms)
      // The timer, and what it does then.
      await new Promise(setImmediate)
      await alert.settled()
      expect(failures).toEqual([])
    },
    async rows() {
      const records = await readAll(topic, 0)
      return records.map(
        ({ value }) => JSON.parse(Buffer.from(value, 'latin1').toString()) as { [column: string]: string },
      )
    },
    async stop() {
      await alert[Symbol.asyncDispose]()
      await bus[Symbol.asyncDispose]()
    },
  }
}

const states = (rows: readonly { readonly [column: string]: string }[]) =>
  rows.map(({ state, source }) => `${state} ${source}`)

test('a source that cannot be reached for the time is told once, and once more when it can', async () => {
  using folder = temporaryFolder()
  const run = await start(folder.path)
  run.away('api')
  await run.pass(60_000)
  run.away('api')
  expect(run.standing()).toEqual(['api pending'])
  // The other one is back before its time.
  run.away('other')
  await run.pass(59_000)
  run.back('other')
  expect(await run.rows()).toEqual([])
  await run.pass(2_000)
  expect(run.standing()).toEqual(['api firing'])
  run.away('api')
  await run.pass(600_000)
  run.back('api')
  await run.pass(0)
  const rows = await run.rows()
  expect(states(rows)).toEqual(['firing api', 'resolved api'])
  expect(rows[0]).toMatchObject({
    alert: 'unreachable',
    severity: 'critical',
    since: '2026-01-01T00:00:00.000Z',
    at: '2026-01-01T00:02:01.000Z',
    message: 'source api cannot be reached: no answer',
    reason: 'no answer',
  })
  expect(rows[1]?.id).toBe(rows[0]?.id)
  expect(run.standing()).toEqual([])
  await run.stop()
})

test('a restart goes on with what has fired: it fires with the same id, and is resolved when the source is back', async () => {
  using folder = temporaryFolder()
  const clock = testClock()
  const first = await start(folder.path, clock)
  first.away('api')
  await first.pass(120_000)
  first.away('other')
  await first.stop()
  clock.advance(3_600_000)
  const second = await start(folder.path, clock)
  // The row was durable: it comes again, and a receiver that goes by ids knows it.
  expect(second.standing()).toEqual(['api firing'])
  second.away('api')
  await second.pass(300_000)
  second.back('api')
  await second.pass(0)
  const rows = await second.rows()
  expect(states(rows)).toEqual(['firing api', 'firing api', 'resolved api'])
  expect(new Set(rows.map(({ id, since }) => `${id} ${since}`)).size).toBe(1)
  await second.stop()
  const third = await start(folder.path, clock)
  expect(third.standing()).toEqual([])
  await third.stop()
})

test('a source that is gone from the pipeline is resolved, and one that is only closed is not', async () => {
  using folder = temporaryFolder()
  const clock = testClock()
  const first = await start(folder.path, clock)
  first.away('api')
  await first.pass(120_000)
  await first.stop()
  const second = await start(folder.path, clock, TEXT.replace(/ {2}api: .*\n/, ''))
  await second.pass(0)
  expect(states(await second.rows())).toEqual(['firing api', 'resolved api'])
  await second.stop()
})
