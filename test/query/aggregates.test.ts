/** Aggregates of any size over a file: the rows are the same for any number of threads and units. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../src/data/data-folder.test-tool.ts'
import { ask } from './ask.ts'

const LINES = Array.from({ length: 3000 }, (_, i) => ({
  host: `h${(i * 7) % 90}`,
  size: (i * 31) % 1000,
  kind: `k${i % 3}`,
}))

const SQL = `SELECT kind, GROUPING(kind) AS g, FIRST_VALUE(host) AS f, LAST_VALUE(host) AS l, LISTAGG(host) AS hosts,
  LISTAGG(DISTINCT host, ' ') AS names, CARDINALITY(ARRAY_AGG(size)) AS n, PERCENTILE(size, ARRAY[0.5, 0.9]) AS p,
  APPROX_COUNT_DISTINCT(host) AS a, JSON_ARRAYAGG(size) AS j, CAST(COLLECT(host) AS STRING) AS c
FROM log GROUP BY ROLLUP (kind) ORDER BY g, kind`

test('the rows are those of the lines in order, with one thread and with two', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'log.jsonl')
  writeFileSync(path, LINES.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const whole = await ask(SQL, path)
  const hosts = LINES.map(({ host }) => host)
  expect(whole.values).toHaveLength(4)
  expect(whole.values[3]?.slice(0, 5)).toEqual([null, 1n, 'h0', hosts.at(-1), hosts.join()])
  expect(whole.values[3]?.[5]).toBe([...new Set(hosts)].join(' '))
  for (const workers of [1, 2]) {
    const cut = await ask(SQL, path, { workers, unitBytes: 4096 })
    expect(cut.values).toEqual(whole.values)
  }
})

test('INTERSECT and EXCEPT over units of two threads', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'log.jsonl')
  writeFileSync(path, LINES.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const sql = (operator: string) =>
    `SELECT host FROM log WHERE size < 100 ${operator} SELECT host FROM log WHERE size > 950 ORDER BY host`
  for (const operator of ['INTERSECT', 'INTERSECT ALL', 'EXCEPT', 'EXCEPT ALL']) {
    const whole = await ask(sql(operator), path)
    const cut = await ask(sql(operator), path, { workers: 2, unitBytes: 4096 })
    expect(cut.values).toEqual(whole.values)
  }
})
