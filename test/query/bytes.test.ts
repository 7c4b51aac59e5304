/** `tailrace query` over bytes as they really come: several parts, damage, marks, holes, other encodings, long lines. */
import { createReadStream } from 'node:fs'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { unpackedStream } from '../../src/query/read-lines.ts'
import { openHead } from '../../src/query/stream-head.ts'
import { accessLine, DAY } from '../access-line.ts'
import { type Folder, folderWith } from '../cli/tailrace.ts'

const LINE = accessLine(DAY)
const COUNT = 'SELECT host, COUNT(*) AS n FROM log GROUP BY host'
const counted = (n: number) => `{"host":"host","n":${n}}\n`
const packed = gzipSync(LINE.repeat(100))

const ask = (folder: Folder, ...files: string[]) =>
  folder.tailrace('query', COUNT, ...files, '--format', 'common', '-o', 'ndjson')

// Promise: `query` reads every member of gzip and every frame of zstd.
test('all members and frames are read, with padding; what is behind them is left out with a warning', async () => {
  using folder = folderWith({
    'a.gz': Buffer.concat([gzipSync(LINE), gzipSync(LINE), Buffer.alloc(500), gzipSync(LINE)]),
    'b.zst': Buffer.concat([zstdCompressSync(LINE), zstdCompressSync(LINE.repeat(2))]),
    'c.gz': Buffer.concat([gzipSync(LINE), Buffer.from('garbage')]),
  })
  const { code, stdout, stderr } = await ask(folder, 'a.gz', 'b.zst', 'c.gz')
  expect({ code, stdout }).toEqual({ code: 0, stdout: counted(7) })
  expect(stderr).toContain(`warning: c.gz has bytes behind its last member that are not gzip`)
})

// Promise: A damaged or unreadable file fails a query with exit code 1, after the rows of all that is good.
test('healthy files beside damaged ones, and beside those that are not text, are read; it exits with 1', async () => {
  using folder = folderWith({
    'a.log': LINE.repeat(3),
    'b.gz': Buffer.concat([packed, packed.subarray(0, 40)]),
    'c.bz2': Buffer.from('BZh91AY&SY\0\0'),
    'd.tgz': gzipSync(Buffer.concat([Buffer.alloc(257, 'x'), Buffer.from('ustar\x0000')])),
    'e.log': Buffer.from(LINE, 'utf16le'),
  })
  const { code, stdout, stderr } = await ask(folder, 'a.log', 'b.gz', 'c.bz2', 'd.tgz', 'e.log')
  expect({ code, stdout }).toEqual({ code: 1, stdout: counted(103) })
  expect(stderr).toContain(
    'c.bz2 is packed with bzip2, which tailrace does not read; all else was read\n  bzcat c.bz2 | ',
  )
  expect(stderr).toContain('b.gz is cut short: it ends within a member of gzip')
  expect(stderr).toContain('d.tgz is packed with gzip, and what is in it is a tar archive')
  expect(stderr).toContain('e.log is UTF-16 text, which tailrace does not read\n  iconv -f UTF-16LE -t UTF-8 e.log | ')
})

// Promise: A column never has NULs of a hole or a byte order mark in it.
test('holes and a byte order mark are left out, in plain and in packed files, and holes are said', async () => {
  const hole = Buffer.alloc(400_000)
  const content = Buffer.concat([Buffer.from(`\ufeff${LINE}`), hole, Buffer.from(LINE), hole])
  using folder = folderWith({ 'a.log': content, 'b.gz': gzipSync(content) })
  const { code, stdout, stderr } = await ask(folder, 'a.log', 'b.gz')
  expect({ code, stdout }).toEqual({ code: 0, stdout: counted(4) })
  for (const name of ['a.log', 'b.gz']) expect(stderr).toContain(`warning: ${name} has NULs that are not text`)
})

// Promise: The format and the columns are found however long the first lines are.
test('first lines that are longer than a sample do not hide the format', async () => {
  const long = `{"code":201,"body":"${'x'.repeat(700_000)}"}\n{"code":200,"late":1}\n`
  using folder = folderWith({ 'a.json': long, 'b.gz': gzipSync(long) })
  for (const file of ['a.json', 'b.gz']) {
    const sql = 'SELECT code, CHAR_LENGTH(body) AS n, late FROM log'
    const { code, stdout } = await folder.tailrace('query', sql, file, '-o', 'ndjson')
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: '{"code":201,"n":700000,"late":null}\n{"code":200,"n":null,"late":1}\n',
    })
  }
})

// Promise: `run --until-end` exits with 1 where a part of its input could not be read, after it has delivered the rest.
test('a run to the end delivers what is good, and exits with 1', async () => {
  using folder = folderWith({
    'logs.a': LINE.repeat(3),
    'logs.b': packed.subarray(0, packed.length - 3),
    'logs.c': Buffer.from('BZh91AY&SY\0\0'),
    'p.yaml': `version: 1
name: p
sources: { s: { file: 'logs.*', to: t } }
topics: { t: { format: common, watermark: ts } }
queries:
  q: SELECT window_start, COUNT(*) AS n
    FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' DAY)) GROUP BY window_start, window_end
sinks: { o: { from: q, ndjson: out.ndjson } }
`,
  })
  const { code, stderr } = await folder.tailrace('run', 'p.yaml', '--until-end')
  expect(stderr).toContain('logs.b is cut short')
  expect(stderr).toContain('logs.c is packed with bzip2, which tailrace does not read')
  expect(code).toBe(1)
  expect(folder.read('out.ndjson')).toContain('"n":103}')
})

test('of a packed file, nothing is left open once its head was read', async () => {
  using folder = folderWith({ 'a.gz': gzipSync(LINE.repeat(300_000), { level: 0 }) })
  const stream = unpackedStream('a.gz', () => opened)
  const opened = createReadStream(folder.at('a.gz'))
  const { bytes, whole } = await openHead(stream, false)
  expect(bytes.length).toBeGreaterThan(LINE.length)
  await whole.close?.()
  expect(opened.destroyed).toBe(true)
})
