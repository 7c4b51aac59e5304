/** The command line answers bad input with one clear message, its place, the exit code and no stack. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { accessLine, DAY } from '../access-line.ts'
import { DEMO, demo } from './demo.ts'
import { expectRefused, testMistakes, testRefusals } from './refused.ts'
import { type Folder, folderWith, PROGRAM, tailrace } from './tailrace.ts'

function oddFolder(): Folder {
  const folder = folderWith({
    'p.yaml': DEMO,
    'access.log': accessLine(DAY),
    'binary.yaml': Uint8Array.from({ length: 256 }, (_, i) => i),
  })
  symlinkSync('loop.log', folder.at('loop.log'))
  mkdirSync(folder.at('logs'))
  mkdirSync(folder.at('mine'))
  folder.write('mine/letter.txt', 'Dear …')
  return folder
}
const runSet = (set: string) => ['run', 'p.yaml', '--set', set]

describe('a pipeline file', () => {
  testMistakes(DEMO, [
    [
      '{ count: { by: path, every: 60s, from: access } }',
      'SELECT UPPR(host) FROM access',
      '8:17: there is no function UPPR\n',
    ],
  ])
  testRefusals(oddFolder, [
    [['explain', 'binary.yaml'], 78, 'binary.yaml is not UTF-8 text'],
    [['check', 'none.yaml'], 1, 'tailrace: there is no pipeline file none.yaml\n'],
    [['run', 'none.yaml'], 1, 'there is no pipeline file none.yaml'],
    [['check', 'logs'], 1, 'tailrace: logs is a folder, not a pipeline file\n'],
  ])
})

describe('the command line', () => {
  testRefusals(oddFolder, [
    [['chek'], 2, "unknown command 'chek'", 'Did you mean check?'],
    [['check', '--jsn', 'x'], 2, "unknown option '--jsn'", 'Did you mean --json?'],
    [['tap'], 2, 'missing required argument', 'See tailrace tap --help.'],
    [['check', 'p.yaml', '--set', 'nonsense'], 2, '--set nonsense: expected a path and a value'],
    [['check', 'SELECT 1', '--timezone', 'Mars'], 2, '--timezone Mars: there is no such time zone'],
    [['check', 'SELECT 1', '--format', 'comon'], 2, 'there is no format "comon": did you mean common?'],
    [['check', 'SELECT hst FROM log'], 1, 'line 1:8: there is no column hst\n  SELECT hst FROM log\n         ^^^'],
    [
      ['run', 'p.yaml', '--reset', 'path=earliest'],
      2,
      'tailrace: --reset path: the pipeline has no query of this name\n',
    ],
    [['replay', 'access.log'], 2, 'replay needs a receiver'],
    [['tap', 'acess', '--data', 'd'], 1, '/d\n  The pipeline has not run yet'],
    [['tap', 'access', '--from', 'yesterday'], 2, '--from yesterday: expected earliest, latest or an offset'],
    [
      ['tap', 'access', '--since', 'yesterday'],
      2,
      '--since yesterday: expected a time as 2026-05-15T20:00:00Z, or how',
    ],
    [['dead', 'access', '--kind', 'lat'], 2, 'Allowed choices are format, future, rule, late,'],
    [['tap', 'access', '--since', '1h', '--group', 'g'], 2, 'cannot be used with'],
    [['tap', 'access', '--limit', '-1'], 2, '--limit -1: expected a whole number'],
    [['topics', 'none.yaml'], 1, 'there is no pipeline file none.yaml'],
  ])
  testRefusals(folderWith, [[['topics'], 2, 'there is neither a pipeline file nor a data folder here']])
})

describe('the outside world', () => {
  testRefusals(oddFolder, [
    [[...runSet('sources.log.file=none.log'), '--until-end'], 1, 'none.log'],
    [runSet('sources.log.file=logs'), 1, 'write logs/*.log'],
    [runSet('sources.log.file=loop.log'), 1, 'loop.log'],
    [runSet('sinks.paths.ndjson=p.yaml/out'), 1, 'p.yaml'],
    [['run', 'p.yaml', '--data', 'access.log/data'], 1, 'a part of the path is a file'],
    [['run', 'p.yaml', '--data', 'access.log'], 1, 'a file of that name is there'],
    [['run', 'p.yaml', '--data', 'mine'], 2, 'it has letter.txt, but no format.json'],
    [['replay', 'none.log', '--to', 'tcp://127.0.0.1:1'], 1, 'no such file'],
    [['replay', 'access.log', '--to', 'tcp://127.0.0.1:1'], 1, 'no process listens on 127.0.0.1:1'],
    ...(process.platform === 'linux'
      ? ([[['run', 'p.yaml', '--data', '/proc/tailrace'], 1, '/proc/tailrace']] as const)
      : []),
  ])

  test('a data folder that another run uses, and a port that is taken', async () => {
    using folder = oddFolder()
    const running = folder.start('run', 'p.yaml')
    await running.line(/^demo runs:/)
    await expectRefused(folder, [['run', 'p.yaml'], 1, 'in use'])
    expect(await running.stop()).toMatchObject({ code: 0 })

    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as { port: number }
    folder.write('p.yaml', demo(`tcp: 127.0.0.1:${port}`))
    await expectRefused(folder, [['run', 'p.yaml'], 1, String(port)])
    taken.close()
  })

  test('a data folder over its file size limit', () => {
    using folder = folderWith({ 'p.yaml': DEMO, 'access.log': accessLine(DAY).repeat(50_000) })
    const run = `"${process.execPath}" "${PROGRAM}" run p.yaml --until-end --data full`
    const script = `(ulimit -f 1024; ${run} 2>err; echo $?); cat err`
    const output = execFileSync('sh', ['-c', script], { cwd: folder.path, encoding: 'utf8' })
    expect(output).toMatch(/^1\n/)
    expect(output).toMatch(
      /cannot write .*full\/topics.*: it would be larger than this process may write \(ulimit -f\)/,
    )
    expect(output).not.toMatch(/^ +at |This is a bug/m)
  })
})

test('a second signal stops at once', async () => {
  using folder = oddFolder()
  const running = folder.start('run', 'p.yaml')
  await running.line(/^demo runs:/)
  // Both arrive before or while the first is handled.
  running.process.kill('SIGTERM')
  running.process.kill('SIGINT')
  const { code } = await running.ended
  expect([130, 143]).toContain(code)
})

test('colour needs a terminal that wants it', async () => {
  using folder = oddFolder()
  const explain = (environment: { readonly [name: string]: string }) =>
    tailrace(['explain', 'p.yaml'], folder.path, environment)
  const plain = await explain({ NO_COLOR: '1', FORCE_COLOR: '1' })
  const coloured = await explain({ NO_COLOR: '', FORCE_COLOR: '1' })
  expect(plain.stdout).not.toContain('\x1b[')
  expect(coloured.stdout).toContain('\x1b[1m')
  expect((await explain({ NO_COLOR: '' })).stdout).toBe(plain.stdout)
})
