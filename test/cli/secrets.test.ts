/** Values that `${VAR}` puts in do not come out, also not while a pipeline runs. */
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { accessLines } from '../access-line.ts'
import { folderWith } from './tailrace.ts'

const PIPELINE = `version: 1
name: demo
sources:
  log: { file: access.log, to: access }
topics:
  access: { partitions: 1, format: common }
queries:
  bad: SELECT CAST(path || '\${SQL_KEY}' AS INT) AS n FROM access
sinks:
  kept: { from: access, csv: 'out/\${DIR_KEY}/kept.csv' }
`
const KEPT = 'out/topsecret/kept.csv'
const VALUES = { SQL_KEY: 'hunter22', DIR_KEY: 'topsecret' }

test('warnings, dead letters, status and the error at the end name the variable', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE, 'access.log': accessLines(3) }, VALUES)
  const shown: string[] = []
  const written = () => (existsSync(folder.at(KEPT)) ? folder.lines(KEPT).length : 0)
  const running = folder.start('run', 'p.yaml')
  await vi.waitUntil(() => written() === 4, { timeout: 20_000 })
  renameSync(folder.at('out/topsecret'), folder.at('away'))
  folder.append('access.log', accessLines(1))
  shown.push(await running.line(/sink kept: .*out\/\$\{DIR_KEY\}\/kept\.csv/))
  const status = await folder.tailrace('status')
  expect(status.stdout).toContain('out/${DIR_KEY}/kept.csv')
  const dead = await folder.tailrace('dead', 'access')
  expect(dead.stdout).toMatch(/CAST of '\/.*\$\{SQL_KEY\}' to INT/)
  const ended = await running.stop()
  const refused = await folder.run()
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('out/${DIR_KEY}/kept.csv') })
  mkdirSync(folder.at('out/topsecret'))
  writeFileSync(folder.at(KEPT), '')
  const cut = await folder.tailrace('fsck', 'p.yaml')
  expect(cut.stdout).toContain('out/${DIR_KEY}/kept.csv')
  for (const { stdout, stderr } of [status, dead, ended, refused, cut]) shown.push(stdout, stderr)
  expect(shown.join('\n')).not.toMatch(/hunter22|topsecret/)
})

// Promise: A reload that fails shows no value from the environment, neither in the log of the run nor in `tailrace reload`.
test('a reload that fails names the variable, and so do the answers to other commands', async () => {
  const good = PIPELINE.replace('${DIR_KEY}/', '')
  using folder = folderWith({ 'p.yaml': good, 'access.log': accessLines(3) }, VALUES)
  const running = folder.start('run', 'p.yaml')
  await running.line(/^demo runs/)
  folder.write('p.yaml', PIPELINE.replace('out/${DIR_KEY}/kept.csv', '/proc/${DIR_KEY}/kept.csv'))
  running.process.kill('SIGHUP')
  const logged = await running.line(/\/proc\/\$\{DIR_KEY\}/)
  const reloaded = await folder.tailrace('reload')
  expect(reloaded).toMatchObject({ code: 1, stderr: expect.stringContaining('/proc/${DIR_KEY}') })
  folder.write('p.yaml', good)
  expect(await folder.tailrace('reload')).toMatchObject({ code: 0 })
  const ended = await running.stop()
  expect([logged, reloaded.stdout, reloaded.stderr, ended.stdout, ended.stderr].join('\n')).not.toContain('topsecret')
})
