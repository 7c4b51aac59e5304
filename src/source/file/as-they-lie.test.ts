/** Files as they really lie: rotated, odd, missing, unreadable. */
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { type Folder, folderWith } from '../../../test/cli/tailrace.ts'
import { linesOf, runSource, type SourceRun } from '../../../test/contract/source.ts'
import { lookingSource } from '../../../test/sim/looking-source.ts'
import type { Records } from '../../record/column.ts'
import { recordText } from '../../record/records.ts'
import type { LineForm } from '../source.ts'
import { file } from './file.ts'

const read = async (folder: string, options: unknown, run: SourceRun = {}) =>
  linesOf(await runSource(file, options, { folder, ...run }))

/** Lines whose event time is the number that they begin with. */
const timed: LineForm = {
  hasHeader: false,
  hasTime: true,
  timeAt: (instant) => instant,
  firstTime(lines) {
    const times = Array.from({ length: lines.count }, (_, i) => Number.parseInt(recordText(lines, i), 10))
    return times.find((time) => !Number.isNaN(time))
  },
}

// Promise: New files that a glob matches begin in the order of time, so that no row is late because of a name.
test('rotated files of a glob are read oldest first: by their first event time, else by what rotation made of names', async () => {
  using folder = folderWith({
    'access.log': '40 d\n',
    'access.log.1': '30 c\n',
    'access.log.10': '10 a\n',
    'access.log.2.gz': gzipSync('no time here\n20 b\n'),
    'access.log.3': '',
  })
  const inTime = ['10 a', 'no time here', '20 b', '30 c', '40 d']
  expect(await read(folder.path, 'access.log*')).toEqual(inTime)
  renameSync(folder.at('access.log'), folder.at('0.access.log'))
  renameSync(folder.at('access.log.10'), folder.at('new.access.log'))
  expect(await read(folder.path, '*access.log*', { form: timed })).toEqual(inTime)
})

test('a file whose first lines have no time is placed by the first one that has', async () => {
  const head = Array.from({ length: 2000 }, (_, i) => `comment ${i}`)
  using folder = folderWith({ 'a.log': '2 new\n', 'b.log': `${head.join('\n')}\n1 old\n` })
  expect((await read(folder.path, '*.log', { form: timed })).at(-1)).toBe('2 new')
})

// Promise: Where lines have a header, it belongs to each file, and is never a row.
test('the first line of each file is left out where the format has a header, after a restart too', async () => {
  const form = { ...timed, hasHeader: true, hasTime: false }
  using folder = folderWith({
    'a.csv.1': 'id\n1\n2\n',
    'a.csv': 'id\n3\n',
    'b.csv': 'id',
    'c.csv.gz': gzipSync('id\n4\n'),
  })
  const all = await runSource(file, '*.csv*', { folder: folder.path, form })
  expect(linesOf(all)).toEqual(['1', '2', '3', '4'])
  appendFileSync(folder.at('a.csv'), '5\n')
  writeFileSync(folder.at('d.csv'), 'id\n6\n')
  expect(await read(folder.path, '*.csv*', { form, place: all.at(-1)?.place })).toEqual(['5', '6'])
})

// Promise: One odd entry of a folder is warned of, and the other files go on.
test('what cannot be read is left out with a warning, and a run to the end of its input fails with it', async () => {
  using folder = folderWith({ 'a.log': 'a\n', 'b.log': 'b\n' })
  symlinkSync('loop.log', folder.at('loop.log'))
  symlinkSync('nowhere', folder.at('gone.log'))
  mkdirSync(folder.at('folder.log'))
  execFileSync('mkfifo', [folder.at('pipe.log')])
  writeFileSync(Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.from([0x66, 0xfc]), Buffer.from('.log')]), 'c\n')
  const warnings: string[] = []
  const lines: string[] = []
  const take = async (some: Records) => {
    for (let i = 0; i < some.count; i++) lines.push(recordText(some, i))
  }
  const run = runSource(file, '*.log', { folder: folder.path, warnings, take })
  await expect(run).rejects.toThrow('source input: f\ufffd.log has a name that is not UTF-8')
  expect(lines).toEqual(['a', 'b'])
  expect(warnings.toSorted()).toEqual([
    'f\ufffd.log has a name that is not UTF-8; it is left out',
    'gone.log is a link to a file that does not exist; it is left out',
    'loop.log is a link that leads back to itself; it is left out',
    'pipe.log is a pipe, not a file; it is left out',
  ])
})

// Promise: A file that does not exist yet is waited for, as `tail -F` does.
test('a path that does not exist yet, and a link that leads nowhere, are waited for', async () => {
  using folder = folderWith({ 'real.log': 'one\n' })
  const warnings: string[] = []
  await using source = lookingSource({ pattern: 'a.log', folder: folder.path, partitions: 1 }, (text) =>
    warnings.push(text),
  )
  await source.start()
  symlinkSync('later.log', folder.at('a.log'))
  await source.look(2)
  renameSync(folder.at('real.log'), folder.at('later.log'))
  await source.settle()
  expect(source.topic.lines(0)).toEqual(['one'])
  expect(warnings).toEqual([
    'no such file yet: a.log; it is waited for',
    'a.log is a link to a file that does not exist; it is left out until it can be read',
  ])
})

const generation = (name: string) => Array.from({ length: 5 }, (_, line) => `${name} ${line}`)
const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')

