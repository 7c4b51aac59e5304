/** `tailrace query` answers bad input with one clear message, its place and the exit code, and reads odd files. */
import { execFileSync } from 'node:child_process'
import { chmodSync, linkSync, mkdirSync, symlinkSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { accessLine, DAY } from '../access-line.ts'
import { type RefusedCommand, testRefusals } from '../cli/refused.ts'
import { type Folder, folderWith, PROGRAM } from '../cli/tailrace.ts'

const LINE = accessLine(DAY)
const HOSTS = 'SELECT host, COUNT(*) AS n FROM log GROUP BY host'

function oddFolder(): Folder {
  const folder = folderWith({
    'a.log': LINE,
    'no-final-newline.log': `${LINE}${LINE.trimEnd()}`,
    'empty.log': '',
    'plain.gz': LINE,
    'packed.log': gzipSync(LINE),
    'ask.sql': `\ufeff-- requests of each host\r\n${HOSTS};\r\n`,
    'wrong.sql': 'SELECT\n  host,\n  hst\nFROM log\n',
    'noise.log': 'no line\nof an access log\n',
    'binary.log': Uint8Array.from({ length: 4096 }, (_, i) => (i * 167 + (i >> 3)) & 255),
  })
  mkdirSync(folder.at('folder'))
  symlinkSync('loop.log', folder.at('loop.log'))
  linkSync(folder.at('a.log'), folder.at('same.log'))
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
    [[HOSTS, 'a.log', '-o', 'xml'], 2, 'Allowed choices are table, json, ndjson, csv, vertical, html.'],
    [[HOSTS, 'a.log', '--workers', '0'], 2, '--workers 0: expected a whole number'],
    [[], 2, "missing required argument 'SQL'"],
    [['-f', 'none.sql'], 1, '-f none.sql: no such file'],
    [['-f', 'folder'], 2, '-f folder: it is a folder'],
    [['-f', '-', '-'], 2, 'standard input (-) can be the statement or a table, not both'],
    [['ask.sql', 'a.log'], 2, 'ask.sql is the name of a file, not a statement\n  tailrace query -f ask.sql a.log\n'],
    [['none.sql', 'a.log'], 2, 'tailrace query -f none.sql a.log\n'],
    [['a.log'], 2, 'a.log is the name of a file, not a statement\n  tailrace query "SELECT …" a.log\n'],
    [['a.log', HOSTS], 2, 'a.log is a file: the statement comes first\n  tailrace query "SELECT …" a.log\n'],
    [['-f', 'wrong.sql', 'a.log'], 1, 'wrong.sql:3:3: there is no column hst\n    hst\n    ^^^\n'],
    [[HOSTS, 'https://a.b/c.log.gz'], 2, `curl -fsSL 'https://a.b/c.log.gz' | tailrace query "SELECT …" -\n`],
    [[HOSTS, '--table', 'log=s3://a/c'], 2, `aws s3 cp 's3://a/c' - | tailrace query "SELECT …" -\n`],
    [[HOSTS, 'a.log', '--dead', 'a.log'], 2, '--dead a.log: it is a file that the statement reads'],
    [[HOSTS, 'a.log', '--dead', 'same.log'], 2, '--dead same.log: it is a file that the statement reads'],
    [
      [HOSTS, 'a.log', '--dead', 'none/d.ndjson'],
      1,
      '--dead none/d.ndjson cannot be written: its folder does not exist',
    ],
    [[HOSTS, 'noise.log', '--format', 'common', '-o', 'ndjson'], 1, 'lines could be used: each is a dead letter'],
    [[HOSTS], 1, 'line 1:33: there is no table log\n'],
    [['SELECT hst FROM log', 'a.log'], 1, 'line 1:8: there is no column hst\n'],
    [['SELECT host FROM lgo', 'a.log'], 1, 'did you mean log?'],
    [['SELECT UPPR(host) FROM log', 'a.log'], 1, 'did you mean UPPER?'],
    [['SELECT PARSE_JSON(host) FROM log', 'a.log'], 1, 'PARSE_JSON is not supported yet'],
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
  ['a file, by a statement in a file', ['-f', 'ask.sql', 'a.log'], '{"host":"host","n":1}\n'],
  ['no file', ['SELECT 1 AS x'], '{"x":1}\n'],
])('%s is read', async (_, args, stdout) => {
  using folder = oddFolder()
  expect(await folder.tailrace('query', ...args, '-o', 'ndjson')).toMatchObject({ code: 0, stdout })
})

test('-q says nothing, --no-header leaves out names, -o vertical has a line for each column, --json is -o json', async () => {
  using folder = oddFolder()
  const quiet = async (...args: string[]) => {
    const { code, stdout, stderr } = await folder.tailrace('query', HOSTS, 'a.log', '-q', ...args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return stdout
  }
  expect(await quiet('-o', 'csv', '--no-header')).toBe('host,1\n')
  expect(await quiet('--no-header')).toBe('host  1\n')
  expect(await quiet('-o', 'vertical')).toBe(`── row 1 ${'─'.repeat(23)}\nhost  host\nn     1\n`)
  expect(await quiet('-o', 'vertical', '--no-header')).toBe('host  host\nn     1\n')
  expect(JSON.parse(await quiet('--json', '--no-header'))).toEqual([{ host: 'host', n: 1 }])
  const { stderr } = await folder.tailrace('query', HOSTS, 'a.log')
  expect(stderr).toMatch(
    /^table log: format common, found by looking, 1 of 1 lines\nlines: 1, rows: 1, dead letters: 0, [\d.]+ s\n$/,
  )
})

test('a closed pipe ends it without a message', () => {
  using folder = folderWith({ 'long.log': LINE.repeat(100_000) })
  const query = `"${process.execPath}" "${PROGRAM}" query 'SELECT host FROM log' long.log --format common -o ndjson`
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

// Promise: A query reads each file once, however many links and patterns lead to it, and names those that it leaves out.
test('a file with several names, or of several patterns, is read once', async () => {
  using folder = folderWith({ 'app-20251129.log': '1\n2\n3\n', 'b.log': '4\n' })
  symlinkSync('app-20251129.log', folder.at('app.log'))
  linkSync(folder.at('b.log'), folder.at('c.log'))
  const count = (...patterns: string[]) =>
    folder.tailrace('query', 'SELECT COUNT(*) FROM log', ...patterns, '-q', '-o', 'csv', '--no-header')
  const links = 'app.log is the same file as app-20251129.log, c.log is the same file as b.log'
  expect(await count('*.log')).toMatchObject({
    code: 0,
    stdout: '4\n',
    stderr: expect.stringContaining(`warning: each file is read once: ${links}\n`),
  })
  expect(await count('app*.log', 'app-*', folder.at('b.log'))).toMatchObject({ code: 0, stdout: '4\n' })
  // The name of the file itself tells when it is read.
  expect((await count('app.log', 'app-20251129.log')).stderr).toContain('app.log is the same file as app-2025')
  expect((await count('b.log', 'b.log')).stderr).toContain('each file is read once: b.log is named more than once\n')
})
