import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { closed, portOf, stillToSend } from '../tcp.test-tool.ts'
import { type Peer, Peers, type PeersOptions } from './peers.ts'
import { PacedWarnings } from './warnings.ts'

const MANY = 32 << 20

/** Connections whose bytes are counted and otherwise ignored. `took` is called with each peer that has sent something. */
async function startPeers(took: (peer: Peer) => void = () => {}, more: Partial<PeersOptions> = {}) {
  const warnings = new PacedWarnings({ clock: systemClock, warn: () => {} })
  let bytes = 0
  const peers = new Peers({
    name: 'input',
    clock: { ...systemClock, sleep: (time, signal) => systemClock.sleep(Math.min(time, 50), signal) },
    warnings,
    maxConnections: 8,
    takes: 'anything',
    accept: (peer) => ({
      data(chunk) {
        bytes += chunk.length
        took(peer)
        return true
      },
      end: async () => {},
      isPartial: () => false,
    }),
    left: () => {},
    ...more,
  })
  const { address } = await peers.listen({ host: '127.0.0.1', port: 0 })
  const dialed: Socket[] = []
  onTestFinished(async () => {
    for (const socket of dialed) socket.destroy()
    await peers.close()
  })
  const dial = (): Socket => {
    const socket = connect(portOf(address), '127.0.0.1').on('error', () => {})
    dialed.push(socket)
    return socket
  }
  return { peers, dial, bytes: () => bytes }
}

test('a peer that does not read what it is sent is no longer read, until it reads', async () => {
  let isAnswered = false
  const { dial, bytes } = await startPeers((peer) => {
    // Far more than the system keeps for a connection.
    if (!isAnswered) peer.send(new Uint8Array(MANY))
    isAnswered = true
  })
  const deaf = dial().pause()
  deaf.write(new Uint8Array(MANY))
  expect(await stillToSend(deaf)).toBeGreaterThan(0)
  expect(bytes()).toBeLessThan(MANY)
  deaf.resume()
  deaf.end()
  await closed(deaf)
  expect(bytes()).toBe(MANY)
})

test('a peer that never reads does not hold up the end', async () => {
  const answered = Promise.withResolvers<void>()
  const { peers, dial } = await startPeers((peer) => {
    peer.send(new Uint8Array(MANY))
    answered.resolve()
  })
  dial().pause().write('x')
  await answered.promise
  await peers.close()
  expect(peers.count).toBeLessThanOrEqual(1)
})

test('what a peer was sent before the end reaches it', async () => {
  const answered = Promise.withResolvers<void>()
  const { peers, dial } = await startPeers(
    (peer) => {
      peer.send(new Uint8Array(MANY))
      answered.resolve()
    },
    { clock: systemClock },
  )
  const socket = dial()
  let got = 0
  socket.on('data', (chunk) => {
    got += chunk.length
  })
  socket.write('x')
  await answered.promise
  await Promise.all([peers.close(), closed(socket)])
  expect(got).toBe(MANY)
})

test('while sockets are not read, nothing comes and no time passes', async () => {
  let elapsed = 0
  let isPartial = false
  const taken: number[] = []
  const sleep = async (_: number, signal?: AbortSignal) => {
    await new Promise(setImmediate)
    signal?.throwIfAborted()
  }
  const clock = { ...systemClock, elapsed: () => elapsed, sleep }
  const { peers, dial, bytes } = await startPeers(() => {}, {
    clock,
    timeout: 1000,
    accept: () => ({
      data(chunk) {
        taken.push(chunk.length)
        isPartial = true
        return false
      },
      end: async () => {},
      isPartial: () => isPartial,
    }),
  })
  await using _ = peers.begin()
  const socket = dial().resume()
  socket.write('begun')
  while (taken.length === 0) await new Promise(setImmediate)
  peers.pause()
  socket.write('more')
  elapsed = 1_000_000
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
  expect([taken, bytes(), peers.count]).toEqual([[5], 0, 1])
  peers.resume()
  while (taken.length === 1) await new Promise(setImmediate)
  elapsed += 999
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
  expect(peers.count).toBe(1)
  elapsed += 1
  await closed(socket)
})
