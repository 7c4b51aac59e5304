/** SQL over JSON documents: the rows are those of the same objects in lines, however the document is written and packed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { openTable } from '../../src/query/table-files.ts'
import { ask } from './ask.ts'

const folder = mkdtempSync(join(tmpdir(), 'tailrace-documents-'))
afterAll(() => rmSync(folder, { recursive: true }))

const objects = Array.from({ length: 3000 }, (_, id) => ({
  id,
  name: `name ${id % 7} "},{" `,
  data: Array.from({ length: id % 5 }, (_, n) => ({ n, year: String(2000 + n) })),
}))
const lines = `${objects.map((one) => JSON.stringify(one)).join('\n')}\n`
const pretty = JSON.stringify(objects, null, 2)
const files: Readonly<Record<string, string | Buffer>> = {
  'array.json': JSON.stringify(objects),
  'pretty.json': pretty,
  'jq.json': objects.map((one) => `${JSON.stringify(one, null, 4)}\r\n`).join(''),
  'lines.json': `[\n${objects.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`,
  'marked.json': `\ufeff${pretty}`,
  'packed.json.gz': gzipSync(pretty),
  'lines.ndjson': lines,
}
for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)

const SQL = 'SELECT id, name, data FROM log'

// Promise json-document: A file that is one JSON document gives the rows of the same objects in lines.
test.each(Object.keys(files))('%s', async (name) => {
  const expected = await ask(SQL, join(folder, 'lines.ndjson'))
  for (const workers of [1, 3]) {
    const answer = await ask(SQL, join(folder, name), { workers, unitBytes: 50_000 })
    expect(answer).toMatchObject({ text: expected.text, lines: 3000, dead: 0, formats: ['json'] })
  }
  const piped = await ask(SQL, '-', { stdin: [Buffer.from(files[name] as string)] })
  expect(piped).toMatchObject({ text: expected.text, lines: 3000, dead: 0, formats: ['json'] })
})

test('files of one table may be documents or not', async () => {
  const { values, lines: count } = await ask(
    'SELECT COUNT(*) AS n, SUM(id) AS total FROM log',
    join(folder, '*.*json*'),
  )
  expect(values).toEqual([[7n * 3000n, (7n * 2999n * 3000n) / 2n]])
  expect(count).toBe(21_000)
})

test.each(['[]', '[\n]\n', '\ufeff[ ]'])('%j is a document without rows', async (text) => {
  writeFileSync(join(folder, 'empty.txt'), text)
  const sql = 'SELECT COUNT(*) FROM log'
  const expected = { values: [[0n]], lines: 0, dead: 0, formats: ['json'] }
  expect(await ask(sql, join(folder, 'empty.txt'))).toMatchObject(expected)
  expect(await ask(sql, '-', { stdin: [Buffer.from(text)] })).toMatchObject(expected)
})

test('what begins like an object and is none is read as lines, and that is said', async () => {
  const path = join(folder, 'broken.txt')
  writeFileSync(path, '{\n "a": 1,\n "b": [1, 2\n}\n')
  const { files: _, ...table } = await openTable({ name: 'log', patterns: [path], format: undefined }, process.stdin)
  expect(table).toMatchObject({
    formatName: 'lines',
    whyNot: 'not json: its first object is no JSON, or does not end within 16 MiB',
  })
})

test('a dead letter has the byte of the document', async () => {
  const text = '[\n  {"a": 1},\n  {"a":\n 2 x},\n  {"a": 3}\n]\n'
  writeFileSync(join(folder, 'bad.txt'), text)
  const { values, deadLines } = await ask('SELECT a FROM log', join(folder, 'bad.txt'), { format: 'json' })
  expect(values).toEqual([[1n], [3n]])
  expect(deadLines).toMatchObject([{ byte: text.indexOf('x'), reason: 'expected , or }' }])
})
