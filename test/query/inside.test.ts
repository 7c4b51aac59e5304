/** SQL over files whose records hold lines of another format: the rows are those of the lines alone, for any number of threads. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { accessLine, DAY } from '../access-line.ts'
import { ask } from './ask.ts'

const folder = mkdtempSync(join(tmpdir(), 'tailrace-inside-'))
afterAll(() => rmSync(folder, { recursive: true }))

const lines = Array.from({ length: 4000 }, (_, i) => accessLine(DAY + 1000 * i).trimEnd())
const shipped = lines.map((message, i) =>
  JSON.stringify({ log_type: i % 3 === 0 ? 'a' : 'b', message, log: { offset: i } }),
)
const plain = join(folder, 'access.log')
const file = join(folder, 'shipped.ndjson')
writeFileSync(plain, lines.join('\n'))
writeFileSync(file, `${shipped.join('\n')}\n{"log_type":"a"}\n{"log_type":"a","message":"no line"}\n`)

const COUNT =
  'SELECT http_method, status, COUNT(*) AS hits, SUM(body_bytes) AS total FROM log GROUP BY http_method, status'

test.each([
  '{ json: { inside: { message: common } } }',
  'json:\n  columns: { log_type: STRING }\n  inside: { message: common }\n',
])('the lines in their records are counted as the lines alone: %s', async (format) => {
  const alone = await ask(COUNT, plain, { format: 'common' })
  expect(alone.rows).toBeGreaterThan(0)
  for (const workers of [1, 3]) {
    const inside = await ask(COUNT, file, { format, workers, unitBytes: 50_000 })
    expect(inside).toMatchObject({ text: alone.text, lines: 4002, dead: 2 })
  }
  const both = await ask('SELECT log_type, COUNT(*) AS n FROM log WHERE status IS NOT NULL GROUP BY log_type', file, {
    format,
  })
  expect(both.text).toBe('{"log_type":"a","n":1334}\n{"log_type":"b","n":2666}\n')
})

test('a dead letter has the byte of the file at which the line in its record stops fitting', async () => {
  const { deadLines } = await ask('SELECT path FROM log', file, { format: '{ json: { inside: { message: common } } }' })
  const text = `${shipped.join('\n')}\n`
  expect(deadLines).toMatchObject([
    { byte: text.length, reason: 'message is NULL' },
    { reason: expect.stringMatching(/^message: expected/) },
  ])
  const inRecord = (deadLines[1]?.byte ?? 0) - text.length - '{"log_type":"a"}\n'.length
  expect(inRecord).toBeGreaterThan('{"log_type":"a","message":"'.length)
})
