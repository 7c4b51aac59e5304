/** Outputs that nobody reads any more, and terminals that must not obey what a log says. */
import { spawnSync } from 'node:child_process'
import { expect, test, vi } from 'vitest'
import { accessLine, accessLines } from '../access-line.ts'
import { folderWith, PROGRAM } from './tailrace.ts'

const pipeline = (sinks: string) => `version: 1
name: demo
sources:
  log: { file: access.log, to: access }
topics:
  access: { partitions: 1, format: common }
sinks:
  shown: { from: access, console: { format: ndjson } }
${sinks}`

/** Starts a run with these sinks besides the console, closes one of its outputs, and gives it ten lines. */
async function startClosed(sinks: string, closed: 'stdout' | 'stderr') {
  const folder = folderWith({ 'p.yaml': pipeline(sinks), 'access.log': '' })
  const running = folder.start('run', 'p.yaml')
  await running.line(/demo runs/)
  running.process[closed]?.destroy()
  folder.append('access.log', accessLines(10))
  return { folder, running, [Symbol.dispose]: () => folder[Symbol.dispose]() }
}

// Promise: When nobody reads standard output any more, the console sink says so and shows nothing, and all others go on.
test('a closed standard output ends the console sink and nothing else', async () => {
  using started = await startClosed('  kept: { from: access, ndjson: kept.ndjson }\n', 'stdout')
  const { folder, running } = started
  await running.line(/^warning: nobody reads standard output any more: sink shown shows no more rows, and everything/)
  folder.append('access.log', accessLines(90))
  await vi.waitUntil(() => folder.lines('kept.ndjson').length === 100, { timeout: 20_000 })
  const { code, stderr } = await running.stop()
  expect(code).toBe(0)
  expect(stderr).toMatch(/100 lines in/)
  expect(stderr.match(/warning/g)).toHaveLength(1)
})

// Promise: A run whose only sink is the console ends cleanly, with 0, when nobody reads standard output any more.
test('a run that only shows rows ends with its reader', async () => {
  using started = await startClosed('', 'stdout')
  const { code, stderr } = await started.running.ended
  expect(code).toBe(0)
  expect(stderr).not.toContain('warning')
  expect(stderr).toMatch(/^10 lines in/m)
})

test('a closed standard error changes nothing', async () => {
  using started = await startClosed('  kept: { from: access, csv: kept.csv }\n', 'stderr')
  const { folder, running } = started
  await vi.waitUntil(() => folder.lines('kept.csv').length === 11, { timeout: 20_000 })
  running.process.kill('SIGHUP') // says what it reloaded
  running.process.kill('SIGTERM') // says that it stops
  expect(await running.ended).toMatchObject({ code: 0 })
})

// Promise: What a log says is never obeyed by the terminal that shows it; into files and pipes its bytes go as they are.
test('on a terminal, control characters of records and rows are shown as escapes', async (context) => {
  if (spawnSync('script', ['--version']).status !== 0) context.skip('NOT TESTED: there is no program `script` here')
  const evil = '/\u001b]0;pwned\u0007\u009b31m\u202e'
  using folder = folderWith({ 'p.yaml': pipeline(''), 'access.log': accessLine(0, { path: evil }) })
  expect((await folder.run()).code).toBe(0)
  const commands = [
    ['tap', 'access'],
    ['tap', 'access', '-o', 'json'],
    ['query', 'SELECT path FROM log', 'access.log', '-o', 'csv'],
    ['query', 'SELECT path FROM log', 'access.log', '-o', 'ndjson'],
  ]
  for (const args of commands) {
    const command = [process.execPath, PROGRAM, ...args].map((part) => `'${part}'`).join(' ')
    const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { cwd: folder.path, encoding: 'utf8' })
    expect(stdout, command).toContain('pwned')
    expect(stdout.replace(/[\r\n]/g, ''), command).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u)
  }
  expect((await folder.tailrace('tap', 'access')).stdout).toContain(evil)
})
