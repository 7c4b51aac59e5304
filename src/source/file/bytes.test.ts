/** Files as their bytes really come: packed under any name, appended to, damaged, with holes, or no text at all. */
import { appendFile, open, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { makeFolder } from '../../../test/contract/folder.ts'
import { linesOf, runSource, type SourceRun } from '../../../test/contract/source.ts'
import type { Failure } from '../../base/failure.ts'
import type { Step } from '../../base/stepping-clock.test-tool.ts'
import { file } from './file.ts'
import { follow as followFiles, idle } from './follow.test-tool.ts'

const text = (...lines: string[]) => lines.map((line) => `${line}\n`).join('')
const many = (name: string, count: number) => Array.from({ length: count }, (_, line) => `${name} ${line}`)

const follow = (folder: string, path: string, steps: readonly Step[], run: SourceRun = {}) =>
  followFiles(folder, { path, rotate_wait: '1s' }, steps, run)

// Promise: Members and frames that are appended to a packed file are read, while it is followed and after a restart.
test.each([
  ['gzip', (lines: string) => gzipSync(lines)],
  ['zstd', (lines: string) => zstdCompressSync(lines)],
])('%s: parts that are appended are read, also a line over two of them, and after a restart', async (_, pack) => {
  const folder = await makeFolder({ 'a.1': pack('one\ntw') })
  const path = join(folder, 'a.1')
  const all = await follow(folder, 'a.*', [
    () => appendFile(path, pack('o\nthree\n')),
    ...idle(2),
    () => appendFile(path, pack(text(...many('more', 3000)))),
    ...idle(2),
  ])
  expect(linesOf(all)).toEqual(['one', 'two', 'three', ...many('more', 3000)])
  const place = all.at(-1)?.place
  expect(linesOf(await runSource(file, 'a.*', { folder, place }))).toEqual([])
  await appendFile(path, pack('four\n'))
  expect(linesOf(await runSource(file, 'a.*', { folder, place }))).toEqual(['four'])
})

test('a last line without a line end is a line once the packed file is quiet', async () => {
  const folder = await makeFolder({ 'a.gz': gzipSync('one\ntwo') })
  expect(linesOf(await follow(folder, 'a.gz', idle(2)))).toEqual(['one'])
  expect(linesOf(await follow(folder, 'a.gz', idle(9)))).toEqual(['one', 'two'])
})

test('a member that is still being written is read on when it is whole', async () => {
  const packed = gzipSync(text(...many('line', 2000)))
  const folder = await makeFolder({ 'a.gz': packed.subarray(0, 5) })
  const warnings: string[] = []
  const steps = [
    () => writeFile(join(folder, 'a.gz'), packed.subarray(0, packed.length >> 1)),
    ...idle(7),
    () => writeFile(join(folder, 'a.gz'), packed),
    ...idle(2),
  ]
  expect(linesOf(await follow(folder, 'a.gz', steps, { warnings }))).toEqual(many('line', 2000))
  expect(warnings).toEqual([expect.stringMatching(/^a.gz is cut short: .* reading continues when it grows$/)])
})

// Promise: How a file is packed is told by its content, not by its name.
test('gzip without its ending is unpacked, and plain text with the ending is read', async () => {
  const folder = await makeFolder({ 'a.log.1': gzipSync(text('one')), 'a.log.2.gz': text('two'), 'a.log.3.gz': '' })
  expect(linesOf(await runSource(file, 'a.log.*', { folder }))).toEqual(['two', 'one'])
})

// Promise: A file that is damaged or no text is reported, and takes no other file along.
test('damaged files and those that are not text are said, and the others are read', async () => {
  const packed = gzipSync(text(...many('good', 500)))
  const other = gzipSync(text(...many('good too', 500)))
  const folder = await makeFolder({
    'a.log': text('first'),
    'b.bz2': Buffer.from('425a683931415926535900', 'hex'),
    'c.gz': packed.subarray(0, packed.length - 4),
    'd.gz': Buffer.concat([other.subarray(0, other.length - 8), Buffer.alloc(8)]),
    'e.gz': Buffer.concat([gzipSync(text('e')), Buffer.from('garbage')]),
    'f.png': Buffer.from('89504e470d0a1a0a0000', 'hex'),
    'g.log': Buffer.from('\ufffeo\0n\0e\0', 'latin1').fill(Buffer.from('fffe', 'hex'), 0, 2),
    'z.log': text('last'),
  })
  const warnings: string[] = []
  const missed: Failure[] = []
  const all = await runSource(file, { path: '*' }, { folder, warnings, missed })
  expect(
    linesOf(all)
      .filter((line) => !line.startsWith('good'))
      .sort(),
  ).toEqual(['e', 'first', 'last'])
  expect(linesOf(all).filter((line) => line.startsWith('good'))).toHaveLength(1000)
  const told = (pattern: RegExp) => expect.stringMatching(pattern)
  expect([...warnings].sort()).toEqual([
    told(/^b.bz2 is packed with bzip2, which tailrace does not read: make text of it: bzcat b.bz2 > /),
    told(/^c.gz is cut short: it ends within a member of gzip, after \d+ bytes of its text$/),
    told(/^d.gz is damaged after \d+ bytes of its text: its checksum does not fit$/),
    told(/^e.gz has bytes behind its last member that are not gzip, from byte \d+ on: they are left out$/),
    told(/^f.png is a PNG image, which tailrace does not read$/),
    told(/^g.log is UTF-16 text, which tailrace does not read: /),
  ])
  expect(missed.map(({ code }) => code).sort()).toEqual(['corrupt', 'corrupt', 'not-text', 'not-text', 'not-text'])
  await expect(runSource(file, 'b.bz2', { folder })).rejects.toMatchObject({
    code: 'not-text',
    message: 'source input: b.bz2 is packed with bzip2, which tailrace does not read',
  })
})

test('while files are followed, one that is not text is said once', async () => {
  const folder = await makeFolder({ 'a.log': text('a'), 'b.xz': Buffer.from('fd377a585a0000', 'hex') })
  const warnings: string[] = []
  const steps = [...idle(12), () => appendFile(join(folder, 'a.log'), text('b')), ...idle(2)]
  expect(linesOf(await follow(folder, '*', steps, { warnings }))).toEqual(['a', 'b'])
  expect(warnings).toHaveLength(1)
})

// Promise: What is written into space that a log was given beforehand is read, and the space itself is no line.
test('a preallocated file is read as it is filled, and when it is cut to its length', async () => {
  const folder = await makeFolder({ 'a.log': Buffer.concat([Buffer.from(text('one', 'two')), Buffer.alloc(100_000)]) })
  const path = join(folder, 'a.log')
  const put = async (at: number, bytes: string) => {
    await using handle = await open(path, 'r+')
    await handle.write(bytes, at)
  }
  const warnings: string[] = []
  const steps = [
    ...idle(2),
    () => put(8, 'thr'),
    ...idle(2),
    () => put(11, 'ee\nfour\n'),
    ...idle(2),
    () => truncate(path, 19),
    ...idle(2),
    () => appendFile(path, 'five\n'),
    ...idle(2),
  ]
  expect(linesOf(await follow(folder, 'a.log', steps, { warnings }))).toEqual(['one', 'two', 'three', 'four', 'five'])
  expect(warnings).toEqual([])
})

test('a file of NULs alone is read once something is written into it, also where that is not its start', async () => {
  const folder = await makeFolder({ 'a.log': Buffer.alloc(20_000) })
  const path = join(folder, 'a.log')
  const steps = [
    ...idle(2),
    async () => {
      await using handle = await open(path, 'r+')
      await handle.write('one\n', 9_000)
    },
    ...idle(2),
  ]
  expect(linesOf(await follow(folder, 'a.log', steps))).toEqual(['one'])
})

// Promise: A hole in a log is left out and said; the lines around it are read.
test('a hole with lines behind it is left out, wherever reading stops, and said', async () => {
  const hole = Buffer.alloc(3 << 20)
  const content = Buffer.concat([
    Buffer.from('one\nhalf'),
    hole,
    Buffer.from('two\n'),
    Buffer.alloc(9),
    Buffer.from('three\n'),
  ])
  const folder = await makeFolder({ 'a.log': content })
  const warnings: string[] = []
  const all = await runSource(file, 'a.log', { folder, warnings })
  expect(linesOf(all)).toEqual(['one', 'half', 'two', 'three'])
  expect(warnings).toEqual(['a.log has NULs that are not text, first at byte 8: they are left out'])
  const place = all[0]?.place
  expect(linesOf(await runSource(file, 'a.log', { folder, place }))).toEqual(linesOf(all.slice(1)))
})

test('a byte order mark is no part of the first line', async () => {
  const folder = await makeFolder({ 'a.log': '\ufeffone\n', 'b.gz': gzipSync('\ufefftwo\n') })
  expect(linesOf(await runSource(file, '*', { folder }))).toEqual(['one', 'two'])
})
