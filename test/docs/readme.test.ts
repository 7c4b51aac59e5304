/**
 * A shell runs the commands of README as they are written, in a folder with the files that a reader has by then: a log, the
 * archive of the demo, and the pipeline of the page. `make` is left out: it installs, and it runs this test.
 */
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { type Ended, folderWith, PROGRAM, startProgram } from '../cli/tailrace.ts'
import { blocksOf, readDocument } from './markdown.ts'

const folder = folderWith()
afterAll(() => folder[Symbol.dispose]())

const blocks = blocksOf(readDocument('README.md'))
const commands = blocks
  .filter(({ info }) => info === 'sh')
  .flatMap(({ text }) => text.split(/^(?=\.\/|make)/m))
  .map((text) => text.trim())

folder.write('tailrace', `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`)
chmodSync(folder.at('tailrace'), 0o755)
mkdirSync(folder.at('examples/nasa/archive/95-07-01'), { recursive: true })
for (const log of ['access.log', 'examples/nasa/archive/95-07-01/part.log']) {
  copyFileSync('test/docs/access.log', folder.at(log))
}
for (const { text } of blocks.filter(({ info }) => info === 'yaml')) {
  const [, name = 'unnamed.yaml'] = /^# (\S+)\n/.exec(text) ?? []
  for (const path of [name, 'pipeline.yaml']) folder.write(path, text)
}

/** A pipeline is stopped after its start, as by Ctrl-C. */
function shell(command: string): Promise<Ended> {
  const running = startProgram('sh', ['-c', `exec ${command}`], folder.path)
  const interrupt = () => running.process.kill('SIGINT')
  running.line(/ runs: |^watching /).then(interrupt, () => {})
  return running.ended
}

test('there are commands, and each is of a known kind', () => {
  expect(commands.length).toBeGreaterThan(6)
  const known = /^(\.\/tailrace (query|watch|describe|run|check|explain|status|topics|tap|dead)|make (demo|test)) ?/
  expect(commands.filter((command) => !known.test(command))).toEqual([])
})

test.each(commands.filter((command) => command.startsWith('./tailrace')))('%s', async (command) => {
  const { code, stdout, stderr } = await shell(command)
  expect(stderr).not.toMatch(/^(tailrace|warning):/m)
  expect(code).toBe(0)
  // A pipeline that was stopped at once may have no rows yet.
  if (command.includes(' run ')) expect(folder.read('errors.csv')).toMatch(/^window_start,/)
  else if (!command.includes(' tap ')) expect(stdout + stderr).not.toBe('')
})
