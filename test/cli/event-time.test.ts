/** What a run says of the times of its records, and what the commands that it names then do. */
import { expect, test } from 'vitest'
import { accessLine, accessLines, DAY } from '../access-line.ts'
import { demo } from './demo.ts'
import { folderWith, jsonOf, linesOf, send } from './tailrace.ts'

const MINUTE = 60_000
const pipeline = demo('file: access.log').replace('partitions: 2', 'partitions: 1')
const FUTURE = accessLine(Date.UTC(2099, 0, 1))

type Row = { readonly window_start: string; readonly hits: number }
type Summary = { readonly dead: { readonly [kind: string]: number } }
type Group = { readonly kind: string; readonly count: number }

// Promise future: A time from the future does not close what is still to come, and every way to read a topic leaves out the same records.
test('a record from the future is a dead letter, for the run, a report, a backfill and a restart', async () => {
  using folder = folderWith({
    'p.yaml': pipeline,
    'access.log': accessLines(90) + FUTURE + accessLines(90, DAY + 90_000),
  })
  const run = await folder.run()
  expect(run.code, run.stderr).toBe(0)
  expect(run.stderr).toMatch(
    /warning: topic access: a record is from the future at partition 0, offset 90, from file access.log: /,
  )
  expect(run.stderr).toMatch(/^181 lines in, 3 rows out, 1 dead letter \(1 from the future\), /m)
  const rows = jsonOf<Row>(folder.lines('out/paths.ndjson'))
  expect(rows.map(({ hits }) => hits)).toEqual([60, 60, 60])
  const span = ['--since', '1995-07-01', '--until', '2100-01-01']
  expect((await folder.tailrace('report', 'paths', ...span, '--compare')).stderr).toContain(
    '3 rows equal, 0 differ, 0 late',
  )
  expect((await folder.tailrace('backfill', 'paths', ...span, '--dry-run')).stderr).toContain(
    '3 rows are right, 0 to be',
  )
  expect((await folder.run()).stderr).toMatch(/^0 lines in, 0 rows out, 0 dead letters, /m)
  const dead = await folder.tailrace('dead', 'access')
  expect(dead.stdout).toMatch(/^1 × future: its time, 2099-01-01T00:00:00.000Z, is \d+ d.* after its arrival, /)
  expect((await folder.tailrace('dead', 'access', '--send-again')).stderr).toBe('1 record sent again to access\n')
  // Its clock has not become right: it comes again, and is a dead letter again.
  expect((await folder.run()).stderr).toMatch(/^0 lines in, 0 rows out, 1 dead letter \(1 from the future\), /m)
})

test('with max_ahead: never a time from the future is a row, and the run says that all after it is late', async () => {
  const text = pipeline.replace('format: common', 'max_ahead: never, format: common')
  using folder = folderWith({ 'p.yaml': text, 'access.log': accessLines(60) + FUTURE + accessLines(60, DAY + MINUTE) })
  const { stderr } = await folder.run()
  expect(stderr).toMatch(
    /warning: topic access, partition 0: before offset \d+ the watermark is \d+ d.* ahead of the arrival/,
  )
  expect(stderr).toMatch(
    /warning: query paths: 60 of 121 rows \(49.6 %\) came too late, by up to \d+ d.*; they are dead letters/,
  )
})

// Promise summary: The summary of a run counts the dead letters that `tailrace dead` lists.
test('at its end a run says the share that was late, and the command that it names counts them', async () => {
  const late = accessLines(20, DAY)
  using folder = folderWith({ 'p.yaml': pipeline, 'access.log': `${accessLines(200)}broken\n${late}` })
  const { stdout, stderr } = await folder.run('--json')
  const warning =
    /^warning: query paths: 20 of 220 rows \(9.1 %\) .* A watermark delay of (\S+) \(it is 5s\) would .* To count them: tailrace (.*)$/m
  const [, delay = '', command = ''] = warning.exec(stderr) ?? []
  expect(command).toBe('backfill paths --since 1995-07-01T00:00 --until 1995-07-01T00:01 -p p.yaml')
  const [{ dead }] = jsonOf<Summary>(linesOf(stdout).slice(-1)) as [Summary]
  const groups = jsonOf<Group>(linesOf((await folder.tailrace('dead', 'access', '--json')).stdout))
  expect(Object.entries(dead).filter(([, count]) => count > 0)).toEqual([
    ['format', 1],
    ['late', 20],
  ])
  expect(groups.map(({ kind, count }) => [kind, count])).toEqual([
    ['late', 20],
    ['format', 1],
  ])
  expect((await folder.tailrace(...command.split(' '))).stderr).toContain('1 repaired')
  expect((await folder.run()).code).toBe(0)
  const hits = new Map(jsonOf<Row>(folder.lines('out/paths.ndjson')).map((row) => [row.window_start, row.hits]))
  expect(hits.get('1995-07-01T00:00:00.000')).toBe(80)
  using again = folderWith({
    'p.yaml': pipeline.replace(
      "'5' SECOND",
      `'${Number.parseInt(delay, 10)}' ${delay.endsWith('m') ? 'MINUTE' : 'SECOND'}`,
    ),
    'access.log': accessLines(200) + late,
  })
  expect((await again.run()).stderr).toMatch(/ 0 dead letters, /)
})

// Promise late-share: While it runs, a pipeline says when a query loses more than one row in a hundred as late.
test('a run that goes on says at once what comes too late, or from the future', async () => {
  using folder = folderWith({ 'p.yaml': demo('tcp: 127.0.0.1:0') })
  const running = folder.start('run', 'p.yaml')
  const port = await running.port(/^demo runs:/)
  await send(port, accessLines(200) + FUTURE + accessLines(60))
  expect(await running.line(/came too late/)).toContain('query paths: ')
  expect(await running.line(/from the future/)).toContain('from tcp 127.0.0.1:')
  expect((await running.stop()).code).toBe(0)
})
