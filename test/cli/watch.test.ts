/** `tailrace watch` as a person uses it: files that grow, are rotated and cut, pipes, and a terminal. */
import { spawn, spawnSync } from 'node:child_process'
import { renameSync, truncateSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect, test, vi } from 'vitest'
import { accessLine, accessLines, DAY } from '../access-line.ts'
import { type Folder, folderWith, PROGRAM, type Running } from './tailrace.ts'

const hasScript = spawnSync('script', ['--version']).error === undefined
const MINUTE = 60_000
/** A loaded machine takes its time. */
vi.setConfig({ testTimeout: 120_000 })
const PATIENCE = { timeout: 100_000, interval: 20 }

const hits = (size: string) =>
  `SELECT window_start, COUNT(*) AS hits FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL ${size})) GROUP BY window_start, window_end`
const BY_MINUTE = hits("'1' MINUTE")
const PATHS = 'SELECT path FROM log'

type Watching = Running & {
  /** What it has written to standard output until now, as lines. */
  lines(): readonly string[]
  /** Resolves when standard output has these lines, and no more. */
  shows(...lines: readonly string[]): Promise<void>
  /** Ctrl-C; resolves at the end. */
  interrupt(): ReturnType<Running['stop']>
}

function watch(folder: Folder, ...args: readonly string[]): Watching {
  const running = folder.start('watch', ...args, '-o', 'csv', '--no-header')
  let text = ''
  running.process.stdout?.on('data', (more: string) => {
    text += more
  })
  const lines = () => text.split('\n').slice(0, -1)
  return {
    ...running,
    lines,
    shows: (...wanted) => vi.waitFor(() => expect(lines()).toEqual(wanted), PATIENCE),
    interrupt() {
      running.process.kill('SIGINT')
      return running.ended
    },
  }
}

const at = (minute: number) => `1995-07-01T00:0${minute}:00.000`

// Promise: `watch` shows rows of closed windows alone, each once, and leaves nothing behind.
test('windows close as the file grows; Ctrl-C ends it with a summary, and leaves nothing behind', async () => {
  using folder = folderWith({ 'a.log': accessLines(90) })
  const watching = watch(folder, BY_MINUTE, 'a.log')
  await watching.shows(`${at(0)},60`)
  folder.append('a.log', accessLine(DAY + 2 * MINUTE + 4000))
  folder.append('a.log', accessLine(DAY + 2 * MINUTE + 5000))
  await watching.shows(`${at(0)},60`, `${at(1)},30`)
  const { code, stdout, stderr } = await watching.interrupt()
  expect([code, stdout.split('\n').length]).toEqual([0, 3])
  expect(stderr).toContain('table log: format common, found by looking')
  expect(stderr).toMatch(/92 lines in, 2 rows out, 0 dead letters, in \d/)
  expect(spawnSync('ls', ['-A'], { cwd: folder.path, encoding: 'utf8' }).stdout).toBe('a.log\n')
})

test('a file that is rotated, cut or made anew is followed: each line once', async () => {
  using folder = folderWith({ 'a.log': accessLine(DAY, { path: '/1' }) })
  const watching = watch(folder, PATHS, 'a.log')
  await watching.shows('/1')
  folder.append('a.log', accessLine(DAY, { path: '/2' }))
  renameSync(folder.at('a.log'), folder.at('a.log.1'))
  folder.write('a.log', accessLine(DAY, { path: '/3' }))
  await watching.shows('/1', '/2', '/3')
  folder.append('a.log', accessLine(DAY, { path: '/4' }).repeat(3))
  await watching.shows('/1', '/2', '/3', '/4', '/4', '/4')
  truncateSync(folder.at('a.log'))
  // Until it was seen to be cut, new lines might be taken for the old ones.
  await new Promise((resolve) => setTimeout(resolve, 1000))
  folder.append('a.log', accessLine(DAY, { path: '/5' }))
  await watching.shows('/1', '/2', '/3', '/4', '/4', '/4', '/5')
  expect((await watching.interrupt()).code).toBe(0)
})

test('a quiet file closes its last window by the clock', async () => {
  using folder = folderWith({ 'a.log': accessLine(DAY) + accessLine(DAY) })
  const watching = watch(folder, hits("'1' SECOND"), 'a.log', '--idle', '200ms', '--delay', '0s')
  await watching.shows(`${at(0)},2`)
  await watching.interrupt()
})

// Promise watch-logs: `watch` reads logs that grow side by side in order of time: none makes lines of another late.
test('logs of several hosts are read side by side, and a rotated one with its own', async () => {
  const lines = (path: string) => Array.from({ length: 10 }, (_, minute) => accessLine(DAY + minute * MINUTE, { path }))
  const [first = '', ...rest] = lines('/a')
  using folder = folderWith({
    'web-1.log': rest.join(''),
    'web-1.log.1.gz': gzipSync(first),
    'web-2.log': lines('/b').join(''),
    'web-3.log': lines('/c').join(''),
  })
  const watching = watch(folder, BY_MINUTE, 'web-*.log*', '--delay', '0s')
  await watching.shows(...Array.from({ length: 9 }, (_, minute) => `${at(minute)},3`))
  const { stderr } = await watching.interrupt()
  expect(stderr).toContain('30 lines in, 9 rows out, 0 dead letters')
})

