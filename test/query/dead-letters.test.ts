/** Dead letters of `tailrace query`: all to be had, and told by the exit code. */
import { Buffer } from 'node:buffer'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { accessLine, DAY } from '../access-line.ts'
import { folderWith, jsonOf } from '../cli/tailrace.ts'
import { ask } from './ask.ts'

const LINE = accessLine(DAY)
const LONG = `\x1b[2J${'x'.repeat(500)}`
const LOG = Buffer.concat([
  Buffer.from(`${LINE}not one\n${LINE}`),
  Buffer.from([0xff, 0xfe, 10]),
  Buffer.from(`${LONG}\n${'a\nb\nc\nd\n'}`),
])
const NOT_ONE = LINE.length
const BYTES = 2 * LINE.length + 'not one\n'.length

const HOSTS = 'SELECT host FROM log'
type Dead = { readonly file: string; readonly byte: number; readonly line: string; readonly encoding?: string }

// Promise: `query` shows the first dead letters with their lines, and `--dead FILE` writes every one of them.
test.concurrent.each([
  ['a.log', LOG],
  ['a.log.gz', gzipSync(LOG)],
])('the first dead letters of %s are shown with their lines, and all are written', async (name, bytes) => {
  using folder = folderWith({ [name]: bytes })
  const query = (...options: string[]) => folder.tailrace('query', HOSTS, name, '--format', 'common', ...options)
  const shown = await query()
  expect(shown.code).toBe(0)
  expect(shown.stderr).toContain(`dead letter: ${name}, byte ${NOT_ONE + 7}: `)
  expect(shown.stderr).toContain('\n  not one\n')
  expect(shown.stderr).toContain(`\n  \\x1b[2J${'x'.repeat(112)}…\n`)
  expect(shown.stderr).toContain(
    '\ndead letters: 2 more; --dead FILE writes all of them\nlines: 9, rows: 2, dead letters: 7, ',
  )
  const written = await query('--dead', 'd.ndjson', '-q')
  expect(written).toMatchObject({ code: 0, stderr: 'dead letters: 7 in d.ndjson\n' })
  const dead = jsonOf<Dead>(folder.lines('d.ndjson'))
  expect(dead.map(({ line }) => line)).toEqual(['not one', '//4=', LONG, 'a', 'b', 'c', 'd'])
  expect(dead[1]).toMatchObject({ file: name, byte: BYTES + 2, encoding: 'base64' })
  expect(dead[1]).toHaveProperty('reason')
})

test('all dead letters come in the order of the lines, whichever thread finds them', async () => {
  using folder = folderWith({ 'a.txt': Array.from({ length: 3000 }, (_, i) => `line ${i}\n`).join('') })
  const of = async (workers: number) => {
    const options = { format: 'common', workers, unitBytes: 1000, deadKept: 'all' } as const
    const { deadLines, isAllDead } = await ask('SELECT COUNT(*) AS n FROM log', folder.at('a.txt'), options)
    expect(isAllDead).toBe(true)
    return deadLines.map(({ line }) => Buffer.from(line ?? []).toString())
  }
  const wanted = Array.from({ length: 3000 }, (_, i) => `line ${i}`)
  expect(await of(1)).toEqual(wanted)
  expect(await of(3)).toEqual(wanted)
})

// Promise: `query --strict` exits with 1 where there is a dead letter, and so does any query that could use no line at all.
test('the exit code tells of dead letters with --strict, and where there is nothing else', async () => {
  using folder = folderWith({ 'some.log': LOG, 'good.log': LINE, 'bad.log': 'a\nb\n', 'empty.log': '' })
  const query = (name: string, sql: string, ...options: string[]) =>
    folder.tailrace('query', sql, name, '--format', 'common', '-o', 'csv', '--no-header', ...options)
  expect(await query('some.log', HOSTS, '--strict')).toMatchObject({
    code: 1,
    stdout: 'host\nhost\n',
    stderr: expect.stringMatching(/tailrace: --strict: 7 dead letters\n$/),
  })
  expect(await query('good.log', HOSTS, '--strict', '-q')).toEqual({
    code: 0,
    signal: null,
    stdout: 'host\n',
    stderr: '',
  })
  expect(await query('empty.log', HOSTS, '--strict')).toMatchObject({ code: 0 })
  expect(await query('good.log', `${HOSTS} WHERE status = 999`)).toMatchObject({ code: 0, stdout: '' })
  const none = expect.stringContaining('none of the 2 lines could be used: each is a dead letter')
  expect(await query('bad.log', 'SELECT COUNT(*) AS n FROM log')).toMatchObject({
    code: 1,
    stdout: '0\n',
    stderr: none,
  })
  // Two scans of a table do not count its lines twice; one that can use them is enough.
  const both = `${HOSTS} WHERE CAST(remote_user AS INT) = 1 UNION ALL ${HOSTS}`
  expect(await query('good.log', both)).toMatchObject({ code: 0, stdout: 'host\n' })
})
