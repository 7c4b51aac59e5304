/** Pages of results by the real command line. A browser opens them in test/services/dashboard/report-html.test.ts. */
import { expect, test } from 'vitest'
import { buildReport } from '../../tools/build-web.ts'
import { demo } from './demo.ts'
import { folderWith } from './tailrace.ts'

await buildReport('dist/cli/report-page.cjs')

const line = (second: number, path: string): string =>
  `h - - [01/Jul/1995:00:${String(second).padStart(2, '0')}:00 +0000] "GET ${path} HTTP/1.0" 200 1\n`
const LOG = [line(0, '/a'), line(0, '/b'), line(1, '/a'), line(2, '/a'), 'no access log\n'].join('')

type Result = { readonly name: string; readonly rows: readonly unknown[]; readonly total: number; readonly sql: string }
type Data = {
  readonly facts: readonly (readonly [string, string])[]
  readonly results: readonly Result[]
  readonly command: string
  readonly dead: readonly object[]
}

/** What a page has inside. */
function dataIn(html: string): Data {
  const [, json = ''] = /<script type="application\/json" id="data">([^<]*)<\/script>/.exec(html) ?? []
  return JSON.parse(json)
}

test('query -o html: rows with all digits, the statement, and what could not be read', async () => {
  using folder = folderWith({ 'access.log': LOG })
  const sql = 'SELECT path, COUNT(*) AS hits, 9007199254740993 AS big FROM log GROUP BY path ORDER BY path'
  const made = await folder.tailrace('query', sql, 'access.log', '-o', 'html')
  expect(made.code).toBe(0)
  expect(dataIn(made.stdout)).toMatchObject({
    title: 'access.log',
    command: `tailrace query '…' access.log -o html`,
    facts: [
      ['read', '5 lines'],
      ['dead letters', expect.stringMatching(/^1 line; the first: /)],
    ],
    results: [
      {
        sql,
        columns: [
          { name: 'path', type: 'STRING', isKey: true },
          { name: 'hits', type: 'BIGINT', isKey: false },
          { name: 'big', type: 'BIGINT', isKey: false },
        ],
        rows: [
          ['/a', 3, '9007199254740993'],
          ['/b', 1, '9007199254740993'],
        ],
        total: 2,
      },
    ],
  })
})

test('a statement that fails leaves no half of a page', async () => {
  using folder = folderWith({ 'access.log': LOG })
  const made = await folder.tailrace('query', 'SELECT nothing FROM log', 'access.log', '-o', 'html')
  expect([made.code, made.stdout]).toEqual([1, ''])
})

test('a file where the form stands is told apart from a form', async () => {
  using folder = folderWith()
  const made = await folder.tailrace('query', 'SELECT 1', '-o', 'report.html')
  expect([made.code, made.stderr]).toEqual([
    2,
    expect.stringContaining('It is a form, not a file: -o html > report.html'),
  ])
})

test('page: the last rows of each query, dead letters, and no value of --set', async () => {
  using folder = folderWith({ 'p.yaml': demo('file: access.log'), 'access.log': LOG })
  const early = await folder.tailrace('page', 'p.yaml')
  expect([early.code, early.stderr]).toEqual([1, expect.stringContaining('there is no data folder')])
  await folder.run('--no-listen')
  const made = await folder.tailrace('page', 'p.yaml', '--rows', '2', '--set', 'checkpoint.interval=10s')
  expect(made).toMatchObject({
    code: 0,
    stderr: 'paths: the page has the last 2 of 4 rows; other forms have no such limit\n',
  })
  const { results, dead, command } = dataIn(made.stdout)
  expect(command).toBe('tailrace page p.yaml --rows 2 --set checkpoint.interval=…')
  expect(results).toMatchObject([{ name: 'paths', kind: 'query', total: 4, kept: 'last' }])
  expect(results[0]?.rows).toHaveLength(2)
  expect(dead).toMatchObject([{ topic: 'access', kind: 'format', count: 1, example: 'no access log' }])
  expect(made.stdout).not.toContain('10s')
})

test('report -o html: the rows of the span', async () => {
  using folder = folderWith({ 'p.yaml': demo('file: access.log'), 'access.log': LOG })
  await folder.run('--no-listen')
  const made = await folder.tailrace(
    'report',
    'paths',
    'p.yaml',
    '--for',
    '1995-07-01',
    '-o',
    'html',
    '--title',
    'A day',
  )
  expect(made.code).toBe(0)
  const { facts, results } = dataIn(made.stdout)
  expect(made.stdout).toContain('<title>A day</title>')
  expect(facts[0]).toEqual(['span', '1995-07-01 00:00:00 to 1995-07-02 00:00:00 UTC'])
  expect(results).toMatchObject([
    { name: 'paths', kind: 'report', total: 4, note: expect.stringContaining('rows may change') },
  ])
})

test('a title is that of a page, and an empty one is none', async () => {
  using folder = folderWith({ 'access.log': LOG })
  expect(await folder.tailrace('query', 'SELECT 1', '--title', 'A day', '-o', 'csv')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('--title is that of a page, and -o csv is none'),
  })
  const { stdout } = await folder.tailrace('query', 'SELECT path FROM log', 'access.log', '-o', 'html', '--title', '')
  expect(stdout).toContain('<title>access.log</title>')
})

test('--rows that are no number of rows are refused', async () => {
  using folder = folderWith({ 'p.yaml': demo('file: access.log') })
  for (const rows of ['0', '1.5', '20001', 'all']) {
    const { code, stderr } = await folder.tailrace('page', 'p.yaml', '--rows', rows)
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(`--rows ${rows}: expected a whole number from 1 to 20000`),
    ])
  }
})