test('standard input is asked at once, and its end closes every window', async () => {
  using folder = folderWith()
  const child = spawn(process.execPath, [PROGRAM, 'watch', BY_MINUTE, '-', '-o', 'ndjson'], { cwd: folder.path })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more
  })
  const ended = new Promise((resolve) => child.on('close', resolve))
  child.stdin.write(accessLine(DAY))
  await new Promise((resolve) => setTimeout(resolve, 500))
  child.stdin.write(accessLine(DAY + 2 * MINUTE))
  const row = (minute: number) => `{"window_start":"${at(minute)}","hits":1}\n`
  await vi.waitFor(() => expect(text).toBe(row(0)), PATIENCE)
  child.stdin.end()
  expect([await ended, text]).toEqual([0, row(0) + row(2)])
})

test('standard input that ends without a line: what it is taken for is said', async () => {
  using folder = folderWith()
  const child = spawn(process.execPath, [PROGRAM, 'watch', 'SELECT host FROM log', '-'], { cwd: folder.path })
  let told = ''
  child.stderr.setEncoding('utf8').on('data', (more: string) => {
    told += more
  })
  child.stdin.end()
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(1)
  expect(told).toContain('table log: no lines to find its format in, so it is taken for lines: --format says it')
})

test('an answer that changes: a pipe gets the rows that differ', async () => {
  using folder = folderWith({ 'a.log': accessLine(DAY) + accessLine(DAY, { path: '/b' }) })
  const watching = watch(folder, 'SELECT path, COUNT(*) AS n FROM log GROUP BY path', 'a.log', '--every', '1s')
  await watching.shows('is,/a,1', 'is,/b,1')
  folder.append('a.log', accessLine(DAY + 5000))
  await watching.shows('is,/a,1', 'is,/b,1', 'is,/a,2')
  await watching.interrupt()
})

test('--from end leaves out what is there, --since what was before', async () => {
  using folder = folderWith({ 'a.log': [1, 2, 3].map((n) => accessLine(DAY + n * MINUTE, { path: `/${n}` })).join('') })
  const later = watch(folder, PATHS, 'a.log', '--since', '1995-07-01T00:02')
  await later.shows('/2', '/3')
  await later.interrupt()
  const watching = watch(folder, PATHS, 'a.log', '--from', 'end')
  await watching.line(/^watching a.log$/)
  folder.append('a.log', accessLine(DAY, { path: '/new' }))
  await watching.shows('/new')
  await watching.interrupt()
})

test('an empty file is waited for; a line that cannot be read is shown and counted', async () => {
  using folder = folderWith({ 'a.log': '' })
  const watching = watch(folder, PATHS, 'a.log')
  await watching.line(/no lines yet; its format is found in the first ones/)
  folder.append('a.log', accessLine(DAY))
  await watching.shows('/a')
  folder.append('a.log', 'what is this\n')
  await watching.line(/^dead letter: table log, byte \d+: expected/)
  expect((await watching.interrupt()).stderr).toContain('2 lines in, 1 row out, 1 dead letter (1 not readable)')
})

