/** What a pipeline says when it runs again, and how `--fresh` starts over. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import { accessLines, DAY } from '../access-line.ts'
import { DEMO, demo } from './demo.ts'
import { expectRefused } from './refused.ts'
import { type Folder, folderWith, PROGRAM } from './tailrace.ts'

const LINES = accessLines(130, DAY)
const MORE = "  csv: { from: paths, csv: out.csv }\n  archive: { from: access, files: 'archive/%y-%m-%d' }\n"

const open = (files: { readonly [name: string]: string } = {}): Folder =>
  folderWith({ 'p.yaml': demo('file: access.log', MORE), 'access.log': LINES, ...files })

// Promise: A run that finds nothing new says how much earlier runs have read.
test('a second run over the same file says that all of it was read, and what starts over', async () => {
  using folder = open()
  expect((await folder.run()).stderr).not.toContain('--fresh')
  expect((await folder.run()).stderr).toContain(
    '\nsource log: all 130 lines were read by an earlier run; --fresh starts over\n0 lines in',
  )
  folder.append('access.log', accessLines(10, DAY + 200_000))
  expect((await folder.run()).stderr).toContain(
    'source log goes on after 130 lines of earlier runs; --fresh starts over\n10 lines in',
  )
})

test('a run that follows a file says where it goes on', async () => {
  using folder = open()
  await folder.run()
  const running = folder.start('run', 'p.yaml')
  await running.line(/^source log goes on after 130 lines of earlier runs; --fresh starts over$/)
  expect(await running.stop()).toMatchObject({ code: 0 })
})

test('the same lines once more on standard input are said to be late because of an earlier run', async () => {
  using folder = folderWith({ 'p.yaml': demo('stdin: {}'), 'access.log': LINES })
  const run = () =>
    execFileSync('sh', ['-c', '"$0" "$1" run p.yaml --until-end 2>&1 < access.log', process.execPath, PROGRAM], {
      cwd: folder.path,
      encoding: 'utf8',
    })
  expect(run()).not.toContain('--fresh')
  expect(run()).toContain(
    'query paths: all 130 rows were late, as an earlier run has closed their windows; if it read the same lines, --fresh starts over\n',
  )
})

// Promise: `run --fresh` gives the answer of a first run again, and leaves what files had before that.
test('--fresh gives the rows of a first run, and keeps what was in the files before', async () => {
  using folder = open({ 'out.csv': 'mine\nwithout an end' })
  mkdirSync(folder.at('archive/95-07-01'), { recursive: true })
  folder.write('archive/95-07-01/mine.log', 'mine\n')
  await folder.run()
  const once = folder.read('out.csv')
  expect(once.startsWith('mine\nwithout an end\n')).toBe(true)
  await folder.run()
  const again = await folder.run('--fresh', '--yes')
  expect(again).toMatchObject({ code: 0 })
  expect(again.stderr).toMatch(/^130 lines in, 3 rows out, 0 dead letters/m)
  expect(folder.read('out.csv')).toBe(once)
  expect(folder.lines('out/paths.ndjson')).toHaveLength(3)
  expect(folder.read('archive/95-07-01/mine.log')).toBe('mine\n')
  const archived = readdirSync(folder.at('archive/95-07-01')).filter((name) => name !== 'mine.log')
  expect(archived.flatMap((name) => folder.lines(`archive/95-07-01/${name}`)).sort()).toEqual(
    LINES.split('\n').slice(0, -1).sort(),
  )
})

test('--fresh leaves the files of a spool folder where they are, and makes them once more', async () => {
  const sinks = "  inbox: { from: access, spool: { folder: in, name: 'line_%Y.log' } }\n"
  using folder = folderWith({ 'p.yaml': demo('file: access.log', sinks), 'access.log': accessLines(3, DAY) })
  await folder.run()
  const again = await folder.run('--fresh', '--yes')
  expect(again).toMatchObject({ code: 0 })
  expect(again.stderr).toContain(`not ${folder.at('in')}: its rows stay; remove them there`)
  expect(readdirSync(folder.at('in'))).toHaveLength(6)
})

// Promise: `run --fresh` removes nothing before somebody has agreed to the list of what goes.
test('where nobody can be asked, --fresh wants --yes, lists what would go, and removes nothing', async () => {
  using folder = open()
  await folder.run()
  const rows = folder.read('out/paths.ndjson')
  const list = [
    '  Add --yes to remove:',
    `    ${folder.at('.tailrace/demo')}: all topics, results, dead letters and places`,
    `    ${folder.at('out/paths.ndjson')}: the whole file, which the pipeline made`,
    `    ${folder.at('out.csv')}: the whole file, which the pipeline made`,
  ].join('\n')
  const message = '--fresh removes what the pipeline has kept, and nobody can be asked here'
  await expectRefused(folder, [['run', 'p.yaml', '--until-end', '--fresh'], 2, message, list])
  expect(folder.read('out/paths.ndjson')).toBe(rows)
  expect((await folder.run()).stderr).toContain('all 130 lines were read')
})

test('--fresh of a pipeline that has never run just runs it', async () => {
  using folder = open()
  expect(await folder.run('--fresh')).toMatchObject({ code: 0 })
  expect(folder.lines('out/paths.ndjson')).toHaveLength(3)
})

test('--fresh is refused while a process runs the pipeline', async () => {
  using folder = open()
  const running = folder.start('run', 'p.yaml')
  await running.line(/^demo runs/)
  const message = `is in use by process ${running.process.pid}`
  await expectRefused(folder, [['run', 'p.yaml', '--fresh', '--yes'], 1, message])
  expect(await running.stop()).toMatchObject({ code: 0 })
  expect(existsSync(folder.at('.tailrace/demo/checkpoint'))).toBe(true)
})

test('on Kafka --fresh is refused, and names the topics and groups that would have to go', async () => {
  using folder = folderWith({ 'p.yaml': `bus: { kafka: { brokers: '127.0.0.1:1' } }\n${DEMO}` })
  const message = '--fresh removes no topics of kafka, and they are what demo has kept'
  const named = [
    'topics: access, demo.access.dead, demo.access.ticks, demo.paths, demo.paths.dead, demo.paths.ticks',
    'groups: demo.query.paths, demo.sink.paths',
  ]
  for (const text of named) {
    await expectRefused(folder, [['run', 'p.yaml', '--fresh', '--yes'], 2, message, text])
  }
})

test('a file of an older data folder, which does not know what it had before, is not guessed', async () => {
  using folder = open()
  await folder.run()
  rmSync(folder.at('.tailrace/demo/before.json'))
  const message = '--fresh does not know what sink paths had written before'
  await expectRefused(folder, [['run', 'p.yaml', '--fresh', '--yes'], 2, message, 'older tailrace'])
})

// Promise: `run --fresh` never removes a file that another pipeline has taken over.
test('a file that another pipeline has taken over stays, and the list says whose it is now', async () => {
  using folder = folderWith({ 'access.log': LINES })
  const write = (csv: string) =>
    folder.write(
      'p.yaml',
      demo('file: access.log', `  csv: { from: paths, csv: ${csv} }\n`).replace(/^ {2}paths: { from.*\n/m, ''),
    )
  write('out.csv')
  expect(await folder.run('--data', 'a')).toMatchObject({ code: 0 })
  expect(existsSync(folder.at('.out.csv.owner'))).toBe(true)
  write('other.csv')
  expect(await folder.run('--data', 'a')).toMatchObject({ code: 0 })
  rmSync(folder.at('.out.csv.owner'))
  write('out.csv')
  expect(await folder.run('--data', 'b')).toMatchObject({ code: 0 })
  const taken = folder.read('out.csv')
  write('other.csv')
  const list = `not ${folder.at('out.csv')}: it is now written by sink csv of the data folder ${folder.at('b')}`
  await expectRefused(folder, [['run', 'p.yaml', '--data', 'a', '--fresh'], 2, '--fresh removes', list])
  expect(await folder.run('--data', 'a', '--fresh', '--yes')).toMatchObject({ code: 0 })
  expect(folder.read('out.csv')).toBe(taken)
})

// Promise: What the shell has opened as /dev/stdout is no file of a sink: --fresh does not cut it, and no restart does.
test('standard output that goes to a file is appended to, by --fresh as well', async () => {
  const sinks = ['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1', 'link'].map(
    (path, i) => `  c${i}: { from: paths, csv: ${path} }`,
  )
  using folder = folderWith({ 'access.log': LINES })
  symlinkSync('/dev/stdout', folder.at('link'))
  const run = (log: string, options: string) =>
    execFileSync(
      'sh',
      ['-c', `"$0" "$1" run p.yaml --until-end ${options} >> ${log} 2> err.txt`, process.execPath, PROGRAM],
      {
        cwd: folder.path,
      },
    )
  for (const sink of sinks) {
    folder.write('p.yaml', demo('file: access.log', `${sink}\n`).replace(/^ {2}paths: { from.*\n/m, ''))
    rmSync(folder.at('.tailrace'), { recursive: true, force: true })
    folder.write('first.log', 'a\n')
    run('first.log', '')
    folder.write('keep.log', 'kept line 1\nkept line 2\n')
    run('keep.log', '--fresh --yes')
    expect(folder.read('keep.log').startsWith('kept line 1\nkept line 2\n')).toBe(true)
    expect(folder.lines('keep.log').length).toBe(folder.lines('first.log').length + 1)
    run('keep.log', '')
    expect(folder.lines('keep.log').slice(0, 2)).toEqual(['kept line 1', 'kept line 2'])
    expect(existsSync('/dev/.stdout.owner')).toBe(false)
    expect(readdirSync(folder.path).filter((name) => name.endsWith('.owner'))).toEqual([])
  }
})
