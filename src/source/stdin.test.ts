import { PassThrough, Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { linesOf, runSource, sourceContract } from '../../test/contract/source.ts'
import { stdinFrom } from './stdin.ts'

let stream: Readable = Readable.from([])
const stdin = stdinFrom(() => stream)

sourceContract(stdin, async () => {
  stream = Readable.from([Buffer.from('one\ntw'), Buffer.from('o\n\nthree\nfo'), Buffer.from('ur')])
  return { options: {}, expected: ['one', 'two', '', 'three', 'four'] }
})

test('a line that is too long is left out and reported', async () => {
  stream = Readable.from([Buffer.from('one\n'), Buffer.from('long lon'), Buffer.from('g line\ntwo\n')])
  const warnings: string[] = []
  const all = await runSource(stdin, { max_line: '5B' }, { warnings })
  expect(linesOf(all)).toEqual(['one', 'two'])
  expect(warnings).toEqual(['the line at byte 4 of standard input is left out: it is longer than max_line, 5B'])
})

test('stopped while no input comes, it ends, and reports the half line that it had', async () => {
  const input = new PassThrough()
  stream = input
  const stop = new AbortController()
  const warnings: string[] = []
  const all = await runSource(
    stdin,
    {},
    {
      untilEnd: false,
      signal: stop.signal,
      warnings,
      started: () => void input.write('whole\nhal'),
      onDelivery: () => stop.abort(),
    },
  )
  expect(linesOf(all)).toEqual(['whole'])
  expect(warnings).toEqual(['3 bytes of a line that had not ended are left out'])
})