// Promise: A log that was rotated more than once while nothing read it is read from its rotations, if these lie beside it.
test('rotated twice while tailrace was down: the rotations that were never read come before the path', async () => {
  for (const isKept of [true, false]) {
    using folder = folderWith({ 'a.log': text(generation('first')), 'a.log.7': 'older than all that was read\n' })
    const old = new Date(1_700_000_000_000)
    utimesSync(folder.at('a.log.7'), old, old)
    await using source = lookingSource({ pattern: 'a.log', folder: folder.path, partitions: 1 })
    await source.settle()
    await source.stop()
    const later = (seconds: number) => new Date(Date.now() + seconds * 1000)
    if (isKept) renameSync(folder.at('a.log'), folder.at('a.log.3'))
    else rmSync(folder.at('a.log'))
    writeFileSync(folder.at('a.log.2.gz'), gzipSync(text(generation('second'))))
    utimesSync(folder.at('a.log.2.gz'), later(10), later(10))
    writeFileSync(folder.at('a.log.1'), text(generation('third')))
    utimesSync(folder.at('a.log.1'), later(20), later(20))
    writeFileSync(folder.at('a.log'), text(generation('fourth')))
    await source.settle()
    source.wait(120_000)
    await source.settle()
    expect(source.topic.lines(0)).toEqual(['first', 'second', 'third', 'fourth'].flatMap(generation))
  }
})

/** A source that has read two generations, and of the first only the rotation `a.log.1` is left: it has ended. */
async function afterRotation(first: string, second: string) {
  const folder = folderWith({ 'a.log': first })
  const source = lookingSource({ pattern: 'a.log', folder: folder.path, partitions: 3 })
  await source.settle()
  renameSync(folder.at('a.log'), folder.at('a.log.1'))
  writeFileSync(folder.at('a.log'), second)
  await source.settle()
  source.wait(120_000)
  await source.settle()
  // Every partition takes a line, and with it the place in which the first has ended.
  appendFileSync(folder.at('a.log'), text(generation('more')))
  await source.settle()
  const lines = () => [0, 1, 2].flatMap(source.topic.lines).sort()
  return { folder, source, lines }
}

/** Packs a rotation and lets the packed file be as new as it is. */
function pack(folder: Folder, name: string) {
  writeFileSync(folder.at(`${name}.gz`), gzipSync(readFileSync(folder.at(name))))
  rmSync(folder.at(name))
}

// Promise: A rotation that was read is not read again when it is packed later, after a restart too.
test('a rotation that was read whole is packed while nothing runs and the path gets a new file: it is not read again', async () => {
  for (const wasKilled of [true, false]) {
    const { folder, source, lines } = await afterRotation(text(generation('first')), text(generation('second')))
    using _ = folder
    await using __ = source
    await (wasKilled ? source.crash(() => 0) : source.stop())
    rmSync(folder.at('a.log'))
    pack(folder, 'a.log.1')
    writeFileSync(folder.at('a.log'), text(generation('third')))
    for (let restarts = 0; restarts < 3; restarts++) {
      await source.settle()
      source.wait(120_000)
      await source.settle()
      await source.stop()
    }
    expect(lines()).toEqual([...['first', 'second', 'more', 'third'].flatMap(generation)].sort())
  }
})

// Promise: A file that was read whole is read again where a crash has lost its lines, however long ago it was read.
test('a rotated file has ended while one partition has none of its lines on disk: after a crash they are read again', async () => {
  for (const pattern of ['a.log', '*.log']) {
    using folder = folderWith({ 'a.log': text(generation('first')) })
    await using source = lookingSource({ pattern, folder: folder.path, partitions: 3 })
    await source.start()
    renameSync(folder.at('a.log'), folder.at('a.log.1'))
    await source.look(12)
    source.wait(120_000)
    await source.look(12)
    writeFileSync(folder.at('a.log'), text(generation('second')))
    await source.look(12)
    await source.crash((partition) => (partition === 0 ? 1 : 0))
    await source.settle()
    const lines = [0, 1, 2].flatMap(source.topic.lines).sort()
    expect({ pattern, lines }).toEqual({ pattern, lines: ['first', 'second'].flatMap(generation) })
  }
})

test('rotations that are equal to one that was read whole are read, each once', async () => {
  for (const isPacked of [true, false]) {
    const { folder, source, lines } = await afterRotation('backup ok\n', text(generation('second')))
    using _ = folder
    await using __ = source
    await source.stop()
    renameSync(folder.at('a.log.1'), folder.at('a.log.3'))
    renameSync(folder.at('a.log'), folder.at('a.log.2'))
    writeFileSync(folder.at('a.log.1'), 'backup ok\n')
    writeFileSync(folder.at('a.log'), 'backup ok\n')
    if (isPacked) for (const age of [3, 2, 1]) pack(folder, `a.log.${age}`)
    await source.settle()
    source.wait(120_000)
    await source.settle()
    expect({ isPacked, lines: lines() }).toEqual({
      isPacked,
      lines: [...Array(3).fill('backup ok'), ...['more', 'second'].flatMap(generation)],
    })
  }
})

// Promise: A file that was emptied and begins as it did before is told apart from one that was cut, where a copy shows it.
test('copied, cut, and begun anew with the same long head: both heads and all lines come, each once', async () => {
  const head = Array.from({ length: 40 }, (_, column) => `# column_${column} ${'x'.repeat(40)}`)
  for (const pattern of ['a.csv', 'a.csv*']) {
    using folder = folderWith({ 'a.csv': text([...head, ...generation('old')]) })
    await using source = lookingSource({ pattern, folder: folder.path, partitions: 1 })
    await source.settle()
    copyFileSync(folder.at('a.csv'), folder.at('a.csv.1'))
    truncateSync(folder.at('a.csv'), 0)
    appendFileSync(folder.at('a.csv'), text(head))
    await source.look(4)
    appendFileSync(folder.at('a.csv'), text(generation('new')))
    await source.settle()
    expect(source.topic.lines(0)).toEqual([...head, ...generation('old'), ...head, ...generation('new')])
  }
})
