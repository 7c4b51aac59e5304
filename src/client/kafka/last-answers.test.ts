import { once } from 'node:events'
import { apiVersionsV0 } from '@platformatic/kafka'
import { expect, test } from 'vitest'
import type { Clock } from '../../base/clock.ts'
import { parseAddress } from './address.ts'
import { type LastAnswers, openLastAnswers } from './last-answers.ts'
import { openLink } from './link.ts'
import { strangeServer } from './strange-server.test-tool.ts'

/** Time passes only where something sleeps, and then at once. */
function hastyClock(): Clock & { readonly slept: number[] } {
  const slept: number[] = []
  return {
    slept,
    now: () => 0,
    elapsed: () => 0,
    async sleep(time, signal) {
      signal?.throwIfAborted()
      slept.push(time)
    },
  }
}

const linkTo = (address: string, lastAnswers: LastAnswers) =>
  openLink(parseAddress(address) ?? expect.unreachable(), { clientId: 'test', lastAnswers })

const LATE = { name: 'Failure', code: 'io', retryable: true, message: expect.stringContaining('does not answer') }

test('once somebody waits for the end, a silent broker fails what is under way, and all later requests sooner', async () => {
  const asked = Promise.withResolvers<void>()
  const closed: Promise<unknown>[] = []
  await using server = await strangeServer((socket) => {
    closed.push(once(socket, 'close'))
    socket.once('data', () => asked.resolve())
  })
  const clock = hastyClock()
  const giveUp = new AbortController()
  const lastAnswers = openLastAnswers(clock, giveUp.signal)
  const ask = () => linkTo(server.address, lastAnswers).use((to) => apiVersionsV0.api.async(to, '', ''))
  const failed = ask().catch((error) => error)
  await asked.promise
  expect(clock.slept).toEqual([])
  giveUp.abort()
  expect(await failed).toMatchObject(LATE)
  await Promise.all(closed)
  await expect(ask()).rejects.toMatchObject(LATE)
  expect(clock.slept).toEqual([5000, 1000])
})

test('a connection that is being made is given up, too', async () => {
  await using server = await strangeServer(() => {})
  const giveUp = new AbortController()
  const link = openLink(parseAddress(server.address) ?? expect.unreachable(), {
    clientId: 'test',
    sasl: { mechanism: 'PLAIN', username: 'a', password: 'b' },
    lastAnswers: openLastAnswers(hastyClock(), giveUp.signal),
  })
  const failed = link.use(() => expect.unreachable('it never logs in')).catch((error) => error)
  giveUp.abort()
  expect(await failed).toMatchObject(LATE)
})

test('an answer in time is what it is, also near the end', async () => {
  const slow: Clock = { now: () => 0, elapsed: () => 0, sleep: () => new Promise(() => {}) }
  const giveUp = new AbortController()
  const { of } = openLastAnswers(slow, giveUp.signal)
  const answer = Promise.withResolvers<string>()
  const first = of('a:1', answer.promise)
  giveUp.abort()
  const second = of('a:1', answer.promise)
  answer.resolve('here')
  expect(await Promise.all([first, second])).toEqual(['here', 'here'])
})
