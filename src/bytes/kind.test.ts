import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { readData, testWithData } from '../../test/format/shared-data.ts'
import { isTooShort, KIND_BYTES, kindOfBytes } from './kind.ts'
import { refusal } from './refusal.ts'

const LINE = '192.0.2.1 - - [10/Oct/2025:13:55:36 +0000] "GET / HTTP/1.1" 200 5\n'
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const wide = (text: string, bytes: number, isBig = false) =>
  Buffer.concat(
    [...text].map((one) => {
      const unit = Buffer.alloc(bytes)
      unit[isBig ? bytes - 1 : 0] = one.charCodeAt(0)
      return unit
    }),
  )
const tar = Buffer.concat([Buffer.from('a.log'), Buffer.alloc(252), Buffer.from('ustar\x0000'), Buffer.alloc(248)])

// Promise: What is packed in a way that is not read, or is not text, is refused by its name and never read as lines.
test.each([
  [hex('425a683931415926535900000000'), 'is packed with bzip2', 'bzcat x | tailrace query … -'],
  [hex('425a683917724538509000000000'), 'is packed with bzip2', 'bzcat x | tailrace query … -'],
  [hex('fd377a585a000004'), 'is packed with xz', 'xzcat x | tailrace query … -'],
  [hex('04224d1864407c'), 'is packed with lz4', 'lz4 -dc x | tailrace query … -'],
  [Buffer.from('PK\x03\x04\x14\0\0\0'), 'is a zip archive', 'unzip -p x | tailrace query … -'],
  [hex('377abcaf271c0004'), 'is a 7z archive', '7z x -so x | tailrace query … -'],
  [tar, 'is a tar archive', 'tar -xOf x | tailrace query … -'],
  [deflateSync(LINE), 'is packed with zlib', 'zlib-flate -uncompress < x | tailrace query … -'],
  [hex('7f454c4602010100'), 'is an ELF program', undefined],
  [Buffer.from('PAR1\x15\x04\x15'), 'is a Parquet file', undefined],
  [Buffer.from('SQLite format 3\0'), 'is a SQLite database', undefined],
  [hex('89504e470d0a1a0a0000'), 'is a PNG image', undefined],
  [
    wide(`\ufeff${LINE}`, 2).fill(hex('fffe'), 0, 2),
    'is UTF-16 text',
    'iconv -f UTF-16 -t UTF-8 x | tailrace query … -',
  ],
  [wide(LINE, 2), 'is UTF-16 text', 'iconv -f UTF-16LE -t UTF-8 x | tailrace query … -'],
  [wide(LINE, 2, true), 'is UTF-16 text', 'iconv -f UTF-16BE -t UTF-8 x | tailrace query … -'],
  [wide('hi\n', 2), 'is UTF-16 text', 'iconv -f UTF-16LE -t UTF-8 x | tailrace query … -'],
  [
    wide('日志 a line\n', 2).fill(0x65, 1, 2).fill(0x5f, 3, 4),
    'is UTF-16 text',
    'iconv -f UTF-16LE -t UTF-8 x | tailrace query … -',
  ],
  [wide(LINE, 4), 'is UTF-32 text', 'iconv -f UTF-32LE -t UTF-8 x | tailrace query … -'],
  [wide(LINE, 4, true), 'is UTF-32 text', 'iconv -f UTF-32BE -t UTF-8 x | tailrace query … -'],
  [Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 167 + (at >> 3)) & 255)), 'is not text', undefined],
])('refused by name: %#', (bytes, is, hint) => {
  const kind = kindOfBytes(bytes)
  expect(kind).toMatchObject({ kind: 'other', is })
  if (kind.kind === 'other') expect(refusal('x', kind).hint).toBe(hint)
})

test.each([
  ['an access log', LINE],
  ['UTF-8 with a mark', `\ufeff${LINE}`],
  ['a colourful log', `\x1b[32mINFO\x1b[0m ${LINE}`],
  ['latin1', Buffer.from('caf\xe9 au lait, cr\xe8me\n'.repeat(20), 'latin1')],
  ['Chinese', '日志 行 一\n'.repeat(20)],
  ['a line of TLS in a log', `${LINE.repeat(20)}\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\n${LINE.repeat(20)}`],
  ['FIX, delimited by SOH', '8=FIX.4.4\x019=112\x0135=A\x0149=C\x0156=S\x0134=1\x01\n'.repeat(20)],
  ['a hole, then lines', Buffer.concat([Buffer.alloc(3000), Buffer.from(LINE)])],
  ['space that is not filled', Buffer.concat([Buffer.from(LINE), Buffer.alloc(3000)])],
  ['a mark, a line and some NULs', '\ufeff1\n\0\0\0'],
  ['short lines with NULs', 'a\0\nb\0\n'],
  ['nothing but NULs', Buffer.alloc(5000)],
  ['the word BZh', 'BZh is how bzip2 begins\n'],
  ['the letters PK, MZ, ORC', 'PK MZ ORC PAR1 RIFF\n'],
  ['nothing', ''],
])('%s is text', (_, text) => {
  expect(kindOfBytes(Buffer.from(text as string))).toEqual({ kind: 'text' })
})

testWithData('lines of every nasty kind are text', () => {
  const bytes = readData('nasty/nasty-lines.log')
  for (let at = 0; at < bytes.length; at += KIND_BYTES / 4) {
    expect(kindOfBytes(bytes.subarray(at, at + KIND_BYTES)), `at byte ${at}`).toEqual({ kind: 'text' })
  }
})

test('gzip and zstd are known by their first bytes, which are waited for', () => {
  const packed = { gzip: gzipSync(LINE), zstd: zstdCompressSync(LINE) }
  for (const [packing, bytes] of Object.entries(packed)) {
    expect(kindOfBytes(bytes)).toEqual({ kind: 'packed', packing })
    for (const length of [1, 2]) expect(isTooShort(bytes.subarray(0, length))).toBe(true)
  }
  expect(kindOfBytes(hex('532a4d1801000000ff'))).toEqual({ kind: 'packed', packing: 'zstd' })
  expect(isTooShort(Buffer.from('a\n'))).toBe(false)
  expect(isTooShort(Buffer.from('abc'))).toBe(false)
})
