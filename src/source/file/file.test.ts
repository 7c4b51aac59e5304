import { appendFile, chmod, copyFile, mkdir, readFile, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { beginsForm } from '../../../test/contract/begins-form.ts'
import { csvForm } from '../../../test/contract/csv-form.ts'
import { makeFolder } from '../../../test/contract/folder.ts'
import { linesOf, runSource, sourceContract } from '../../../test/contract/source.ts'
import { generateAccessLog } from '../made/lines/nasa-lines.ts'
import type { Source, SourcePlace } from '../source.ts'
import { file } from './file.ts'
import { follow, idle } from './follow.test-tool.ts'

const log = Buffer.concat([...generateAccessLog({ seed: 4, lines: 48_000 })])
const logLines = log.toString().trimEnd().split('\n')

describe('one file', () => {
  sourceContract(file, async () => ({
    options: 'access.log',
    expected: logLines,
    folder: await makeFolder({ 'access.log': log }),
  }))
})

describe('records of CSV that span lines', () => {
  const records = Array.from({ length: 60_000 }, (_, i) =>
    i % 1000 === 7 ? `${i},"stray` : `${i},"${'text\n2,x\n'.repeat(i % 12)} ${i}"`,
  )
  sourceContract(file, async () => ({
    options: { path: 'a.csv*', max_line: '300B' },
    form: csvForm(true),
    expected: records,
    folder: await makeFolder({
      'a.csv.1.gz': gzipSync(`a,"b\nc"\n${records.slice(0, 5000).join('\n')}`),
      'a.csv': `a,"b\nc"\n${records.slice(5000).join('\n')}\n`,
    }),
  }))
})

describe('plain and packed files of one glob', () => {
  sourceContract(file, async () => {
    const parts = [0, 1, 2].map((part) => logLines.slice(part * 2000, part * 2000 + 2000).join('\n'))
    return {
      options: { path: 'log.*' },
      expected: logLines.slice(0, 6000),
      folder: await makeFolder({
        'log.3.gz': gzipSync(parts[0] as string),
        'log.2': parts[1] as string,
        'log.1.zst': zstdCompressSync(Buffer.from(parts[2] as string)),
        'other.txt': 'not this one\n',
      }),
    }
  })
})

test('a growing file is followed, and half a line waits for its end', async () => {
  const folder = await makeFolder({ 'a.log': 'one\ntw' })
  const path = join(folder, 'a.log')
  const all = await follow(folder, 'a.log', [
    () => appendFile(path, 'o\nthr'),
    () => appendFile(path, 'ee'),
    () => appendFile(path, '\nfour\nhalf'),
  ])
  expect(all.map(({ lines }) => lines)).toEqual([['one'], ['two'], ['three', 'four']])
  const after = await runSource(file, 'a.log', { folder, place: all.at(-1)?.place })
  expect(linesOf(after)).toEqual(['half'])
  expect(after.at(-1)?.place).toMatchObject({ line: 5 })
})

test('a file that a glob matches later is found', async () => {
  const folder = await makeFolder()
  const warnings: string[] = []
  const wait = idle(12)
  const all = await follow(folder, '*.log', [() => writeFile(join(folder, 'b.log'), 'late\n'), ...wait], { warnings })
  expect(linesOf(all)).toEqual(['late'])
  expect(warnings).toEqual(['no file matches *.log yet; files are taken as they come'])
})

test('a file that was replaced, cut or removed is reported, and read from its start', async () => {
  const folder = await makeFolder({ 'a.log': 'one\ntwo\n', 'new.log': 'three\n' })
  const path = join(folder, 'a.log')
  const warnings: string[] = []
  const all = await follow(
    folder,
    { path: 'a.log', rotate_wait: '1s' },
    [
      () => rename(join(folder, 'new.log'), path),
      () => truncate(path, 0),
      () => appendFile(path, 'four\n'),
      // A copy is searched for a while before new lines are read, and longer before the old file is given up.
      ...idle(6),
      () => rm(path),
    ],
    { warnings },
  )
  expect(linesOf(all)).toEqual(['one', 'two', 'three', 'four'])
  expect(warnings).toEqual([
    'a.log was cut or written anew, and no copy of what it had is beside it; it is read from its start',
    'a.log was removed; it is read to its end',
  ])
})

/** More than 1 KiB, so that a copy is recognised. */
const long = Array.from({ length: 40 }, (_, i) => `long ${i} ${'x'.repeat(30)}`)
const text = (lines: readonly string[]) => `${lines.join('\n')}\n`

test('a copy of a file that is still there is not read, and of a longer copy only the rest', async () => {
  const folder = await makeFolder({ 'a.log': text(long), 'b.log': text(long), 'c.log': text([...long, 'more']) })
  const warnings: string[] = []
  const all = await runSource(file, '*.log', { folder, warnings })
  expect(linesOf(all)).toEqual([...long, 'more'])
  expect(warnings).toEqual([
    'b.log is taken for a copy of a.log, and not read',
    'c.log begins with all that was read of a.log: only what comes behind is read',
  ])
})

test.each([
  ['a plain file', (lines: readonly string[]) => text(lines)],
  ['a packed file', (lines: readonly string[]) => gzipSync(text(lines))],
  ['a packed file that was cut', (lines: readonly string[]) => gzipSync(text(lines), { level: 0 }).subarray(0, -200)],
])('of a packed copy that has more than %s, the rest is read', async (_, bytes) => {
  // More than the print of a packed file covers.
  const read = Array.from({ length: 30_000 }, (_, i) => `long ${i} ${'x'.repeat(40)}`)
  const more = [...read, 'more']
  const folder = await makeFolder({
    'a.log': bytes(read),
    'b.log': gzipSync(text(read)),
    'c.log': gzipSync(text(more)),
  })
  const warnings: string[] = []
  const all = await runSource(file, '*.log', { folder, warnings, missed: [] })
  expect(linesOf(all)).toEqual(more)
  expect(warnings.at(-1)).toMatch(/^c.log begins with all that was read of [ab].log: only what comes behind is read$/)
})

test('a longer copy that is met before its file has been read on is read on after it', async () => {
  const folder = await makeFolder({ 'b.log': text(long) })
  const { place } = (await runSource(file, '*.log', { folder })).at(-1) ?? {}
  await appendFile(join(folder, 'b.log'), text(['next']))
  await writeFile(join(folder, 'a.log.gz'), gzipSync(text([...long, 'next', 'more'])))
  await utimes(join(folder, 'a.log.gz'), 1, 1)
  const again = await runSource(file, '*.log*', { folder, place })
  expect(linesOf(again)).toEqual(['next', 'more'])
})

test('files that only begin alike are each read from their start', async () => {
  const head = 'id,name,'.repeat(200)
  const folder = await makeFolder({ 'a.log': text([head, 'a']), 'b.log': text([head, 'b']) })
  expect(linesOf(await runSource(file, '*.log', { folder }))).toEqual([head, 'a', head, 'b'])
})

/** Reads `a.log` to its end. Gives the last place. */
async function placeAfter(folder: string): Promise<SourcePlace | undefined> {
  return (await runSource(file, 'a.log', { folder })).at(-1)?.place
}

test('an inode that is used again is another file', async () => {
  const folder = await makeFolder({ 'a.log': text(['head', 'one']) })
  const path = join(folder, 'a.log')
  const place = await placeAfter(folder)
  // The same inode and the same first bytes, but longer.
  await writeFile(path, text(['head', 'two', 'three']))
  expect(linesOf(await runSource(file, 'a.log', { folder, place }))).toEqual(['head', 'two', 'three'])
})

test('copied, cut and packed between two runs: the rest is read from the packed copy first', async () => {
  const folder = await makeFolder({ 'a.log': text(['one', 'two']) })
  const path = join(folder, 'a.log')
  const place = await placeAfter(folder)
  await appendFile(path, text(['three']))
  await writeFile(`${path}.1.gz`, gzipSync(await readFile(path)))
  await writeFile(path, text(['four']))
  const warnings: string[] = []
  const again = await runSource(file, 'a.log', { folder, place, warnings })
  expect(linesOf(again)).toEqual(['three', 'four'])
  expect(warnings).toEqual([])
})

test('files that were moved to another machine are recognised by their bytes', async () => {
  const folder = await makeFolder({ 'a.log': text(['one', 'two']) })
  const place = await placeAfter(folder)
  const other = await makeFolder()
  await copyFile(join(folder, 'a.log'), join(other, 'a.log'))
  await appendFile(join(other, 'a.log'), text(['three']))
  expect(linesOf(await runSource(file, 'a.log', { folder: other, place }))).toEqual(['three'])
})

test('a file cut by hand is read behind the cut; if it was removed between two runs, its rest is reported as lost', async () => {
  const folder = await makeFolder({ 'a.log': text(long) })
  const path = join(folder, 'a.log')
  const place = await placeAfter(folder)
  await truncate(path, text(long.slice(0, 30)).length)
  await appendFile(path, text(['behind']))
  const size = text([...long.slice(0, 30), 'behind']).length
  const warnings: string[] = []
  // It was cut and grew again, so nobody knows where it was cut, and nothing that is there by now is read.
  expect(linesOf(await runSource(file, 'a.log', { folder, place, warnings }))).toEqual([])
  expect(warnings).toEqual([
    `a.log was cut to ${size}B, or written anew with the same beginning; only what comes behind is read`,
  ])
  await rm(path)
  const lost: string[] = []
  expect(
    await runSource(file, 'a.log', {
      folder,
      place,
      warnings: lost,
      places: [place, { ...place, parts: {}, next: 0 }],
    }),
  ).toEqual([])
  expect(lost.at(-1)).toMatch(
    /^a.log is gone, and no copy is beside it: what it had behind byte \d+ is lost, and 20 lines before that$/,
  )
})

test('a file cut by hand goes on in a copy that was known as one', async () => {
  const folder = await makeFolder({ 'a.log': text(long) })
  const path = join(folder, 'a.log')
  const all = await follow(folder, '*.log*', [
    () => copyFile(path, `${path}.1`),
    ...idle(12),
    async () => {
      await appendFile(`${path}.1`, text(['in the copy']))
      await truncate(path, text(long.slice(0, 30)).length)
    },
    ...idle(12),
  ])
  expect(linesOf(all)).toEqual([...long, 'in the copy'])
})

// Promise long-line: A line beyond `max_line` is left out, with a warning that says where it was.
test('a line that is too long is left out and reported with its position', async () => {
  const folder = await makeFolder({ 'a.log': `short\n${'x'.repeat(3_000_000)}\nalso short\n` })
  const warnings: string[] = []
  const all = await runSource(file, { path: 'a.log' }, { folder, warnings })
  expect(linesOf(all)).toEqual(['short', 'also short'])
  expect(all.at(-1)?.place).toMatchObject({ line: 2 })
  expect(warnings).toEqual(['the line at byte 6 of a.log is left out: it is longer than max_line, 1MiB'])
})

test('a file that cannot be read is one clear failure', async () => {
  const folder = await makeFolder({
    'secret.log': '',
  })
  await mkdir(join(folder, 'logs'))
  await chmod(join(folder, 'secret.log'), 0)
  const none = 'relative paths start from F'
  const inFolder = 'to read the files in it, write logs/*.log'
  const cases: [path: string, code: string, message: RegExp, hint?: string][] = [
    ['none.log', 'not-found', /^source input: no such file: F\/none.log$/, none],
    ['none/*.log', 'not-found', /^source input: no file matches none\/\*.log$/, none],
    ['logs', 'not-found', /^source input: F\/logs is a folder, not a file$/, inFolder],
  ]
  const isRoot = process.getuid?.() === 0
  if (!isRoot) cases.push(['secret.log', 'denied', /^source input: F\/secret.log may not be read by this user$/])
  for (const [path, code, message, hint] of cases) {
    const error = await runSource(file, path, { folder }).catch((error) => error)
    expect(error.message.replaceAll(folder, 'F')).toMatch(message)
    expect([error.code, error.hint?.replace(folder, 'F')]).toEqual([code, hint])
  }
})

test('where the topic takes little at once, no delivery is longer, and a line that could not be taken is left out', async () => {
  const lines = Array.from({ length: 4000 }, (_, line) => `line ${line}`)
  const text = [...lines.slice(0, 2000), 'x'.repeat(9000), ...lines.slice(2000), ''].join('\n')
  const folder = await makeFolder({ 'access.log': text })
  const warnings: string[] = []
  const all = await runSource(file, 'access.log', { folder, maxAppendBytes: 16_000, warnings })
  expect(linesOf(all)).toEqual(lines)
  expect(Math.max(...all.map((delivered) => delivered.lines.join('\n').length))).toBeLessThanOrEqual(16_000)
  expect(warnings).toEqual([expect.stringContaining('longer than 8KB: its topic takes no more at once')])
})

// Promise multi-line-wait: The last record of a followed file, which might go on, is delivered once nothing has come for `wait`, and the source is not at rest until then.
test('a record that might go on is delivered once the file has been quiet for long enough', async () => {
  const folder = await makeFolder({ 'a.log': '1 a\n\tb\n2 c\n' })
  const path = join(folder, 'a.log')
  const rest: boolean[] = []
  const steps = [
    () => appendFile(path, '\td\n'),
    ...idle(6),
    () => appendFile(path, '\te\n3 f\n'),
    () => appendFile(path, '\thal'),
    ...idle(8),
    () => appendFile(path, 'f\n4'),
  ]
  const form = beginsForm(2500)
  const onDelivery = (_: unknown, source: Source) => void rest.push(source.atRest?.() === true)
  const all = await follow(folder, { path: 'a.log', poll: '500ms' }, steps, { form, onDelivery })
  expect(all.map(({ lines }) => lines)).toEqual([['1 a\n\tb'], ['2 c\n\td'], ['\te'], ['3 f']])
  expect(rest).not.toContain(true)
  // It goes on behind what was delivered.
  const after = await runSource(file, 'a.log', { folder, form, place: all.at(-1)?.place })
  expect(linesOf(after)).toEqual(['\thalf', '4'])
  const again = await runSource(file, 'a.log', { folder, form, place: all[0]?.place })
  expect(linesOf(again)).toEqual(['2 c\n\td\n\te', '3 f\n\thalf', '4'])
})
