/** Records of CSV that span lines, over TCP. */
import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { beginsForm } from '../../test/contract/begins-form.ts'
import { csvForm } from '../../test/contract/csv-form.ts'
import { linesOf, runSource, sourceContract } from '../../test/contract/source.ts'
import type { Clock } from '../base/clock.ts'
import { dial, port0, send } from './tcp.test-tool.ts'
import { tcp } from './tcp.ts'

sourceContract(tcp, async () => ({
  options: port0,
  form: csvForm(true),
  expected: ['1,"o\nne"', '2,x', '3,"a\n\nb"', '4,"open', 'last'],
  send: (text) => send(text, 'a,"b\n', 'c"\n1,"o', '\nne"\n2,x\n3,"a\n', '\nb"\n4,"open\nla', 'st'),
}))

test('a peer that breaks its connection off: the lines that came are records by themselves', async () => {
  const first = Promise.withResolvers<void>()
  const all = await runSource(tcp, port0, {
    form: csvForm(),
    onDelivery: () => first.resolve(),
    async started(text) {
      const socket = await dial(text)
      await new Promise((sent) => socket.write('1,x\n2,"open\nmore\nhal', sent))
      await first.promise
      socket.resetAndDestroy()
    },
  })
  expect(linesOf(all)).toEqual(['1,x', '2,"open', 'more'])
})

// Holds multi-line-wait.
test('a record of a peer that might go on is delivered once the peer has been quiet for long enough', async () => {
  const stop = new AbortController()
  let socket: Socket | undefined
  // An hour passes with each look, and a look with each turn of the event loop.
  let elapsed = 0
  const clock: Clock = {
    now: () => 0,
    elapsed: () => (elapsed += 3_600_000),
    sleep: (_, signal) => setImmediate(undefined, { signal }),
  }
  const all = await runSource(tcp, port0, {
    clock,
    untilEnd: false,
    signal: stop.signal,
    form: beginsForm(5000),
    async started(text) {
      socket = await dial(text)
      await new Promise((sent) => socket?.write('1 a\n\tb\n2 c\n\td\n', sent))
    },
    onDelivery({ lines }) {
      if (lines.includes('2 c\n\td')) stop.abort()
    },
  })
  socket?.destroy()
  expect(linesOf(all)).toEqual(['1 a\n\tb', '2 c\n\td'])
})
