/** Joins and sub-queries over files: the rows are those of the definition, for any number of threads and whichever side is read first. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../src/data/data-folder.test-tool.ts'
import type { TableSpec } from '../../src/query/table-files.ts'
import { ask } from './ask.ts'

type Line = { readonly host: string; readonly size: number }

const LINES: readonly Line[] = Array.from({ length: 4000 }, (_, i) => ({ host: `h${(i * 7) % 90}`, size: i % 100 }))
/** Of h0 there are two, and h60 to h89 are not there. */
const HOSTS = [
  ...Array.from({ length: 60 }, (_, i) => [`h${i}`, i % 3] as const),
  ['h0', 7] as const,
  ['none', 8] as const,
]

type Files = { readonly tables: readonly TableSpec[] } & Disposable

function files(): Files {
  const folder = temporaryFolder()
  const path = (name: string) => join(folder.path, name)
  writeFileSync(path('log.jsonl'), LINES.map((line) => `${JSON.stringify(line)}\n`).join(''))
  writeFileSync(path('hosts.csv'), `name,kind\n${HOSTS.map(([name, kind]) => `${name},${kind}\n`).join('')}`)
  const table = (name: string, file: string): TableSpec => ({ name, patterns: [path(file)], format: undefined })
  return {
    tables: [table('log', 'log.jsonl'), table('hosts', 'hosts.csv')],
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  }
}

const ways = { unitBytes: 4096 }
const kindsOf = (host: string): readonly number[] => HOSTS.filter(([name]) => name === host).map(([, kind]) => kind)

test.each([1, 2])('rows of two files are joined and grouped, with %i threads', async (workers) => {
  using input = files()
  const sums = new Map<number | null, [number, number]>()
  for (const { host, size } of LINES) {
    const kinds = kindsOf(host)
    for (const kind of kinds.length === 0 ? [null] : kinds) {
      const [n, sum] = sums.get(kind) ?? [0, 0]
      sums.set(kind, [n + 1, sum + size])
    }
  }
  const expected = [...sums].map(([kind, both]) => [kind, ...both]).sort((a, b) => (a[0] ?? -1) - (b[0] ?? -1))
  const grouped =
    'SELECT kind, COUNT(*) AS n, SUM(size) AS size FROM log LEFT JOIN hosts ON host = name GROUP BY kind ORDER BY kind'
  const turned = grouped.replace('log LEFT JOIN hosts', 'hosts RIGHT JOIN log')
  const pairs =
    'SELECT kind, COUNT(*) AS n, SUM(size) AS size FROM hosts, log WHERE host = name GROUP BY kind ORDER BY kind'
  for (const sql of [grouped, turned, pairs]) {
    const { values, lines } = await ask(sql, input.tables, { workers, ...ways })
    expect(values.map((row) => row.map((value) => (value === null ? null : Number(value))))).toEqual(
      sql === pairs ? expected.filter(([kind]) => kind !== null) : expected,
    )
    expect(lines).toBe(LINES.length + HOSTS.length)
  }
})

test.each([1, 2])('rows of both sides without a pair come once, with %i threads', async (workers) => {
  using input = files()
  const sql =
    'SELECT host, name FROM log FULL JOIN hosts ON host = name AND size > 98 WHERE host IS NULL OR name IS NULL'
  const { values } = await ask(sql, input.tables, { workers, ...ways })
  const alone = LINES.filter(({ host, size }) => size <= 98 || kindsOf(host).length === 0)
  const unseen = HOSTS.filter(([name]) => !LINES.some(({ host, size }) => host === name && size > 98))
  expect(values.filter(([, name]) => name === null)).toHaveLength(alone.length)
  expect(values.filter(([host]) => host === null).map(([, name]) => name)).toEqual(unseen.map(([name]) => name))
})

test.each([1, 2])('sub-queries read the tables that they name, with %i threads', async (workers) => {
  using input = files()
  const sql = `SELECT COUNT(*) AS n FROM log AS a WHERE host IN (SELECT name FROM hosts WHERE kind = 1)
    AND size > (SELECT AVG(size) FROM log AS b WHERE b.host = a.host)`
  const average = (host: string) => {
    const sizes = LINES.filter((line) => line.host === host).map(({ size }) => size)
    return Math.trunc(sizes.reduce((sum, size) => sum + size, 0) / sizes.length)
  }
  const averages = new Map(Array.from({ length: 90 }, (_, i) => [`h${i}`, average(`h${i}`)]))
  const expected = LINES.filter(({ host, size }) => kindsOf(host).includes(1) && size > (averages.get(host) ?? 0))
  const { values, lines } = await ask(sql, input.tables, { workers, ...ways })
  expect(values).toEqual([[BigInt(expected.length)]])
  // Each line is counted once, however often its table is read.
  expect(lines).toBe(LINES.length + HOSTS.length)
})

test('a side that does not fit in memory is refused by name of the limit', async () => {
  using input = files()
  const sql = 'SELECT a.host FROM log AS a JOIN log AS b ON a.size < b.size'
  await expect(ask(sql, input.tables, { memory: 10_000, ...ways })).rejects.toMatchObject({
    code: 'limit',
    message: expect.stringContaining('one side of a join takes'),
  })
})
