import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { DEMO, folderWith, start, tailrace } from './tailrace.ts'

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }

test('the version, and help with examples, go to standard output', async () => {
  expect(await tailrace(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  const help = await tailrace(['--help'])
  expect(help.code).toBe(0)
  expect(help.stdout).toContain('Examples:')
  for (const command of ['run', 'query', 'check', 'explain', 'replay']) expect(help.stdout).toContain(`\n  ${command} `)
  expect((await tailrace(['help', 'check'])).stdout).toContain('Usage: tailrace check')
})

test.each([
  [['chek'], "unknown command 'chek'", 'Did you mean check?'],
  [['check', '--jsn', 'x'], "unknown option '--jsn'", 'Did you mean --json?'],
  [['check'], 'missing required argument', 'See tailrace check --help.'],
  [['check', 'p.yaml', '--set', 'nonsense'], '--set nonsense: expected a path and a value', ''],
  [['check', 'SELECT 1', '--timezone', 'Mars'], '--timezone Mars: there is no such time zone', ''],
  [['check', 'SELECT 1', '--format', 'comon'], '--format comon: there is no such format', 'Did you mean "common"?'],
])('%j is a wrong command line', async (args, message, advice) => {
  using folder = folderWith({ 'p.yaml': DEMO })
  const { code, stdout, stderr } = await tailrace(args, { folder: folder.path })
  expect(stderr).toContain(message)
  expect(stderr).toContain(advice)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
})

test('check confirms a good pipeline', async () => {
  using folder = folderWith({ 'p.yaml': DEMO })
  const plain = await tailrace(['check', 'p.yaml'], { folder: folder.path })
  expect(plain).toMatchObject({ code: 0, stdout: 'pipeline demo is fine: 1 source, 1 topic, 1 query, 1 sink\n' })
  const json = await tailrace(['check', 'p.yaml', '--json'], { folder: folder.path })
  expect(JSON.parse(json.stdout)).toMatchObject({
    ok: true,
    name: 'demo',
    queries: [{ name: 'errors', reads: ['access'], columns: [{ name: 'host', type: 'STRING' }, { name: 'target' }] }],
  })
})

test('a pipeline with mistakes gives code 78 and every place, without a stack', async () => {
  using folder = folderWith({
    'p.yaml': DEMO.replace('host, target', 'hos, target').replace('from: errors', 'from: error'),
  })
  const plain = await tailrace(['check', 'p.yaml'], { folder: folder.path })
  expect(plain).toMatchObject({ code: 78, stdout: '' })
  expect(plain.stderr).toContain('p.yaml:8:18: there is no column hos')
  expect(plain.stderr).toContain('p.yaml:10:16: there is no topic, query or report "error"')
  expect(plain.stderr).not.toMatch(/^ +at /m)
  const json = await tailrace(['check', 'p.yaml', '--json'], { folder: folder.path })
  expect(json.code).toBe(78)
  expect(JSON.parse(json.stdout)).toMatchObject({
    ok: false,
    problems: [{ file: 'p.yaml', line: 8, column: 18 }, { line: 10 }],
  })
})

test('a pipeline file that is missing or no text gives a clear message', async () => {
  expect(await tailrace(['check', 'no/such.yaml'])).toEqual({
    code: 1,
    stdout: '',
    stderr: 'tailrace: there is no pipeline file no/such.yaml\n',
  })
  const folder = await tailrace(['check', 'src'])
  expect(folder).toMatchObject({ code: 1, stderr: 'tailrace: src is a folder, not a pipeline file\n' })
})

test('variables, files and --set reach the pipeline; their values are not shown', async () => {
  const text = DEMO.replace('name: demo', 'name: ${NAME}').replace('status >= 500', "host = '${file:secret}'")
  using folder = folderWith({ 'p.yaml': text, secret: 'hunter2hunter2\n' })
  const environment = { NAME: 'set' }
  const explained = await tailrace(['explain', 'p.yaml', '--set', 'topics.access.partitions=2'], {
    folder: folder.path,
    environment,
  })
  expect(explained.stderr).toBe('')
  expect(explained.stdout).toContain('2 partitions')
  expect(explained.stdout).toContain('${file:secret}')
  expect(explained.stdout).not.toContain('hunter2')
  const unset = await tailrace(['check', 'p.yaml'], { folder: folder.path })
  expect(unset).toMatchObject({ code: 78 })
  expect(unset.stderr).toContain('p.yaml:2:7: the variable NAME is not set')
})

test('a pipeline in TypeScript, by name or as the default export', async () => {
  const source = (head: string) => `${head} {
  version: 1, name: 'typed',
  sources: { log: { file: 'access.log', to: 'access' } },
  topics: { access: { format: 'common' } },
  queries: { errors: 'SELECT host FROM access WHERE status >= 500' },
} satisfies object\n`
  using folder = folderWith({
    'a.ts': source('export const pipeline ='),
    'b.ts': source('export default'),
    'c.ts': 'export const x: number = 1\n',
    'd.ts': source('export default').replace('host', 'hos'),
  })
  for (const file of ['a.ts', 'b.ts']) {
    expect(await tailrace(['check', file], { folder: folder.path })).toMatchObject({ code: 0, stderr: '' })
  }
  const none = await tailrace(['check', 'c.ts'], { folder: folder.path })
  expect(none).toMatchObject({ code: 78 })
  expect(none.stderr).toContain('c.ts exports no pipeline')
  const wrong = await tailrace(['check', 'd.ts'], { folder: folder.path })
  expect(wrong).toMatchObject({ code: 78 })
  expect(wrong.stderr).toContain('d.ts queries.errors:1:8: there is no column hos')
})

test('check and explain read a statement as query does', async () => {
  const fine = await tailrace([
    'check',
    'SELECT host, COUNT(*) AS hits FROM log GROUP BY host ORDER BY hits DESC LIMIT 3',
  ])
  expect(fine).toMatchObject({ code: 0, stdout: 'the statement is fine: host STRING, hits BIGINT\n' })
  const wrong = await tailrace(['check', 'SELECT hst FROM log'])
  expect(wrong).toMatchObject({ code: 1, stdout: '' })
  expect(wrong.stderr).toContain('line 1:8: there is no column hst\n  SELECT hst FROM log\n         ^^^')
  const explained = await tailrace(['explain', 'SELECT host FROM log WHERE status >= 500'])
  expect(explained).toMatchObject({ code: 0, stderr: '' })
  expect(explained.stdout).toContain('status')
})

test('the examples have no mistakes', async () => {
  for (const name of readdirSync('examples')) {
    const { code, stderr } = await tailrace(['check', `examples/${name}/pipeline.yaml`])
    expect({ name, code, stderr }).toEqual({ name, code: 0, stderr: '' })
  }
})

test('a closed pipe ends the work without a message', async () => {
  using folder = folderWith({
    'access.log': 'h - - [01/Jul/1995:00:00:00 +0000] "GET /a HTTP/1.0" 200 5\n'.repeat(50_000),
  })
  const running = start(['query', 'SELECT * FROM log', 'access.log', '--format', 'common', '-o', 'ndjson'], {
    folder: folder.path,
  })
  running.process.stdout?.once('data', () => running.process.stdout?.destroy())
  const { code, stderr } = await running.ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})
