/** Lookup joins of a statement over files: the rows are those of a join by its definition, for any number of threads. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../src/data/data-folder.test-tool.ts'
import type { TableSpec } from '../../src/query/table-files.ts'
import { ask } from './ask.ts'

const SQL = `SELECT p.kind, COUNT(*) AS n, SUM(l.size) AS size
  FROM (SELECT *, PROCTIME() AS proc FROM log) AS l
  LEFT JOIN ports FOR SYSTEM_TIME AS OF l.proc AS p ON l.port = p.port
  GROUP BY p.kind ORDER BY kind`

test.each([1, 3])('rows of a file are looked up in another one, with %i threads', async (workers) => {
  using folder = temporaryFolder()
  const lines = Array.from({ length: 4000 }, (_, i) => ({ port: (i * 7) % 90, size: i }))
  const kinds = new Map(Array.from({ length: 60 }, (_, port) => [port, port % 3 === 0 ? 'web' : 'other']))
  writeFileSync(join(folder.path, 'log.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  // Two rows of one key: each is a match.
  const rows = [...kinds, [3, 'again'] as const].map(([port, kind]) => `${port},${kind}\n`)
  writeFileSync(join(folder.path, 'ports.csv'), `port,kind\n${rows.join('')}`)
  const table = (name: string, file: string): TableSpec => {
    return { name, patterns: [join(folder.path, file)], format: undefined }
  }
  const { values } = await ask(SQL, [table('log', 'log.jsonl'), table('ports', 'ports.csv')], {
    workers,
    unitBytes: 4096,
  })
  const sums = new Map<string | null, [bigint, bigint]>()
  for (const { port, size } of lines) {
    for (const kind of [kinds.get(port) ?? null, ...(port === 3 ? ['again'] : [])]) {
      const [n, sum] = sums.get(kind) ?? [0n, 0n]
      sums.set(kind, [n + 1n, sum + BigInt(size)])
    }
  }
  const found = values.map(([kind, n, size]) => [kind, n, BigInt(size as number)])
  expect(found).toEqual([null, 'again', 'other', 'web'].map((kind) => [kind, ...(sums.get(kind) ?? [])]))
})

test('a table that rows are looked up in is not read by itself, and its types are those of its file', async () => {
  using folder = temporaryFolder()
  writeFileSync(join(folder.path, 'log.jsonl'), '{"port":80,"size":1}\n')
  writeFileSync(join(folder.path, 'ports.csv'), 'port,kind\nx,web\n')
  const specs = ['log.jsonl', 'ports.csv'].map((file): TableSpec => {
    return { name: file.split('.')[0] ?? '', patterns: [join(folder.path, file)], format: undefined }
  })
  await expect(ask(SQL, specs)).rejects.toThrow('BIGINT and STRING cannot be compared')
})

test('a column that is in another table than the one named is told', async () => {
  using folder = temporaryFolder()
  writeFileSync(join(folder.path, 'log.jsonl'), '{"port":80,"size":1}\n')
  writeFileSync(join(folder.path, 'ports.csv'), 'port,kind\n80,web\n')
  const specs = ['log.jsonl', 'ports.csv'].map((file): TableSpec => {
    return { name: file.split('.')[0] ?? '', patterns: [join(folder.path, file)], format: undefined }
  })
  const asked = (column: string) => ask(SQL.replace('SUM(l.size)', `SUM(${column})`), specs)
  await expect(asked('p.size')).rejects.toMatchObject({
    message: expect.stringContaining('there is no column size in p'),
    hint: 'did you mean l.size?',
  })
  await expect(asked('p.nothing')).rejects.toMatchObject({ hint: 'the columns are port, kind' })
})
