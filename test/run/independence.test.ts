/** The same lines give the same bytes in every topic and file, however they come: from files or sockets, at once or in bits. */
import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Random, seededRandom } from '../../src/base/random.ts'
import { folderWith } from '../cli/tailrace.ts'
import { difference, type Outcome, readOutcome } from '../crash/outcome.ts'
import { makeInputs, PIPELINE } from '../crash/pipeline.ts'

const SEED = 42
const inputs = makeInputs(SEED, 4000)
const texts = { access: `${inputs.access.join('\n')}\n`, orders: `${inputs.orders.join('\n')}\n` }
const ARGS = ['run', 'p.yaml', '--until-end', '--data', 'data']

const SOCKETS = PIPELINE.replaceAll(/file: \{ path: \w+\.log, poll: 10ms \}/g, 'tcp: 127.0.0.1:0')

async function fromFiles(): Promise<Outcome> {
  using folder = folderWith({ 'p.yaml': PIPELINE, 'access.log': texts.access, 'orders.log': texts.orders })
  expect(await folder.tailrace(...ARGS)).toMatchObject({ code: 0 })
  return await readOutcome(folder.path)
}

/** Pieces of up to `most` bytes, with a turn of the event loop between them, so that the source's reads differ in size. */
async function fromSockets(most: number, random: Random): Promise<Outcome> {
  using folder = folderWith({ 'p.yaml': SOCKETS })
  const running = folder.start(...ARGS)
  const line = await running.line(/^crash runs:/)
  const [access = 0, orders = 0] = Array.from(line.matchAll(/127\.0\.0\.1:(\d+)/g), ([, port]) => Number(port))
  await Promise.all([send(access, texts.access, most, random), send(orders, texts.orders, most, random)])
  expect(await running.ended).toMatchObject({ code: 0 })
  return await readOutcome(folder.path)
}

async function send(port: number, text: string, most: number, random: Random): Promise<void> {
  const bytes = Buffer.from(text)
  const socket = connect(port, '127.0.0.1').setNoDelay().resume()
  const closed = new Promise((resolve, reject) => socket.on('close', resolve).on('error', reject))
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + random.below(most)
    if (!socket.write(bytes.subarray(at, end))) await new Promise((drained) => socket.once('drain', drained))
    await setImmediate()
    at = end
  }
  socket.end()
  await closed
}

// Holds same-rows.
// Holds partition-of-a-line.
test('from files and from sockets, at once and in pieces, all topics and files end the same', async () => {
  const expected = await fromFiles()
  expect(expected.get('access-0')?.length).toBeGreaterThan(1000)
  expect(expected.get('crash.both-0')?.length).toBeGreaterThan(20)
  expect(expected.get('access.dead-0')?.length).toBeGreaterThan(5)
  const random = seededRandom(SEED)
  for (const most of [300, 1 << 20]) {
    expect(difference(await fromSockets(most, random), expected)).toBeUndefined()
  }
})
