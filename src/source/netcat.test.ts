import { once } from 'node:events'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { beginsForm } from '../../test/contract/begins-form.ts'
import { linesOf, runSource, sourceContract, textsOf } from '../../test/contract/source.ts'
import { systemClock } from '../base/clock.ts'
import { netcat } from './netcat.ts'
import { closed, dial, port0, send } from './tcp.test-tool.ts'

sourceContract(netcat, async () => ({
  options: port0,
  expected: ['one', 'two', '', 'three', 'last'],
  send: async (text) => {
    const socket = await dial(text)
    const answered = all(socket)
    for (const piece of ['one\ntw', 'o\n\nthree\nlast']) await new Promise((sent) => socket.write(piece, sent))
    socket.end()
    await answered
  },
}))

/** All that a connection says until it ends. */
async function all(socket: Socket): Promise<string> {
  let text = ''
  socket.setEncoding('utf8').on('data', (piece) => (text += piece))
  await closed(socket)
  return text
}

// Promise netcat-durable: A line that netcat has answered with OK is durable, and is not lost by any end.
test('OK comes for each line, and not before it is durable; also to a peer that has sent all', async () => {
  const durable = Promise.withResolvers<void>()
  const answers: string[] = []
  let isFirst = true
  await runSource(netcat, port0, {
    durable: durable.promise,
    async onDelivery() {
      if (isFirst) {
        for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
        expect(answers).toEqual([])
      }
      isFirst = false
      durable.resolve()
    },
    async started(text) {
      const socket = await dial(text)
      socket.on('data', (piece) => answers.push(String(piece)))
      socket.end('one\n\nthree')
      await closed(socket)
    },
  })
  expect(answers.join('')).toBe('OK\nOK\nOK\n')
})

test('a failure to keep lines ends the run, and they are not answered', async () => {
  const failed = Promise.reject(new Error('the disk is gone'))
  failed.catch(() => {})
  let answer: Promise<string> | undefined
  const run = runSource(netcat, port0, {
    untilEnd: false,
    durable: failed,
    async started(text) {
      const socket = await dial(text)
      answer = all(socket)
      socket.write('line\n')
    },
  })
  await expect(run).rejects.toThrow('the disk is gone')
  expect(await answer).toBe('')
})

test('a line that is too long is answered with FAILED, behind the answers before it, and ends the connection', async () => {
  const warnings: string[] = []
  const answers: string[] = []
  const lines = linesOf(
    await runSource(
      netcat,
      { ...port0, max_line: '10B' },
      {
        warnings,
        async started(text) {
          const open = await dial(text)
          for (const pieces of [['short\nfar too long a line\nafter\n'], ['x'.repeat(11)]]) {
            const socket = await dial(text)
            socket.on('error', () => {})
            const answer = all(socket)
            for (const piece of pieces) socket.write(piece)
            answers.push(await answer)
          }
          open.end()
        },
      },
    ),
  )
  expect(lines).toEqual(['short'])
  const failed = 'FAILED: the line is longer than max_line, 10B\n'
  expect(answers).toEqual([`OK\n${failed}`, failed])
  expect(warnings[0]).toMatch(/^the connection from \S+ was closed: it sent a line that is longer than max_line, 10B$/)
})

test('without `acknowledge` nothing is answered', async () => {
  let answer = ''
  await runSource(
    netcat,
    { ...port0, acknowledge: false },
    {
      async started(text) {
        const socket = await dial(text)
        socket.end('a\nb\n')
        answer = await all(socket)
      },
    },
  )
  expect(answer).toBe('')
})

test('a header that is left out is answered too, as its sender counts lines', async () => {
  const form = { hasHeader: true, hasTime: false, firstTime: () => undefined, timeAt: (at: number) => at }
  let answer = ''
  const lines = await runSource(netcat, port0, {
    form,
    async started(text) {
      const socket = await dial(text)
      socket.end('name,count\na,1\nb,2\n')
      answer = await all(socket)
    },
  })
  expect(linesOf(lines)).toEqual(['a,1', 'b,2'])
  expect(answer).toBe('OK\nOK\nOK\n')
})

// Promise: What `netcat` and `beats` have read when a run is stopped is kept and acknowledged before it ends.
test('what was read by a stop is kept and answered before the connection is closed', async () => {
  const stop = new AbortController()
  let answer: Promise<string> | undefined
  const kept: string[] = []
  await runSource(netcat, port0, {
    untilEnd: false,
    signal: stop.signal,
    onDelivery: () => stop.abort(),
    take: async (lines) => void kept.push(...textsOf(lines)),
    async started(text) {
      const socket = await dial(text)
      answer = all(socket)
      socket.write('one\ntwo\nhal')
    },
  })
  expect(kept).toEqual(['one', 'two'])
  expect(await answer).toBe('OK\nOK\n')
})

test('a peer that only looks does not end the run', async () => {
  const lines = await runSource(netcat, port0, {
    async started(text) {
      await send(text)
      const socket = await dial(text)
      socket.end('line\n')
      await all(socket)
    },
  })
  expect(linesOf(lines)).toEqual(['line'])
})

test('a record that might go on is kept and answered once its peer has been quiet', async () => {
  let elapsed = 0
  const clock = {
    ...systemClock,
    elapsed: () => elapsed,
    async sleep(time: number, signal?: AbortSignal) {
      await new Promise(setImmediate)
      signal?.throwIfAborted()
      elapsed += time
    },
  }
  const lines = await runSource(netcat, port0, {
    clock,
    form: beginsForm(5000),
    async started(text) {
      const socket = await dial(text)
      const answered = once(socket, 'data')
      socket.write('1 one\n  goes on\n')
      expect(String(await answered)).toBe('OK\n')
      socket.destroy()
    },
  })
  expect(linesOf(lines)).toEqual(['1 one\n  goes on'])
})
