/** `check` looks around: what would keep the pipeline from running here and now is a warning. */
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { accessLines, DAY } from '../access-line.ts'
import { DEMO, demo } from './demo.ts'
import { type Folder, folderWith } from './tailrace.ts'

/** The messages of the warnings, each with its line and column. */
async function warningsOf(folder: Folder): Promise<readonly string[]> {
  const { code, stdout } = await folder.tailrace('check', 'p.yaml', '--json')
  expect(code).toBe(0)
  const { warnings } = JSON.parse(stdout)
  return warnings.map(({ message, line, column }: { [key: string]: unknown }) => `${line}:${column}: ${message}`)
}

test('a pipeline that can run here has no warnings', async () => {
  using folder = folderWith({ 'p.yaml': DEMO, 'access.log': accessLines(3, DAY) })
  expect(await warningsOf(folder)).toEqual([])
})

// Promise: `check` warns of missing inputs, places that cannot be written to, taken ports, and results that go nowhere.
test('missing inputs', async () => {
  using folder = folderWith({ 'p.yaml': demo('file: access.log') })
  expect(await warningsOf(folder)).toEqual([`4:16: no such file: ${folder.at('access.log')}`])
  folder.write('p.yaml', demo("file: 'logs/*.log'"))
  expect(await warningsOf(folder)).toEqual(['4:16: no file matches logs/*.log yet'])
  mkdirSync(folder.at('logs'))
  writeFileSync(Buffer.concat([Buffer.from(`${folder.at('logs')}/`), Buffer.from('\xe9.log', 'latin1')]), '')
  expect(await warningsOf(folder)).toEqual([`4:16: ${folder.at('logs')}/\ufffd.log has a name that is not UTF-8`])
  folder.write('p.yaml', demo('file: logs'))
  expect(await warningsOf(folder)).toEqual([`4:16: ${folder.at('logs')} is a folder, not a file`])
})

test('places that cannot be written to', async () => {
  const more = `  in_file: { from: paths, csv: access.log/out.csv }
  folder: { from: paths, ndjson: out }
  kernel: { from: paths, csv: /proc/nope/out.csv }
  archive: { from: access, files: access.log }
`
  using folder = folderWith({ 'p.yaml': demo('file: access.log', more), 'access.log': '', '.tailrace': '' })
  mkdirSync(folder.at('out'))
  expect(await warningsOf(folder)).toEqual([
    `11:32: sink in_file cannot write: ${folder.at('access.log')} is a file, not a folder`,
    `12:34: sink folder cannot write: ${folder.at('out')} is a folder`,
    '13:31: sink kernel cannot write: /proc takes no new files',
    `14:35: sink archive cannot write: ${folder.at('access.log')} is a file, not a folder`,
    `2:7: the data folder ${folder.at('.tailrace/demo')} cannot be made: ${folder.at('.tailrace')} is a file, not a folder`,
  ])
})

test('a port that another process has; the ports of the pipeline that runs are its own', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  using folder = folderWith({ 'p.yaml': demo(`tcp: ${port}`) })
  const taken = `4:15: port ${port} of 127.0.0.1 is taken by another process`
  expect(await warningsOf(folder)).toEqual([taken])
  server.close()
  await once(server, 'close')
  const running = folder.start('run', 'p.yaml')
  await running.line(/^demo runs/)
  expect(await warningsOf(folder)).toEqual([])
  expect(await running.stop()).toMatchObject({ code: 0 })
})

test('two sources at the same port, and a file of the generator that is missing', async () => {
  const pipeline = `version: 1
name: p
sources:
  a: { syslog: 26514, to: t }
  b: { netcat: 0.0.0.0:26514, to: t }
  c: { tcp: 0, to: t }
  d: { tcp: 0, to: t }
  e: { generator: { like: payments, data: none.yaml }, to: u }
topics: { t: { format: lines }, u: { format: { json: { columns: { event_id: STRING } } } } }
sinks: { s: { from: t, ndjson: o.ndjson } }
`
  using folder = folderWith({ 'p.yaml': pipeline })
  expect(await warningsOf(folder)).toEqual([
    '8:8: generator: the file of its data, none.yaml, cannot be read',
    '5:16: port 26514 of 0.0.0.0 is that of source a, too',
  ])
})

test('results that no sink takes', async () => {
  using folder = folderWith({ 'p.yaml': DEMO.slice(0, DEMO.indexOf('sinks:')), 'access.log': '' })
  expect(await warningsOf(folder)).toEqual(['7:1: no sink takes the results: they stay in their topics'])
})
