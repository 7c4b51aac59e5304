import { existsSync } from 'node:fs'
import { appendFile, chmod, mkdir, readFile, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { csvForm } from '../../../test/contract/csv-form.ts'
import { makeFolder } from '../../../test/contract/folder.ts'
import { linesOf, sourceContract } from '../../../test/contract/source.ts'
import { generateAccessLog } from '../made/lines/nasa-lines.ts'
import { journalAt, namesIn, takeAll, watch } from './spool.test-tool.ts'
import { spool } from './spool.ts'

const logLines = Buffer.concat([...generateAccessLog({ seed: 4, lines: 50_000 })])
  .toString()
  .trimEnd()
  .split('\n')

describe('lines of plain and packed files', () => {
  sourceContract(spool, async () => ({
    options: { folder: '.', done: 'keep', settle: '0s' },
    expected: logLines,
    folder: await makeFolder({
      'log.1': `${logLines.slice(0, 40_000).join('\n')}\n`,
      'log.2.gz': gzipSync(logLines.slice(40_000, 45_000).join('\n')),
      'log.3': '',
      'log.4.zst': zstdCompressSync(Buffer.from(`${logLines.slice(45_000, 49_990).join('\n')}\n`)),
      ...Object.fromEntries(logLines.slice(49_990).map((line, i) => [`log.5${i}`, line])),
    }),
  }))
})

describe('whole files', () => {
  const texts = Array.from({ length: 40 }, (_, i) => `{\n  "n": ${i}\n}\n${'x'.repeat(i * 100)}`)
  sourceContract(spool, async () => ({
    options: { folder: '.', record: 'file', done: 'keep', settle: '0s', files: '*.json*' },
    expected: texts,
    folder: await makeFolder({
      'other.txt': 'not this one',
      '.hidden.json': 'nor this',
      'z.json.tmp': 'nor this',
      ...Object.fromEntries(
        texts.map((text, i) => [`${10 + i}.json${i % 5 === 0 ? '.gz' : ''}`, i % 5 === 0 ? gzipSync(text) : text]),
      ),
    }),
  }))
})

describe('records of CSV that span lines', () => {
  const records = Array.from({ length: 40_000 }, (_, i) => `${i},"${'text\n2,x\n'.repeat(i % 12)} ${i}"`)
  sourceContract(spool, async () => ({
    options: { folder: '.', done: 'keep', settle: '0s' },
    form: csvForm(true),
    expected: records,
    folder: await makeFolder({
      'a.csv': `a,"b\nc"\n${records.slice(0, 30_000).join('\n')}`,
      'b.csv.gz': gzipSync(`a,"b\nc"\n${records.slice(30_000).join('\n')}\n`),
    }),
  }))
})

describe('what becomes of a file that was taken', () => {
  const files = { 'a.log': 'one\ntwo\n', 'b.log': 'three', 'c.log.COMPLETED': 'old' }

  test.each([
    ['rename', ['a.log.COMPLETED', 'b.log.COMPLETED', 'c.log.COMPLETED']],
    ['delete', ['c.log.COMPLETED']],
    ['keep', ['a.log', 'b.log', 'c.log.COMPLETED']],
  ])('%s', async (done, names) => {
    const folder = await makeFolder(files)
    expect(linesOf(await takeAll(folder, { done }))).toEqual(['one', 'two', 'three'])
    expect(await namesIn(folder)).toEqual(names)
  })

  test('another suffix', async () => {
    const folder = await makeFolder({ 'a.log': 'one', 'b.log.DONE': 'old' })
    expect(linesOf(await takeAll(folder, { suffix: '.DONE' }))).toEqual(['one'])
    expect(await namesIn(folder)).toEqual(['a.log.DONE', 'b.log.DONE'])
  })

  test('another folder, in which no file of the same name is replaced', async () => {
    const folder = await makeFolder({ 'a.log': 'new', bare: 'new too' })
    await mkdir(join(folder, 'done'))
    for (const name of ['a.log', 'a.2.log', 'bare']) await writeFile(join(folder, 'done', name), 'old')
    const options = { done: { move: 'done' } }
    expect(linesOf(await takeAll(folder, options, { missed: [] }))).toEqual(['new', 'new too'])
    expect(await namesIn(folder)).toEqual(['done'])
    expect(await namesIn(join(folder, 'done'))).toEqual(['a.2.log', 'a.3.log', 'a.log', 'bare', 'bare.2'])
    expect(await readFile(join(folder, 'done', 'a.3.log'), 'utf8')).toBe('new')
  })

  // Promise spool-durable: A file of `spool` is put away only when all its records are durable.
  test('nothing, until its records are durable', async () => {
    const folder = await makeFolder(files)
    const durable = Promise.withResolvers<void>()
    const names: string[][] = []
    await watch(folder, {}, [async () => names.push(await namesIn(folder))], {
      durable: durable.promise,
      async onDelivery({ lines }) {
        names.push(await namesIn(folder))
        if (lines[0] === 'three') setImmediate(durable.resolve)
      },
    })
    const before = Object.keys(files)
    expect(names).toEqual([before, before, ['a.log.COMPLETED', 'b.log.COMPLETED', 'c.log.COMPLETED']])
  })
})

test('a file that somebody else has taken meanwhile is said, once', async () => {
  const folder = await makeFolder({ 'a.log': 'one', 'b.log': 'two', 'c.log': 'three' })
  const warnings: string[] = []
  const take = async () => {
    for (const name of ['a.log', 'b.log']) await rm(join(folder, name), { force: true })
  }
  expect(linesOf(await takeAll(folder, {}, { warnings, take }))).toContain('one')
  expect(warnings).toEqual([expect.stringMatching(/^a\.log was taken, and somebody else has moved or removed it/)])
  expect(await namesIn(folder)).toEqual(['c.log.COMPLETED'])
})

test('a name that comes again is another file, and what was put away under it stays', async () => {
  const folder = await makeFolder({ 'a.log': 'one' })
  const path = join(folder, 'a.log')
  const all = await watch(folder, {}, [() => writeFile(path, 'two'), () => writeFile(path, 'one')])
  expect(linesOf(all)).toEqual(['one', 'two', 'one'])
  expect(await namesIn(folder)).toEqual(['a.log.2.COMPLETED', 'a.log.3.COMPLETED', 'a.log.COMPLETED'])
  expect(await readFile(join(folder, 'a.log.2.COMPLETED'), 'utf8')).toBe('two')
})

test('where files are kept, one that was replaced or written anew is another file, and there is a warning of one that has grown', async () => {
  const folder = await makeFolder({ 'a.log': 'one\n', 'b.log': 'two\n' })
  const [a, b] = [join(folder, 'a.log'), join(folder, 'b.log')]
  const warnings: string[] = []
  const steps = [
    () => writeFile(join(folder, '.new'), 'three\n').then(() => rename(join(folder, '.new'), a)),
    () => writeFile(b, 'four\nfour\n'),
    () => appendFile(b, 'five\n'),
    async () => {},
  ]
  const journal = journalAt(join(await makeFolder(), 'kept'))
  const all = await watch(folder, { done: 'keep' }, steps, { warnings, journal })
  expect(linesOf(all)).toEqual(['one', 'two', 'three', 'four', 'four'])
  expect(warnings).toEqual([
    'b.log has changed since it was taken: 2 records of it are in the topic; what it has now is not taken: give it another name; longer `settle` waits for slow writers',
  ])
  // The next run knows them, and the place is short.
  expect(JSON.stringify(all.at(-1)?.place).length).toBeLessThan(400)
  const missed: Error[] = []
  const again = await takeAll(
    folder,
    { done: 'keep' },
    { place: all.at(-1)?.place, journal, missed: missed as never[] },
  )
  expect(linesOf(again)).toEqual([])
  expect(missed).toHaveLength(1)
})

// Promise spool-changed: A file that changes after `spool` has taken it gives a warning, and is neither renamed nor removed.
test.each(['appended', 'cut', 'touched'])('a file that is %s while it is taken stays, with a warning', async (how) => {
  const folder = await makeFolder({ 'a.log': 'one\n', 'b.log': 'two\n' })
  const path = join(folder, 'a.log')
  const durable = Promise.withResolvers<void>()
  const warnings: string[] = []
  const all = await watch(folder, {}, [async () => {}, async () => {}], {
    warnings,
    durable: durable.promise,
    async onDelivery({ lines }) {
      if (lines[0] !== 'two') return
      if (how === 'appended') await appendFile(path, 'more\n')
      if (how === 'cut') await truncate(path, 1)
      if (how === 'touched') await utimes(path, 0, 1)
      durable.resolve()
    },
  })
  expect(linesOf(all)).toEqual(how === 'cut' ? ['one', 'two', 'o'] : ['one', 'two'])
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toMatch(/^a\.log has changed since it was taken: 1 record of it is in the topic/)
  expect((await namesIn(folder)).includes('b.log.COMPLETED')).toBe(true)
})

test('what cannot be read is left out with a warning, and the others go on', async () => {
  const folder = await makeFolder({
    'a.log': 'one',
    'b.log': 'not for us',
    'c.log': Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'),
    'd.log.gz': gzipSync('two\nthree\nfour\n').subarray(0, -12),
    'e.log': 'five',
  })
  await chmod(join(folder, 'b.log'), 0)
  await symlink('nowhere', join(folder, 'f.log'))
  await mkdir(join(folder, 'g.log'))
  const warnings: string[] = []
  const missed: Error[] = []
  const all = await takeAll(folder, {}, { warnings, missed: missed as never[] })
  expect(linesOf(all).filter((line) => !['two', 'three'].includes(line))).toEqual(
    process.getuid?.() === 0 ? ['one', 'not for us', 'five'] : ['one', 'five'],
  )
  expect(warnings.join('\n')).toMatch(/c\.log is a PNG image/)
  expect(warnings.join('\n')).toMatch(/d\.log\.gz is cut short/)
  expect(warnings.join('\n')).toMatch(/f\.log is a link to a file that does not exist/)
  expect(warnings.join('\n')).toMatch(/g\.log is a folder/)
  expect(missed.length).toBeGreaterThanOrEqual(4)
  expect((await namesIn(folder)).filter((name) => !name.endsWith('.COMPLETED'))).toEqual(
    expect.arrayContaining(['c.log', 'd.log.gz', 'f.log', 'g.log']),
  )
  await chmod(join(folder, 'b.log'), 0o600).catch(() => undefined)
})

test('whole files: one that is too long, or cannot be unpacked whole, is left out', async () => {
  const folder = await makeFolder({
    'a.json': 'x'.repeat(1001),
    'b.json.gz': gzipSync('x'.repeat(1001)),
    'c.json': 'x'.repeat(1000),
    'd.json.gz': gzipSync('y'.repeat(1000)),
    'e.json.gz': gzipSync('z'.repeat(900)).subarray(0, -6),
    'f.json': '',
    'g.bin': Buffer.from([0, 1, 2, 0, 0, 255]),
  })
  const warnings: string[] = []
  const all = await takeAll(folder, { record: 'file', max_record: '1000B' }, { warnings, missed: [] })
  expect(linesOf(all).map((text) => text.length)).toEqual([1000, 1000, 6])
  expect(warnings).toEqual([
    'a.json is left out: it is longer than max_record, 1KB',
    'b.json.gz is left out: it is longer than max_record, 1KB',
    expect.stringMatching(/^e\.json\.gz is cut short/),
    'e.json.gz is left out: a part of it would be no record',
  ])
  expect((await namesIn(folder)).filter((name) => !name.endsWith('.COMPLETED'))).toEqual([
    'a.json',
    'b.json.gz',
    'e.json.gz',
  ])
})

test('a folder that is not there yet is waited for; one that is a file is refused', async () => {
  const folder = await makeFolder({ file: '' })
  const warnings: string[] = []
  const make = async () => {
    await mkdir(join(folder, 'in'))
    await writeFile(join(folder, 'in', 'a.log'), 'one')
  }
  expect(linesOf(await watch(folder, { folder: 'in' }, [make], { warnings }))).toEqual(['one'])
  expect(warnings).toEqual([`no such folder yet: ${folder}/in; files are taken as they come`])
  await rm(join(folder, 'in'), { recursive: true })
  await expect(takeAll(folder, { folder: 'in' })).rejects.toMatchObject({ code: 'not-found' })
  await expect(takeAll(folder, { folder: 'file' })).rejects.toMatchObject({ code: 'usage' })
  await expect(takeAll(folder, { done: { move: '.' } })).rejects.toMatchObject({ code: 'usage' })
})

test('check says where files cannot be moved to', async () => {
  const folder = await makeFolder()
  await mkdir(join(folder, 'done'))
  const obstacles = async (move: string) => {
    const options = spool.options.parse({ folder: '.', done: { move } })
    return (await spool.lookAhead?.(options, folder))?.map(({ message }) => message)
  }
  expect(await obstacles('.')).toEqual(['files cannot be moved to the folder that they are taken from'])
  expect(await obstacles('done')).toEqual([])
  expect(await obstacles('later')).toEqual([])
  // Of all machines that have it, /proc is a disk of its own.
  if (existsSync('/proc/self'))
    expect(await obstacles('/proc')).toEqual(['files cannot be moved to /proc, which is on another disk'])
})

test('thousands of files', async () => {
  const texts = Array.from({ length: 3000 }, (_, i) => `${i}`)
  const folder = await makeFolder(Object.fromEntries(texts.map((text) => [`${text.padStart(5, '0')}.log`, text])))
  expect(linesOf(await takeAll(folder))).toEqual(texts)
  expect((await namesIn(folder)).every((name) => name.endsWith('.COMPLETED'))).toBe(true)
})
