/** The pipeline of a command: as its last argument, as an option, or the only one in the folder. */
import { expect, test } from 'vitest'
import { accessLines, DAY } from '../access-line.ts'
import { demo } from './demo.ts'
import { expectRefused } from './refused.ts'
import { folderWith } from './tailrace.ts'

const COMMANDS: [string, ...string[]][] = [
  ['run', '--until-end'],
  ['check'],
  ['explain'],
  ['status'],
  ['topics'],
  ['dead', 'access'],
  ['tap', 'paths'],
  ['report', 'paths', '--for', '1995-07-01'],
  ['backfill', 'paths', '--for', '1995-07-01', '--dry-run'],
]

// Promise: every command about a pipeline takes it as its last argument, as `--pipeline`, or finds the only one in the folder.
test.each(COMMANDS)('%s takes it as an argument and as an option, and finds the only one', async (command, ...rest) => {
  using folder = folderWith({ 'p.yaml': demo('file: access.log'), 'access.log': accessLines(130, DAY) })
  await folder.run()
  const named = rest[0]?.startsWith('--') === false ? [rest[0], 'p.yaml', ...rest.slice(1)] : ['p.yaml', ...rest]
  for (const args of [named, [...rest, '-p', 'p.yaml'], rest]) {
    const { code, stderr } = await folder.tailrace(command, ...args)
    expect({ args, code, stderr: stderr.includes('tailrace: ') }).toMatchObject({ code: 0, stderr: false })
  }
})

test('two names of pipelines are one too many', async () => {
  using folder = folderWith({ 'p.yaml': demo('file: access.log') })
  for (const [command = '', ...rest] of [['run'], ['check'], ['topics'], ['tap', 'paths']]) {
    const message = 'two pipelines are named: p.yaml and --pipeline q.yaml'
    await expectRefused(folder, [[command, ...rest, 'p.yaml', '-p', 'q.yaml'], 2, message])
  }
})