test('a reader that has enough ends it, and says nothing', async () => {
  using folder = folderWith({ 'a.log': accessLines(2000) })
  const child = spawn(process.execPath, [PROGRAM, 'watch', PATHS, 'a.log', '-q', '-o', 'csv'], { cwd: folder.path })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  child.stdout.once('data', () => {
    child.stdout.destroy()
    folder.append('a.log', accessLines(10))
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  expect([code, said]).toEqual([0, ''])
})

// Holds watch-memory.
test('a reader that takes nothing is waited for, but not at the end', async () => {
  using folder = folderWith({ 'a.log': accessLines(200_000) })
  const child = spawn(process.execPath, [PROGRAM, 'watch', 'SELECT * FROM log', 'a.log'], {
    cwd: folder.path,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  await new Promise((resolve) => child.stdout.once('readable', resolve))
  child.kill('SIGINT')
  const code = await new Promise((resolve) => child.on('exit', resolve))
  child.stdout.destroy()
  expect(code).toBe(0)
  expect(said).toContain('the reader of standard output is slow: the rest of the rows is left out')
})

async function refused(folder: Folder, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await folder.tailrace('watch', '-q', ...args)
  expect([code === 1 || code === 2, stdout]).toEqual([true, ''])
  return stderr
}

test('what cannot be answered while lines come is refused, with what to write instead', async () => {
  using folder = folderWith({ 'a.log': accessLines(3) })
  const order = await refused(folder, 'SELECT status, COUNT(*) AS n FROM log GROUP BY status ORDER BY n', 'a.log')
  expect(order).toContain('line 1:64: ORDER BY needs an end, which a stream does not have')
  expect(order).toContain('ROW_NUMBER() OVER (ORDER BY n) AS rn')
  expect(await refused(folder, 'SELECT * FROM log LIMIT 3', 'a.log')).toContain('LIMIT and OFFSET need an end')
  expect(await refused(folder, 'SELECT x FROM log', 'a.log')).toContain('there is no column x')
  expect(await refused(folder, 'a.log', PATHS)).toContain('tailrace watch "SELECT …" a.log')
})

test('files that do not grow are refused', async () => {
  using folder = folderWith({ 'a.json': '[{"a":1},\n{"a":2}]\n' })
  expect(await refused(folder, PATHS)).toContain('there is nothing to watch')
  expect(await refused(folder, PATHS, 'none.log')).toContain('no such file: none.log')
  const document = await refused(folder, PATHS, 'a.json')
  expect(document).toContain('one JSON document (a.json), which does not grow line by line')
  expect(await refused(folder, PATHS, 'hdfs://h/a.log')).toContain('table log is in HDFS, where files are not followed')
  expect(await refused(folder, PATHS, 'https://h/a.log')).toContain('curl -fsSL')
})

test('times that are none are refused', async () => {
  using folder = folderWith({ 'a.log': accessLines(3) })
  expect(await refused(folder, PATHS, 'a.log', '--from', '10m')).toContain('--since 10m')
  expect(await refused(folder, PATHS, 'a.log', '--since', 'soon')).toContain('--since: "soon" is not a time')
  expect(await refused(folder, PATHS, 'a.log', '--idle', '0s')).toContain('--idle of nothing has no use')
  expect(await refused(folder, PATHS, 'a.log', '--rows', '0')).toContain('expected a whole number from 1 to 1000')
})

type Terminal = { readonly columns: number; readonly rows: number }

/** What a watch writes to a terminal until it has written `until`; then comes Ctrl-C. */
async function onTerminal(folder: Folder, statement: string, until: string, { columns, rows }: Terminal) {
  // The program takes the place of the shell: a shell that waits for it dies of the same Ctrl-C, and some say 130 then.
  const command = `stty cols ${columns} rows ${rows}; exec '${process.execPath}' '${PROGRAM}' watch "${statement}" a.log`
  const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, ...inherited } = process.env
  const env = { ...inherited, SHELL: '/bin/sh', TERM: 'xterm-256color' }
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: folder.path, env })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more.replaceAll('\r\n', '\n')
  })
  const ended = new Promise((resolve) => child.on('close', resolve))
  await vi.waitFor(() => expect(text).toContain(until), PATIENCE)
  child.stdin.write('\x03')
  return { code: await ended, text }
}

const UP = /\x1b\[\d+A/

test.skipIf(!hasScript)(
  'a terminal shows the window that is open, dimmed and marked, and it stays at the end',
  async () => {
    using folder = folderWith({ 'a.log': accessLines(90) })
    for (const size of [
      { columns: 80, rows: 24 },
      { columns: 40, rows: 12 },
    ]) {
      const { code, text } = await onTerminal(folder, BY_MINUTE, 'in the window that is open', size)
      expect(code).toBe(0)
      expect(text).toMatch(UP)
      expect(text).toContain('\x1b[2mso far, in the window that is open:\x1b[22m')
      const last = text.slice(text.lastIndexOf('a.log  1 row'))
      expect(last).toMatch(/00:00:00 +60/)
      expect(last).toMatch(/00:01:00 +30/)
      expect(last).not.toContain('Ctrl-C stops')
      const [drawing = '', below = ''] = last.split('90 lines in')
      expect(below).toContain('1 row out')
      const drawn = drawing.replaceAll(/\x1b\[[\d?;]*[a-zA-Z]/g, '').split('\n')
      expect(drawn.every((line) => line.length <= size.columns)).toBe(true)
    }
  },
)

test.skipIf(!hasScript)(
  'a terminal shows an answer that changes in place, and plain rows one below the other',
  async () => {
    const lines = [1, 1, 2, 2, 2, 3].map((n) => accessLine(DAY, { path: `/${n}` })).join('')
    using folder = folderWith({ 'a.log': lines + accessLine(DAY + MINUTE, { path: '/1' }) })
    const size = { columns: 80, rows: 24 }
    const counts = await onTerminal(folder, 'SELECT path, COUNT(*) AS n FROM log GROUP BY path', '/3', size)
    const last = counts.text.slice(counts.text.lastIndexOf('a.log  3 rows'))
    expect(last).toMatch(/\/[12] +3.*\n\/[12] +[23].*\n\/3 +1/)
    const rows = await onTerminal(folder, 'SELECT path, status FROM log', '/3', size)
    expect(rows.text.replaceAll(/\x1b\[[\d?;]*[a-zA-Z]/g, '')).toContain(
      '/2       200\n/2       200\n/2       200\n/3       200\n',
    )
  },
)
