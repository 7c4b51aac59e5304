/** Narrow numbers, bytes and times of more digits over a file: the rows are those of the definition, for any number of threads. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../src/data/data-folder.test-tool.ts'
import { ask } from './ask.ts'

const COLUMNS = '{ json: { columns: { at: TIMESTAMP_LTZ(6), n: SMALLINT, s: TINYINT, f: FLOAT, b: BYTES } } }'

type Line = { readonly micros: number; readonly n: number; readonly s: number; readonly f: number; readonly b: number }

const LINES: readonly Line[] = Array.from({ length: 4000 }, (_, i) => ({
  micros: (i * 7919) % 1_000_000,
  n: (i * 31) % 700,
  s: (i % 251) - 125,
  f: (i % 64) / 8,
  b: i % 200,
}))

const written = ({ micros, n, s, f, b }: Line): string => {
  const at = `2026-03-01T10:00:00.${String(micros).padStart(6, '0')}Z`
  return `${JSON.stringify({ at, n, s, f, b: Buffer.of(b, 255 - b).toString('base64') })}\n`
}

test.each([1, 2])('groups by bytes and times, with %i threads', async (workers) => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'log.jsonl')
  writeFileSync(path, LINES.map(written).join(''))
  const table = [{ name: 'log', patterns: [path], format: COLUMNS }]
  const sql = `SELECT b, COUNT(*) AS c, SUM(n) AS n, SUM(s) AS s, SUM(f) AS f, MIN(\`at\`) AS first, MAX(\`at\`) AS latest
    FROM log GROUP BY b ORDER BY b`
  const { text } = await ask(sql, table, { workers, unitBytes: 4096 })
  const rows = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
  const wanted = Array.from({ length: 200 }, (_, b) => {
    const lines = LINES.filter((line) => line.b === b)
    const sum = (of: (line: Line) => number) => lines.reduce((all, line) => all + of(line), 0)
    const micros = lines.map((line) => line.micros)
    const at = (value: number) => `2026-03-01T10:00:00.${String(value).padStart(6, '0')}Z`
    return {
      b: Buffer.of(b, 255 - b).toString('base64'),
      c: lines.length,
      n: (sum(({ n }) => n) << 16) >> 16,
      s: (sum(({ s }) => s) << 24) >> 24,
      f: sum(({ f }) => f),
      first: at(Math.min(...micros)),
      latest: at(Math.max(...micros)),
    }
  })
  expect(rows).toEqual(wanted)
})
