import { expect, test } from 'vitest'
import { demo } from './demo.ts'
import { folderWith } from './tailrace.ts'

const OTHER = `topics: { access: { idle: 1m } }
sinks:
  paths: { csv: "\${OUT}" }
  more: { from: access, ndjson: more.ndjson }
`

const LINE = 'h - - [01/Jul/1995:00:00:01 -0400] "GET /a HTTP/1.0" 200 5\n'

test('run writes where the overlay says; explain shows the file and line of each value', async () => {
  using folder = folderWith(
    { 'p.yaml': demo('file: access.log'), 'o.yaml': OTHER, 'access.log': LINE },
    { OUT: 'rows-of-a-secret.csv' },
  )
  expect(await folder.run('--with', 'o.yaml', '--set', 'topics.access.partitions=1')).toMatchObject({ code: 0 })
  expect(folder.lines('rows-of-a-secret.csv')[1]).toContain('/a,1')
  expect(folder.lines('more.ndjson')).toHaveLength(1)
  const lines = await folder.tailrace('tap', 'access', '-p', 'p.yaml', '--with', 'o.yaml')
  expect(lines).toMatchObject({ code: 0, stdout: LINE })

  const { stdout } = await folder.tailrace('explain', 'p.yaml', '--with', 'o.yaml', '--set', 'checkpoint.interval=1s')
  expect(stdout).toContain('\n      format: common # p.yaml:6\n')
  expect(stdout).toContain('\n      idle: 1m # o.yaml:1\n')
  expect(stdout).toContain('\n      csv: ${OUT} # o.yaml:3\n')
  expect(stdout).toContain('\n    interval: 1s # --set checkpoint.interval\n')
  expect(stdout).not.toContain('secret')
  const json = await folder.tailrace('explain', 'p.yaml', '--with', 'o.yaml', '--json')
  const { written } = JSON.parse(json.stdout) as { written: readonly object[] }
  expect(written).toContainEqual({ path: 'sinks.paths.csv', value: '${OUT}', from: 'o.yaml:3' })
  expect(written).toContainEqual({ path: 'sinks.paths.from', value: 'paths', from: 'p.yaml:10' })
})

test('mistakes in an overlay give code 78 and its own places; a statement takes none', async () => {
  using folder = folderWith({ 'p.yaml': demo('file: access.log'), 'o.yaml': '\nsinks: { paths: { from: path } }\n' })
  const checked = await folder.tailrace('check', 'p.yaml', '--with', 'o.yaml')
  expect(checked).toMatchObject({ code: 78, stdout: '' })
  expect(checked.stderr).toContain('o.yaml:2:25: there is no topic, query or report "path"')
  expect(await folder.tailrace('check', 'p.yaml', '--with', 'none.yaml')).toMatchObject({
    code: 1,
    stderr: 'tailrace: there is no overlay none.yaml\n',
  })
  expect((await folder.tailrace('check', 'SELECT 1', '--with', 'o.yaml')).code).toBe(2)
})

test('a reload reads the overlay again, and --watch sees its changes; a module can be laid over, and be laid', async () => {
  const module = (idle: string) => `export const pipeline = { topics: { access: { idle: '${idle}' } } }\n`
  using folder = folderWith({
    'p.ts': `export const pipeline = {
      version: 1,
      name: 'p',
      sources: { in: { tcp: '127.0.0.1:0', to: 'access' } },
      topics: { access: { format: 'common', watermark: "ts - INTERVAL '5' SECOND" } },
      sinks: { all: { from: 'access', ndjson: 'all.ndjson' } },
    }\n`,
    'o.yaml': 'sinks: { all: { csv: all.csv } }\n',
    'o.ts': module('1m'),
  })
  const running = folder.start('run', 'p.ts', '--with', 'o.yaml', '--with', 'o.ts', '--watch')
  await running.line(/^p runs:/)
  folder.write('o.yaml', 'sinks: { all: { csv: other.csv } }\n')
  expect(await running.line(/^reloaded/)).toBe('reloaded p.ts: sink all is changed')
  folder.write('o.ts', module('2m'))
  expect(await running.line(/^reloaded.*topic/)).toBe('reloaded p.ts: topic access is changed')
  folder.write('o.yaml', 'sinks: { al: { csv: other.csv } }\n')
  await running.line(/^o.yaml:1:10: sinks.al needs "from"/)
  expect(await running.stop()).toMatchObject({ code: 0 })
})
