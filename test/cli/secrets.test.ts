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
