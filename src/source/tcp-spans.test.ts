/** Records of CSV that span lines, over TCP. */
import { expect, test } from 'vitest'
import { csvForm } from '../../test/contract/csv-form.ts'
import { linesOf, runSource, sourceContract } from '../../test/contract/source.ts'
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
