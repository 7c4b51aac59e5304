/** `tailrace query` answers bad input with one clear message, its place and the exit code, and reads odd files. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { folderWith, tailrace } from '../cli/tailrace.ts'

const LINE = 'h - - [01/Jul/1995:00:00:00 +0000] "GET /a HTTP/1.0" 200 5'
const HOSTS = 'SELECT host, COUNT(*) AS n FROM log GROUP BY host'

const folder = folderWith({
  'a.log': `${LINE}\n`,
  'no-final-newline.log': `${LINE}\n${LINE}`,
  'empty.log': '',
  'not-gzip.gz': 'plain text',
})
beforeAll(() => {
  const at = (name: string) => join(folder.path, name)
  writeFileSync(at('packed.log'), gzipSync(`${LINE}\n`))
  writeFileSync(at('cut.gz'), gzipSync(`${LINE}\n`.repeat(100)).subarray(0, 60))
  writeFileSync(
    at('binary.log'),
    Uint8Array.from({ length: 4096 }, (_, i) => (i * 167 + (i >> 3)) & 255),
  )
  mkdirSync(at('folder'))
  symlinkSync('loop.log', at('loop.log'))
  return () => folder[Symbol.dispose]()
})
const query = (...args: string[]) => tailrace(['query', ...args], { folder: folder.path })

describe('bad input gives one message and a code', () => {
  const cases: readonly (readonly [what: string, args: readonly string[], code: number, message: string])[] = [
    ['a missing file', [HOSTS, 'none.log'], 1, 'none.log is not there'],
    ['a glob of nothing', [HOSTS, 'none*.log'], 1, 'no file matches none*.log'],
    ['a file without a name', [HOSTS, ''], 1, 'a file without a name is not there'],
    ['a circle of links', [HOSTS, 'loop.log'], 1, 'loop.log'],
    ['a folder', [HOSTS, 'folder'], 2, "folder is a folder\n  Name its files: 'folder/*'."],
    ['a file that is not gzip', [HOSTS, 'not-gzip.gz'], 1, 'not-gzip.gz cannot be decompressed'],
    [
      'half a gzip',
      [HOSTS, 'cut.gz', '--format', 'common'],
      1,
      'cut.gz cannot be decompressed: unexpected end of file',
    ],
    ['an unknown format', [HOSTS, 'a.log', '--format', 'comon'], 2, 'did you mean common?'],
    ['an unknown format of no file', ['SELECT 1 AS x', '--format', 'comon'], 2, 'did you mean common?'],
    ['an unknown format of a table', ['SELECT 1 AS x', '--table', 't=a.log:comon'], 2, 'did you mean common?'],
    ['two tables of a name', [HOSTS, 'a.log', '--table', 'log=a.log'], 2, 'two tables have the name log'],
    ['a table without a file', [HOSTS, '--table', 'log'], 2, '--table log: expected NAME=GLOB'],
    ['an unknown form', [HOSTS, 'a.log', '-o', 'xml'], 2, 'Allowed choices are table, json, ndjson, csv.'],
    ['no threads', [HOSTS, 'a.log', '--workers', '0'], 2, '--workers 0: expected a whole number'],
    ['no statement', [], 2, "missing required argument 'SQL'"],
    ['no file', [HOSTS], 1, 'line 1:33: there is no table log\n'],
    ['an unknown column', ['SELECT hst FROM log', 'a.log'], 1, 'line 1:8: there is no column hst\n'],
    ['an unknown table', ['SELECT host FROM lgo', 'a.log'], 1, 'did you mean log?'],
    ['an unknown function', ['SELECT UPPR(host) FROM log', 'a.log'], 1, 'did you mean UPPER?'],
    ["a function of Flink's", ["SELECT JSON_VALUE(host, '$') FROM log", 'a.log'], 1, 'JSON_VALUE is not supported yet'],
    ['a type error', ['SELECT host + 1 FROM log', 'a.log'], 1, 'line 1:8: cannot compute STRING + INT'],
    [
      'a window of no length',
      [
        `SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '0' SECOND))
         GROUP BY window_start, window_end`,
        'a.log',
      ],
      1,
      'line 1:76: the SIZE of TUMBLE must be longer than nothing',
    ],
    ['a file that is no table of its own', [HOSTS, 'binary.log'], 1, 'there is no column host'],
  ]
  test.concurrent.each(cases)('%s', async (_, args, code, message) => {
    const ended = await query(...args)
    expect(ended.stderr).toContain(message)
    expect(ended.stderr).not.toMatch(/^ +at |This is a bug/m)
    expect(ended).toMatchObject({ code, stdout: '' })
  })

  test.skipIf(process.getuid?.() === 0)('a file that may not be read', async () => {
    chmodSync(join(folder.path, 'a.log'), 0)
    const ended = await query(HOSTS, 'a.log').finally(() => chmodSync(join(folder.path, 'a.log'), 0o644))
    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toMatch(/a\.log may not be read by this user/)
  })
})

describe('odd input is read', () => {
  const cases: readonly (readonly [what: string, args: readonly string[], stdout: string])[] = [
    ['a file without a final newline', [HOSTS, 'no-final-newline.log'], '{"host":"h","n":2}\n'],
    ['an empty file', [HOSTS, 'empty.log', '--format', 'common'], ''],
    ['gzip by another name', [HOSTS, 'packed.log'], '{"host":"h","n":1}\n'],
    ['noise, as lines', ['SELECT COUNT(*) > 0 AS noisy FROM log', 'binary.log'], '{"noisy":true}\n'],
    ['noise, as an access log', [HOSTS, 'binary.log', '--format', 'common'], ''],
    ['no file', ['SELECT 1 AS x'], '{"x":1}\n'],
  ]
  test.concurrent.each(cases)('%s', async (_, args, stdout) => {
    expect(await query(...args, '-o', 'ndjson')).toMatchObject({ code: 0, stdout })
  })
})

test('a closed pipe ends it without a message', () => {
  writeFileSync(join(folder.path, 'long.log'), `${LINE}\n`.repeat(100_000))
  const main = `"${process.execPath}" "${join(process.cwd(), 'src/cli/main.ts')}"`
  const script = `{ ${main} query 'SELECT host FROM log' long.log --format common -o ndjson 2>err; echo $? >code; } | head -1; cat err code`
  const output = execFileSync('sh', ['-c', script], { cwd: folder.path, encoding: 'utf8' })
  expect(output).toBe('{"host":"h"}\n0\n')
})
