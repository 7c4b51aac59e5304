import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { DEMO } from './demo.ts'
import { folderWith, tailrace } from './tailrace.ts'

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }

test('the version, and help with examples, go to standard output', async () => {
  expect(await tailrace(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' })
  const help = await tailrace(['--help'])
  expect(help.code).toBe(0)
  expect(help.stdout).toContain('Examples:')
  for (const command of ['run', 'query', 'check', 'explain', 'replay']) expect(help.stdout).toContain(`\n  ${command} `)
  expect((await tailrace(['help', 'check'])).stdout).toContain('Usage: tailrace check')
})

test('check confirms a good pipeline', async () => {
  using folder = folderWith({ 'p.yaml': DEMO, 'access.log': '' })
  const plain = await folder.tailrace('check', 'p.yaml')
  expect(plain).toMatchObject({ code: 0, stdout: 'pipeline demo is fine: 1 source, 1 topic, 1 query, 1 sink\n' })
  const json = await folder.tailrace('check', 'p.yaml', '--json')
  const columns = [{ name: 'window_start', type: 'TIMESTAMP(3)' }, { name: 'window_end' }, { name: 'path' }]
  expect(JSON.parse(json.stdout)).toMatchObject({
    ok: true,
    name: 'demo',
    queries: [{ name: 'paths', reads: ['access'], columns: [...columns, { name: 'hits' }] }],
  })
})

test('a pipeline with mistakes gives code 78 and every place, without a stack', async () => {
  using folder = folderWith({ 'p.yaml': DEMO.replace('by: path', 'by: pat').replace('from: paths', 'from: path') })
  const plain = await folder.tailrace('check', 'p.yaml')
  expect(plain).toMatchObject({ code: 78, stdout: '' })
  expect(plain.stderr).toContain('p.yaml:8:25: there is no column pat')
  expect(plain.stderr).toContain('p.yaml:10:18: there is no topic, query or report "path"')
  expect(plain.stderr).not.toMatch(/^ +at /m)
  const json = await folder.tailrace('check', 'p.yaml', '--json')
  expect(json.code).toBe(78)
  expect(JSON.parse(json.stdout)).toMatchObject({
    ok: false,
    problems: [{ file: 'p.yaml', line: 8, column: 25 }, { line: 10 }],
  })
})

test('variables, files and --set reach the pipeline; their values are not shown', async () => {
  using folder = folderWith({
    'p.yaml': DEMO.replace('name: demo', 'name: ${NAME}').replace(
      '{ count: { by: path, every: 60s, from: access } }',
      "SELECT host FROM access WHERE host = '${file:secret}'",
    ),
    secret: 'hunter2hunter2\n',
  })
  const explained = await tailrace(['explain', 'p.yaml', '--set', 'topics.access.partitions=3'], folder.path, {
    NAME: 'set',
  })
  expect(explained.stderr).toBe('')
  expect(explained.stdout).toContain('3 partitions')
  expect(explained.stdout).toContain('${file:secret}')
  expect(explained.stdout).not.toContain('hunter2')
  const unset = await folder.tailrace('check', 'p.yaml')
  expect(unset).toMatchObject({ code: 78 })
  expect(unset.stderr).toContain('p.yaml:2:7: the variable NAME is not set')
})

test('a pipeline in TypeScript, by name or as the default export', async () => {
  const source = (head: string) => `${head} {
  version: 1, name: 'typed',
  sources: { log: { file: 'access.log', to: 'access' } },
  topics: { access: { format: 'common' } },
  queries: { errors: 'SELECT host FROM access WHERE status >= 500' },
  sinks: { screen: { from: 'errors', console: {} } },
} satisfies object\n`
  using folder = folderWith({
    'access.log': '',
    'a.ts': source('export const pipeline ='),
    'b.ts': source('export default'),
    'c.ts': 'export const x: number = 1\n',
    'd.ts': source('export default').replace('host', 'hos'),
  })
  const check = (file: string) => folder.tailrace('check', file)
  for (const file of ['a.ts', 'b.ts']) expect(await check(file)).toMatchObject({ code: 0, stderr: '' })
  const none = expect.stringContaining('c.ts exports no pipeline')
  expect(await check('c.ts')).toMatchObject({ code: 78, stderr: none })
  const wrong = expect.stringContaining('d.ts queries.errors:1:8: there is no column hos')
  expect(await check('d.ts')).toMatchObject({ code: 78, stderr: wrong })
})

test('a module that Node takes for CommonJS is refused with what to call it', async () => {
  using folder = folderWith({
    'package.json': '{ "type": "commonjs" }',
    'p.ts': "import { join } from 'node:path'\nexport default { version: 1, name: join('a') }\n",
    'q.js': "import { join } from 'node:path'\nexport default { version: 1, name: join('a') }\n",
  })
  for (const [file, called] of [
    ['p.ts', 'p.mts'],
    ['q.js', 'q.mjs'],
  ] as const) {
    const { code, stderr } = await folder.tailrace('check', file)
    expect(code).toBe(78)
    expect(stderr).toContain(`tailrace: ${file} cannot be loaded: `)
    expect(stderr).toContain(`\n  Call it ${called}, or write "type": "module" into package.json.\n`)
  }
})

test('check and explain read a statement as query does', async () => {
  const sql = 'SELECT host, COUNT(*) AS hits FROM log GROUP BY host ORDER BY hits DESC LIMIT 3'
  const fine = await tailrace(['check', sql])
  expect(fine).toMatchObject({ code: 0, stdout: 'the statement is fine: host STRING, hits BIGINT\n' })
  const explained = await tailrace(['explain', 'SELECT host FROM log WHERE status >= 500'])
  expect(explained).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('status') })
})

test('the examples have no mistakes', async () => {
  for (const name of readdirSync('examples')) {
    expect(await tailrace(['check', `examples/${name}/pipeline.yaml`]), name).toMatchObject({ code: 0 })
  }
})
