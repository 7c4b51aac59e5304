/** Where `run` and the demo write what, and what they refuse before anything is done. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { accessLine, DAY } from '../access-line.ts'
import { DEMO } from './demo.ts'
import { folderWith, PROGRAM } from './tailrace.ts'

const LOG = accessLine(DAY).repeat(3)

// Promise: `run --json` writes one JSON object, the summary, to standard output, and nothing else.
test('run --json writes the summary alone to standard output; console sinks go to standard error', async () => {
  const screen = `${DEMO}  screen: { from: paths, console: {} }\n  lines: { from: paths, console: { format: ndjson } }\n`
  using folder = folderWith({ 'p.yaml': screen, 'access.log': LOG })
  const { code, stdout, stderr } = await folder.run('--json')
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    lines: 3,
    rows: { paths: 1 },
    delivered: { screen: 1, lines: 1, paths: 1 },
  })
  expect(stdout.indexOf('\n')).toBe(stdout.length - 1)
  expect(stderr).toContain('== paths\n')
  expect(stderr).toContain('"hits":3}\n')
  expect(stderr).toContain('demo runs: ')
})

test.each([
  ['ndjson', /^(\{.*\}\n)+$/],
  ['csv', /^window_start,.*\n([^,]+,.*\n)+$/],
])('a sink of %s writes to a pipe', (kind, rows) => {
  const piped = DEMO.replace(/^ {2}paths: { from.*$/m, `  paths: { from: paths, ${kind}: /dev/stdout }`)
  using folder = folderWith({ 'p.yaml': piped, 'access.log': LOG })
  // Node would give it a socket, which cannot be opened by a path.
  const run = `"${process.execPath}" "${PROGRAM}" run p.yaml --until-end | cat`
  const { stdout, stderr } = spawnSync('sh', ['-c', run], { cwd: folder.path, encoding: 'utf8' })
  expect(stderr).toMatch(/^3 lines in, 1 row out, 0 dead letters/m)
  expect(stderr).not.toContain('warning')
  expect(stdout).toMatch(rows)
})

test('a pipeline that comes through a pipe keeps its data in the current folder', () => {
  using folder = folderWith({ 'access.log': LOG, 'p.yaml': DEMO })
  const run = `cat p.yaml | "${process.execPath}" "${PROGRAM}" run /dev/stdin --until-end`
  const { status, stderr } = spawnSync('sh', ['-c', run], { cwd: folder.path, encoding: 'utf8' })
  expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringContaining('3 lines in, 1 row out') })
  expect(existsSync(folder.at('.tailrace/demo/checkpoint'))).toBe(true)
  expect(folder.lines('out/paths.ndjson').length).toBe(1)
})

// Promise: `make demo` removes nothing before it has checked what it was given.
test.each([
  ['no such file', ['none.gz'], 'LOG=none.gz: no such file'],
  ['a folder', ['examples'], 'LOG=examples: it is a folder, not a log'],
  ['a rate that is none', ['', 'fast'], "RATE=fast: 'fast' is not a rate: expected a number per s, m or h"],
])('the demo checks its arguments first: %s', (_, args, message) => {
  using folder = folderWith()
  mkdirSync(folder.at('examples/nasa/out'), { recursive: true })
  folder.write('examples/nasa/out/kept', 'x')
  const demo = [resolve('tools/demo.ts'), ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, demo, { cwd: folder.path, encoding: 'utf8' })
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  expect(stderr).toContain(`make demo: ${message}`)
  expect(folder.read('examples/nasa/out/kept')).toBe('x')
})
