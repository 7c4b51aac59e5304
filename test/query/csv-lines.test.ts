/** CSV files whose quoted fields go on over several lines. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { ask } from './ask.ts'

const folder = mkdtempSync(join(tmpdir(), 'tailrace-csv-lines-'))
afterAll(() => rmSync(folder, { recursive: true }))

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`

function file(name: string, text: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const SQL = 'SELECT id, note, extra FROM log'
const rowsOf = async (path: string, options: Parameters<typeof ask>[2] = {}) => {
  const { values, dead, lines } = await ask(SQL, path, { format: 'csv', ...options })
  return { values, dead, lines }
}

// Promise: A quoted field of a CSV file over several lines is read whole, from a file, a packed file or standard input.
test('records over several lines are rows, as they were written', async () => {
  const text = fc.array(fc.constantFrom('a', ',', '"', '\n', '\r\n', '1,2,3', ' ', 'é', '\nx,y,z\n'), { maxLength: 6 })
  const row = fc.tuple(text, text).map((texts) => texts.map((parts) => parts.join('')))
  const head = 'id,note,extra\n'
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 30 }), async (rows) => {
      const body = rows.map(([note = '', more = ''], id) => `${id},${quoted(note)},${quoted(more)}\n`).join('')
      const bytes = Buffer.from(head + body)
      const values = rows.map(([note, more], id) => [BigInt(id), note, more])
      const expected = { values, dead: 0, lines: rows.length }
      expect(await rowsOf(file('some.csv', bytes))).toEqual(expected)
      expect(await rowsOf(file('some.csv.gz', gzipSync(bytes)))).toEqual(expected)
      expect(await rowsOf('-', { stdin: [bytes.subarray(0, 7), bytes.subarray(7)] })).toEqual(expected)
    }),
    { numRuns: 60 },
  )
})

/** Rows of which each has a note of three lines, the one in the middle like a row. */
const many = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `${from + i},"one\n7,two,""2""\nthree",x\n`).join('')
const plain = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `${from + i},n,m\n`).join('')

test('wherever chunks and steps of a stream end, and if the first lines do not show it', async () => {
  const text = `id,note,extra\n${plain(0, 60_000)}${many(60_000, 90_000)}${plain(90_000, 90_500)}`
  for (const [path, options] of [
    [file('late.csv', text), {}],
    [file('late.csv.gz', gzipSync(text)), { unitBytes: 100_000 }],
    [
      file('seen.csv', text.replace(plain(0, 60_000), many(0, 10) + plain(10, 60_000))),
      { unitBytes: 70_000, workers: 2 },
    ],
  ] as const) {
    const { values, dead } = await rowsOf(path, options)
    expect([values.length, dead]).toEqual([90_500, 0])
    expect(values.map(([id]) => id)).toEqual(values.map((_, i) => BigInt(i)))
    expect(values[75_000]).toEqual([75_000n, 'one\n7,two,"2"\nthree', 'x'])
  }
})

// Promise: Where two threads divide a CSV file within a quoted field, the query fails and says what to write instead: no half is a row.
test('a quoted field in which a file is divided is an error, if the first lines do not show such fields', async () => {
  const text = `id,note,extra\n${plain(0, 2000)}${many(2000, 2010)}${plain(2010, 2100)}`
  const path = file('divided.csv', text)
  const from = text.indexOf('2004,"one')
  const outcomes: string[] = []
  for (let unitBytes = from; unitBytes <= text.indexOf('2005,"one'); unitBytes++) {
    const found = await rowsOf(path, { unitBytes }).catch((error: Error) => error.message)
    if (typeof found === 'string') outcomes.push(found)
    else {
      expect([found.dead, found.values.map(([id]) => id)]).toEqual([0, found.values.map((_, i) => BigInt(i))])
      outcomes.push(`${found.values.length} rows`)
    }
  }
  const error = `${path}: the record at byte ${from} has no end where the file is divided`
  // A line belongs to the range that its first byte is in, so the record is divided by what ends in its first two lines.
  const divided = '2004,"one\n7,two,""2""\n'.length
  const whole = outcomes.length - divided
  expect(outcomes.toSorted()).toEqual(
    [...Array.from({ length: divided }, () => error), ...Array.from({ length: whole }, () => '2100 rows')].toSorted(),
  )
})

test('a quote that does not close is the dead letter of its line alone', async () => {
  const text = `id,note,extra\n${plain(0, 1000)}5,"open,x\n${plain(1001, 40_000)}`
  const { values, dead } = await rowsOf(file('stray.csv', text))
  expect([values.length, dead]).toEqual([39_999, 1])
  const broken = 'id,note,extra\n1,"a\n2,b"c,d\n3,e,f\n'
  expect(await rowsOf(file('broken.csv', broken))).toMatchObject({
    values: [
      [2n, 'b"c', 'd'],
      [3n, 'e', 'f'],
    ],
    dead: 1,
  })
})

test('a head of several lines', async () => {
  const text = 'id,note,"extra\nof it"\n1,"a\nb",c\n'
  const { values } = await ask('SELECT * FROM log', file('head.csv', text), { format: 'csv' })
  expect(values).toEqual([[1n, 'a\nb', 'c']])
})
