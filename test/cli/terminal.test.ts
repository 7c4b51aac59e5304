/** Commands on a terminal: `script` gives them one of their own. */
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { textWidth } from '../../src/terminal/text.ts'
import { accessLine, DAY } from '../access-line.ts'
import { DEMO } from './demo.ts'
import { folderWith, PROGRAM } from './tailrace.ts'

const has = spawnSync('script', ['--version']).error === undefined
const SCREEN = DEMO.replace('ndjson: out/paths.ndjson', 'console: {}')

type Terminal = { readonly columns?: number; readonly environment?: { readonly [name: string]: string } }

/** What a command writes to a terminal. */
function onTerminal(folder: string, command: string, { columns = 60, environment = {} }: Terminal = {}): string {
  const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, ...inherited } = process.env
  const { stdout } = spawnSync('script', ['-qec', `stty cols ${columns} rows 15; ${command}`, '/dev/null'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...inherited, TERM: 'xterm-256color', ...environment },
  })
  return stdout.replaceAll('\r\n', '\n')
}
const node = (args: string) => `'${process.execPath}' '${PROGRAM}' ${args}`
const run = node('run p.yaml --until-end --data')

const UP = /\x1b\[\d+A/
const COLOUR = /\x1b\[\d+m/

// Promise: NO_COLOR takes away colour and nothing else; TERM=dumb keeps anything from being drawn over.
test.skipIf(!has)('live tables are drawn in place, in colour if that is wanted, and a line says how to stop', () => {
  using folder = folderWith({ 'p.yaml': SCREEN, 'access.log': accessLine(DAY).repeat(3) })
  const plain = onTerminal(folder.path, `${run} a`)
  expect(plain).toMatch(UP)
  expect(plain).toMatch(COLOUR)
  expect(plain).toContain('Ctrl-C stops')
  // It is gone from the last drawing, and the summary follows.
  const last = plain.slice(plain.lastIndexOf('paths  1 row'))
  expect(last).not.toContain('Ctrl-C')
  expect(last).toContain('3 lines in, 1 row out')
  const colourless = onTerminal(folder.path, `${run} b`, { environment: { NO_COLOR: '1' } })
  expect(colourless).toMatch(UP)
  expect(colourless).not.toMatch(COLOUR)
  const dumb = onTerminal(folder.path, `${run} c`, { environment: { TERM: 'dumb' } })
  expect(dumb).not.toContain('\x1b')
  expect(dumb).toContain('== paths\n')
})

test.skipIf(!has)('the rows of a query fit the terminal, by cut texts or one column a line', () => {
  using folder = folderWith({ 'a.json': `${JSON.stringify({ id: 1, text: 'x'.repeat(100), more: 'y'.repeat(30) })}\n` })
  const query = (columns: number, more = '') =>
    onTerminal(folder.path, node(`query 'SELECT * FROM log' a.json ${more}`), { columns })
  const cut = query(60)
  expect(cut).toContain('cells are cut to fit the terminal: -o vertical shows them whole\n')
  expect(cut).toMatch(/^ +1 {2}x+… {2}y+/m)
  const table = cut.split('\n').filter((line) => /^( *id|─| +1)/.test(line))
  expect(table.length).toBe(3)
  expect(table.every((line) => textWidth(line) <= 60)).toBe(true)
  expect(query(25)).toContain(
    `── row 1 ${'─'.repeat(23)}\nid    1\ntext  ${'x'.repeat(100)}\nmore  ${'y'.repeat(30)}\n`,
  )
  // Into a pipe or a file every cell is whole.
  expect(query(25, '| cat')).toContain(`x  ${'y'.repeat(30)}\n`)
})
