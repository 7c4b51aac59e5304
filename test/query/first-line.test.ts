/** CSV files of one table whose first lines are not all the same header. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { ask } from './ask.ts'

const root = mkdtempSync(join(tmpdir(), 'tailrace-first-line-'))
afterAll(() => rmSync(root, { recursive: true }))

/** Asks files for all of their rows; the first is `a`. */
async function rowsOf(files: Readonly<Record<string, string | Uint8Array>>, format?: string) {
  const folder = mkdtempSync(join(root, 'files-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const { values, dead, faults } = await ask(
    'SELECT * FROM log',
    join(folder, '*'),
    format === undefined ? {} : { format },
  )
  return { values, dead, faults: faults.map(({ message }) => message.replaceAll(`${folder}/`, '')) }
}
const A = 'id,amt\n1,10\n'
const ONE = [1n, 10n]

// Promise: The first line of a CSV file is left out only if it is the header: a line of data there is a row.
test('a file without the header loses no line', async () => {
  const values = [ONE, [3n, 30n], [4n, 40n]]
  const clean = { dead: 0, faults: [] }
  expect(await rowsOf({ a: A, b: '3,30\n4,40\n' })).toEqual({ values, ...clean })
  expect(await rowsOf({ a: A, 'b.gz': gzipSync('3,30\n4,40\n') })).toEqual({ values, ...clean })
  expect(await rowsOf({ a: A, b: '"3","30"\n4,40' })).toEqual({ values, ...clean })
  expect(await rowsOf({ a: A, b: '\ufeff3,30\r\n4,40\r\n' })).toEqual({ values, ...clean })
  expect(await rowsOf({ a: A, b: 'Id, "AMT"\r\n3,30\r\n', c: '\ufeff"id","amt"\n4,40' })).toEqual({ values, ...clean })
  expect(await rowsOf({ a: A, b: 'x,30\n4,40\n' })).toMatchObject({ values: [ONE, [4n, 40n]], dead: 1, faults: [] })
})

test('a header over several lines, and a record over several lines in its place', async () => {
  const values = [
    [1n, 'x'],
    [2n, 'y\nz'],
    [3n, 'w'],
  ]
  const files = { a: '"i\nd",note\n1,x\n', b: '2,"y\nz"\n', c: '"i\nd",note\n3,w\n' }
  expect(await rowsOf(files, 'csv')).toEqual({ values, dead: 0, faults: [] })
})

// Promise: A CSV file whose header has other names, or another order, is left out by name: no value is taken for another.
test('a file with other names is left out', async () => {
  const names = (found: string, known = 'id,amt') => [`b begins with the names ${found}, and the columns are ${known}`]
  for (const found of ['amt,id', 'id,total', 'total,id', 'ID,note', 'when,who', 'id', 'id,amt,x']) {
    const outcome = await rowsOf({ a: A, b: `${found}\n70,7\n`, c: 'id,amt\n2,20\n' })
    expect(outcome).toEqual({ values: [ONE, [2n, 20n]], dead: 0, faults: names(found) })
  }
  expect(await rowsOf({ a: 'id,x,amt\na,b,c\n', b: 'id,amt,x\na,b,c\n' })).toMatchObject({
    values: [['a', 'b', 'c']],
    faults: names('id,amt,x', 'id,x,amt'),
  })
  expect((await rowsOf({ a: A, 'b.gz': gzipSync('amt,id\n70,7\n') })).faults).toEqual([
    'b.gz begins with the names amt,id, and the columns are id,amt',
  ])
})

test('texts that are no names of columns are a row', async () => {
  expect(await rowsOf({ a: 'name,city\nann,rome\n', b: 'bob,paris\n' })).toMatchObject({
    values: [
      ['ann', 'rome'],
      ['bob', 'paris'],
    ],
    faults: [],
  })
})

// Promise: A file of a glob that has only its header hides neither the format nor the types of the others.
test('the sample is of the first file that has a record', async () => {
  expect(await rowsOf({ a: 'id,amt\n', b: A })).toEqual({ values: [ONE], dead: 0, faults: [] })
  expect(await rowsOf({ a: 'id,amt\n', b: A }, 'csv')).toEqual({ values: [ONE], dead: 0, faults: [] })
  expect((await rowsOf({ a: 'id,,x\n1,2,3\n' })).values).toEqual([[1n, 2n, 3n]])
  expect((await rowsOf({ a: 'id,id\n1,2\n' })).values).toEqual([[1n, 2n]])
})

// Promise: A file whose lines end with CR or NUL alone is refused with what makes lines of it, in every format.
test('a file without a line end is not one line', async () => {
  const line = '192.0.2.7 - - [10/Oct/2020:13:55:36 -0700] "GET /a HTTP/1.1" 200 5 "-" "u"'
  for (const [mark, name] of [
    ['\r', 'CRs'],
    ['\0', 'NULs'],
  ] as const) {
    for (const text of [line, '{"a":1}', 'id,amt']) {
      const message = `has ${name} where lines end with LF, so all of it would be one line`
      await expect(rowsOf({ a: `${text}${mark}${text}${mark}` })).rejects.toThrow(message)
      const outcome = await rowsOf({ a: `${text}\n${text}\n`, b: `${text}${mark}${text}` })
      expect(outcome.faults).toEqual([`b ${message}`])
    }
  }
})
