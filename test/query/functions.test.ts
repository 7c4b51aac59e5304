/** Functions of the user in `tailrace query`, on one thread and on two. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../src/data/data-folder.test-tool.ts'
import { ask } from './ask.ts'

const FUNCTIONS = `
export const risk = {
  takes: ['STRING', 'INT'],
  gives: 'DOUBLE',
  call: (path: string, status: number): number => (path.startsWith('/admin') ? 1 : status / 1000),
}
export const segment = {
  takes: ['STRING'],
  gives: 'STRING',
  call(path: string): string {
    if (path === '/p7') throw new Error('seven')
    return path.split('/')[1] ?? ''
  },
}
`

test.each([1, 2])('rows are the same on %i threads, in WHERE, GROUP BY and SELECT', async (workers) => {
  using temporary = temporaryFolder()
  const folder = temporary.path
  const rows = Array.from({ length: 3000 }, (_, row) => ({
    path: row % 3 === 0 ? '/admin/x' : `/p${row % 10}`,
    status: 200 + (row % 4) * 100,
  }))
  writeFileSync(join(folder, 'log.json'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  writeFileSync(join(folder, 'f.ts'), FUNCTIONS)
  const sql = `SELECT segment(path) AS s, COUNT(*) AS n, MAX(Risk(path, status)) AS most FROM log
    WHERE RISK(path, status) > 0.25 GROUP BY segment(path) ORDER BY s`
  const { values, dead, deadLines } = await ask(sql, join(folder, 'log.json'), {
    format: '{ json: { columns: { path: STRING, status: INT } } }',
    functions: [join(folder, 'f.ts')],
    workers,
    unitBytes: 5000,
  })
  const kept = rows.filter(({ path, status }) => path.startsWith('/admin') || status > 250)
  const groups = new Map<string, [number, number]>()
  for (const { path, status } of kept.filter((row) => row.path !== '/p7')) {
    const name = path.split('/')[1] ?? ''
    const [count, most] = groups.get(name) ?? [0, 0]
    groups.set(name, [count + 1, Math.max(most, name === 'admin' ? 1 : status / 1000)])
  }
  const expected = [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, [count, most]]) => [name, BigInt(count), most])
  expect(values).toEqual(expected)
  const failed = kept.filter(({ path }) => path === '/p7').length
  expect(failed).toBeGreaterThan(0)
  expect(dead).toBe(failed)
  expect(deadLines[0]?.reason).toBe('SEGMENT: seven')
})
