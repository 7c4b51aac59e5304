/**
 * A shell runs the commands of README as they are written, in a folder with the files that a reader has by then: a log, the
 * archive of the demo, and the pipeline of the page. `make` is left out: it installs, and it runs this test.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { blocksOf, readDocument } from './markdown.ts'

const folder = mkdtempSync(join(tmpdir(), 'tailrace-readme-'))
afterAll(() => rmSync(folder, { recursive: true }))

const blocks = blocksOf(readDocument('README.md'))
const commands = blocks
  .filter(({ info }) => info === 'sh')
  .flatMap(({ text }) => text.split(/^(?=\.\/|make)/m))
  .map((text) => text.trim())

writeFileSync(join(folder, 'tailrace'), `#!/bin/sh\nexec '${process.execPath}' '${resolve('src/cli/main.ts')}' "$@"\n`)
chmodSync(join(folder, 'tailrace'), 0o755)
const archive = join(folder, 'examples/nasa/archive/95-07-01')
mkdirSync(archive, { recursive: true })
for (const log of [join(folder, 'access.log'), join(archive, 'part.log')]) copyFileSync('test/docs/access.log', log)
for (const { text } of blocks.filter(({ info }) => info === 'yaml')) {
  const [, name = 'unnamed.yaml'] = /^# (\S+)\n/.exec(text) ?? []
  for (const path of [name, 'pipeline.yaml']) writeFileSync(join(folder, path), text)
}

/** A pipeline is stopped after its start, as by Ctrl-C. */
async function shell(command: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn('sh', ['-c', `exec ${command}`], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  let stopped = false
  child.stdout.on('data', (bytes) => {
    stdout += bytes
  })
  child.stderr.on('data', (bytes) => {
    stderr += bytes
    if (stopped || !/ runs: /.test(stderr)) return
    stopped = true
    child.kill('SIGINT')
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

test('there are commands, and each is of a known kind', () => {
  expect(commands.length).toBeGreaterThan(6)
  expect(
    commands.filter(
      (command) => !/^(\.\/tailrace (query|run|check|explain|topics|tap|dead)|make (demo|test)) ?/.test(command),
    ),
  ).toEqual([])
})

test.each(commands.filter((command) => command.startsWith('./tailrace')))('%s', async (command) => {
  const { code, stdout, stderr } = await shell(command)
  expect(stderr).not.toMatch(/^(tailrace|warning):/m)
  expect(code).toBe(0)
  // A pipeline that was stopped at once may have no rows yet.
  if (command.includes(' run ')) expect(readFileSync(join(folder, 'errors.csv'), 'utf8')).toMatch(/^window_start,/)
  else if (!command.includes(' tap ')) expect(stdout + stderr).not.toBe('')
})
