/** `tailrace query` answers bad input with one clear message, its place and the exit code, and reads odd files. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { accessLine, DAY } from '../access-line.ts'
import { type RefusedCommand, testRefusals } from '../cli/refused.ts'
import { type Folder, folderWith, MAIN } from '../cli/tailrace.ts'

const LINE = accessLine(DAY)
const HOSTS = 'SELECT host, COUNT(*) AS n FROM log GROUP BY host'

function oddFolder(): Folder {
  const folder = folderWith({
    'a.log': LINE,
    'no-final-newline.log': `${LINE}${LINE.trimEnd()}`,
    'empty.log': '',
    'plain.gz': LINE,
    'packed.log': gzipSync(LINE),
    'binary.log': Uint8Array.from({ length: 4096 }, (_, i) => (i * 167 + (i >> 3)) & 255),
  })
  mkdirSync(folder.at('folder'))
  symlinkSync('loop.log', folder.at('loop.log'))
  return folder
}

describe('bad input gives one message and a code', () => {
  const cases: readonly RefusedCommand[] = [
    [[HOSTS, 'none.log'], 1, 'no such file: none.log'],
    [[HOSTS, 'none*.log'], 1, 'no file matches none*.log'],
    [[HOSTS, ''], 1, "no such file: ''"],
    [[HOSTS, 'loop.log'], 1, 'loop.log'],
    [[HOSTS, 'folder'], 2, "folder is a folder\n  Name its files: 'folder/*'."],
    [[HOSTS, 'a.log', '--format', 'comon'], 2, 'did you mean common?'],
    [['SELECT 1 AS x', '--format', 'comon'], 2, 'did you mean common?'],
    [['SELECT 1 AS x', '--table', 't=a.log:comon'], 2, 'did you mean common?'],
    [[HOSTS, 'a.log', '--table', 'log=a.log'], 2, 'two tables have the name log'],
    [[HOSTS, '--table', 'log'], 2, '--table log: expected NAME=GLOB'],
    [[HOSTS, 'a.log', '-o', 'xml'], 2, 'Allowed choices are table, json, ndjson, csv.'],
    [[HOSTS, 'a.log', '--workers', '0'], 2, '--workers 0: expected a whole number'],
    [[], 2, "missing required argument 'SQL'"],
    [[HOSTS], 1, 'line 1:33: there is no table log\n'],
    [['SELECT hst FROM log', 'a.log'], 1, 'line 1:8: there is no column hst\n'],
    [['SELECT host FROM lgo', 'a.log'], 1, 'did you mean log?'],
    [['SELECT UPPR(host) FROM log', 'a.log'], 1, 'did you mean UPPER?'],
    [["SELECT JSON_VALUE(host, '$') FROM log", 'a.log'], 1, 'JSON_VALUE is not supported yet'],
    [['SELECT host + 1 FROM log', 'a.log'], 1, 'line 1:8: cannot compute STRING + INT'],
    [
      [
        `SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '0' SECOND))
         GROUP BY window_start, window_end`,
        'a.log',
      ],
      1,
      'line 1:76: the SIZE of TUMBLE must be longer than nothing',
    ],
    [[HOSTS, 'binary.log'], 1, 'binary.log is not text, which tailrace does not read'],
  ]
  testRefusals(
    oddFolder,
    cases.map(([args, ...expected]) => [['query', ...args], ...expected]),
  )

  test.skipIf(process.getuid?.() === 0)('a file that may not be read', async () => {
    using folder = oddFolder()
    chmodSync(folder.at('a.log'), 0)
    const stderr = expect.stringMatching(/a\.log may not be read by this user/)
    expect(await folder.tailrace('query', HOSTS, 'a.log')).toMatchObject({ code: 1, stdout: '', stderr })
  })
})

test.concurrent.each([
  ['a file without a final newline', [HOSTS, 'no-final-newline.log'], '{"host":"host","n":2}\n'],
  ['an empty file', [HOSTS, 'empty.log', '--format', 'common'], ''],
  ['gzip by another name', [HOSTS, 'packed.log'], '{"host":"host","n":1}\n'],
  ['plain text with the name of gzip', [HOSTS, 'plain.gz'], '{"host":"host","n":1}\n'],
  ['no file', ['SELECT 1 AS x'], '{"x":1}\n'],
])('%s is read', async (_, args, stdout) => {
  using folder = oddFolder()
  expect(await folder.tailrace('query', ...args, '-o', 'ndjson')).toMatchObject({ code: 0, stdout })
})

test('a closed pipe ends it without a message', () => {
  using folder = folderWith({ 'long.log': LINE.repeat(100_000) })
  const query = `"${process.execPath}" "${MAIN}" query 'SELECT host FROM log' long.log --format common -o ndjson`
  const script = `{ ${query} 2>err; echo $? >code; } | head -1; cat err code`
  const output = execFileSync('sh', ['-c', script], { cwd: folder.path, encoding: 'utf8' })
  expect(output).toBe('{"host":"host"}\n0\n')
})

// Promise: A query over several files answers from those that can be read, names the others, and exits with 1.
test('odd entries of a folder are named, and the others are read oldest first', async () => {
  using folder = folderWith({ 'a.log': 'new\n', 'a.log.2': 'old\n', 'a.log.10': 'oldest\n' })
  symlinkSync('a.log.loop', folder.at('a.log.loop'))
  symlinkSync('nowhere', folder.at('a.log.gone'))
  execFileSync('mkfifo', [folder.at('a.log.pipe')])
  const asked = await folder.tailrace('query', 'SELECT line FROM log', 'a.log*', '--format', 'lines', '-o', 'csv')
  expect(asked).toMatchObject({ code: 1, stdout: 'line\noldest\nold\nnew\n' })
  expect(asked.stderr).toContain('a.log.loop is a link that leads back to itself, so its rows are missing')
  expect(asked.stderr).toContain('a.log.gone is a link to a file that does not exist, so its rows are missing')
  expect(asked.stderr).toContain('a.log.pipe is a pipe, not a file, so its rows are missing')
})
