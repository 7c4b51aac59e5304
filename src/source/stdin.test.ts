import { PassThrough, Readable } from 'node:stream'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { beginsForm } from '../../test/contract/begins-form.ts'
import { csvForm } from '../../test/contract/csv-form.ts'
import { linesOf, runSource, sourceContract } from '../../test/contract/source.ts'
import type { Failure } from '../base/failure.ts'
import { jumpingClock } from '../base/jumping-clock.test-tool.ts'
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

// Promise: Lines that were read are kept when a source stops, those of a CSV record that has not ended too: each by itself.
test('stopped in the midst of a CSV record, it delivers the lines of it that came', async () => {
  const input = new PassThrough()
  stream = input
  const stop = new AbortController()
  const warnings: string[] = []
  const run = { untilEnd: false, signal: stop.signal, form: csvForm(), warnings }
  const all = await runSource(
    stdin,
    {},
    {
      ...run,
      started: () => void input.write('1,x\n2,"open\nmore\nhal'),
      onDelivery: () => stop.abort(),
    },
  )
  expect(linesOf(all)).toEqual(['1,x', '2,"open', 'more'])
  expect(all.at(-1)?.place).toEqual({ line: 3 })
  expect(warnings).toEqual(['3 bytes of a line that had not ended are left out'])
})

test('packed input that is damaged within a CSV record: the lines before the damage are delivered', async () => {
  const missed: Failure[] = []
  stream = Readable.from([gzipSync('1,x\n2,"open\nmore\n'), Buffer.from('no gzip')])
  const all = await runSource(stdin, {}, { form: csvForm(), missed })
  expect(linesOf(all)).toEqual(['1,x', '2,"open', 'more'])
})

test('packed input is unpacked, all of its members and frames; a cut end is said, and its half line left out', async () => {
  const warnings: string[] = []
  const missed: Failure[] = []
  const read = async (...pieces: Uint8Array[]) => {
    stream = Readable.from(pieces)
    return linesOf(await runSource(stdin, {}, { warnings, missed }))
  }
  expect(await read(gzipSync('one\n'), gzipSync('two'))).toEqual(['one', 'two'])
  expect(await read(zstdCompressSync('one\n'), zstdCompressSync('\0\0two\n'))).toEqual(['one', 'two'])
  expect(missed).toEqual([])
  expect(await read(gzipSync('one\ntwo\nthree'.repeat(3)).subarray(0, -3))).toEqual([
    'one',
    'two',
    'threeone',
    'two',
    'threeone',
    'two',
  ])
  expect(missed).toMatchObject([{ code: 'corrupt' }])
  expect(warnings).toEqual([
    '2 NULs at byte 4 of standard input are left out: they are not text',
    expect.stringMatching(
      /^standard input is cut short: it ends within a member of gzip, after \d+ bytes of its text$/,
    ),
    expect.stringMatching(/bytes of a line that had not ended are left out/),
  ])
  await expect(read(Buffer.from('fd377a585a0000', 'hex'))).rejects.toMatchObject({
    message: 'standard input is packed with xz, which tailrace does not read',
    hint: '… | xzcat | tailrace run …',
  })
})

// Holds multi-line-wait.
test('a record that might go on is delivered once nothing has come for long enough', async () => {
  const input = new PassThrough()
  stream = input
  const clock = jumpingClock()
  const seen: string[] = []
  const all = await runSource(
    stdin,
    {},
    {
      clock,
      form: beginsForm(5000),
      started: () => void input.write('1 a\n\tb\n2 c\n'),
      onDelivery({ lines }) {
        seen.push(...lines)
        if (lines[0] === '2 c') input.end('\td\n3 e\n\tf')
      },
    },
  )
  expect(seen).toEqual(['1 a\n\tb', '2 c', '\td', '3 e', '\tf'])
  expect(linesOf(all)).toEqual(seen)
  expect(clock.slept).toContain(5000)
})
