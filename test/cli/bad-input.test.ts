/** `check`, `explain`, `run` and `replay` answer bad input with one clear message, its place, the exit code and no stack. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { DEMO, folderWith, start, tailrace } from './tailrace.ts'

const LINE = 'h - - [01/Jul/1995:00:00:00 +0000] "GET /a HTTP/1.0" 200 5\n'
const WRONG = DEMO.replace('status >=', 'UPPR(host) =')

const folder = folderWith({ 'p.yaml': DEMO, 'access.log': LINE, 'wrong.yaml': WRONG })
beforeAll(() => {
  writeFileSync(
    join(folder.path, 'binary.yaml'),
    Uint8Array.from({ length: 256 }, (_, i) => i),
  )
  symlinkSync('loop.log', join(folder.path, 'loop.log'))
  mkdirSync(join(folder.path, 'logs'))
  mkdirSync(join(folder.path, 'mine'))
  writeFileSync(join(folder.path, 'mine/letter.txt'), 'Dear …')
  return () => folder[Symbol.dispose]()
})

async function expectRefused(args: readonly string[], code: number, message: string) {
  const ended = await tailrace(args, { folder: folder.path })
  expect(ended.stderr).toContain(message)
  expect(ended.stderr).not.toMatch(/^ +at |This is a bug/m)
  expect(ended).toMatchObject({ code, stdout: '' })
}

test('a pipeline file with a mistake, or of bytes that are no text', async () => {
  await expectRefused(['run', 'wrong.yaml', '--until-end'], 78, '8:49: there is no function UPPR\n')
  await expectRefused(['explain', 'binary.yaml'], 78, 'binary.yaml is not UTF-8 text')
})

describe('the outside world', () => {
  const cases: readonly (readonly [what: string, args: readonly string[], code: number, message: string])[] = [
    ['no pipeline file', ['run', 'none.yaml'], 1, 'there is no pipeline file none.yaml'],
    [
      'no log',
      ['run', 'p.yaml', '--set', 'sources.log.file=none.log', '--data', 'none.log.data'],
      1,
      'source log: there is no file ',
    ],
    [
      'a folder as a log',
      ['run', 'p.yaml', '--set', 'sources.log.file=logs', '--data', 'logs.data'],
      1,
      'write logs/*.log',
    ],
    [
      'a circle of links as a log',
      ['run', 'p.yaml', '--set', 'sources.log.file=loop.log', '--data', 'loop.log.data'],
      1,
      'loop.log',
    ],
    ['a data folder below a file', ['run', 'p.yaml', '--data', 'access.log/data'], 1, 'a part of the path is a file'],
    ['a data folder that is a file', ['run', 'p.yaml', '--data', 'access.log'], 1, 'a file of that name is there'],
    [
      'a data folder of something else',
      ['run', 'p.yaml', '--data', 'mine'],
      2,
      'it has letter.txt, but no format.json',
    ],
    [
      'a result below a file',
      ['run', 'p.yaml', '--set', 'sinks.out.ndjson=p.yaml/out', '--data', 'out.data'],
      1,
      'p.yaml',
    ],
    ['a missing log to replay', ['replay', 'none.log', '--to', 'tcp://127.0.0.1:1'], 1, 'there is no file '],
    [
      'no receiver for a replay',
      ['replay', 'access.log', '--to', 'tcp://127.0.0.1:1'],
      1,
      'nobody listens on 127.0.0.1:1',
    ],
    ['no target', ['replay', 'access.log'], 2, 'replay to whom?'],
  ]
  test.concurrent.each(cases)('%s', (_, args, code, message) => expectRefused(args, code, message))

  test.skipIf(process.platform !== 'linux')('a data folder in a place that the system forbids', () =>
    expectRefused(['run', 'p.yaml', '--data', '/proc/tailrace'], 1, '/proc/tailrace'),
  )

  test('a data folder over its file size limit', () => {
    writeFileSync(join(folder.path, 'long.log'), LINE.repeat(50_000))
    const main = `"${process.execPath}" "${join(process.cwd(), 'src/cli/main.ts')}"`
    const run = `${main} run p.yaml --until-end --data full --set sources.log.file=long.log`
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
  const pipeline = ['p.yaml', '--set', 'sources.log.file=access.log', '--data', 'signals']
  const running = start(['run', ...pipeline], { folder: folder.path })
  await running.line(/^demo runs:/)
  // Both arrive before or while the first is handled.
  running.process.kill('SIGTERM')
  running.process.kill('SIGINT')
  const { code } = await running.ended
  expect([130, 143]).toContain(code)
})

test('colour needs a terminal that wants it', async () => {
  const explain = (environment: { readonly [name: string]: string }) =>
    tailrace(['explain', 'p.yaml'], { folder: folder.path, environment })
  const plain = await explain({ NO_COLOR: '1', FORCE_COLOR: '1' })
  const coloured = await explain({ NO_COLOR: '', FORCE_COLOR: '1' })
  expect(plain.stdout).not.toContain('\x1b[')
  expect(coloured.stdout).toContain('\x1b[1m')
  expect((await explain({ NO_COLOR: '' })).stdout).toBe(plain.stdout)
})
