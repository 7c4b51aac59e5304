/** Commands that the process which runs a pipeline is asked to do, by the real command line. */
import { expect, test } from 'vitest'
import { accessLine, DAY } from '../access-line.ts'
import { demo } from './demo.ts'
import { folderWith, jsonOf, send } from './tailrace.ts'

const TCP = demo(
  'tcp: 127.0.0.1:0',
  `  report: { from: day, ndjson: out/day.ndjson }
reports:
  day: { query: paths, span: 1d }
checkpoint: { interval: 1s }
`,
).replace('partitions: 2', 'partitions: 1')

type Row = { readonly window_start: string; readonly hits: number }

const at = (second: number) => accessLine(DAY + 1000 * second)
/** A line in each of four minutes, then one that is late for the first. */
const LATE = [0, 60, 120, 180, 1].map(at).join('')

/** Reads a file of rows again until it has `count`. */
async function rowsOf(file: () => readonly string[], count: number): Promise<readonly Row[]> {
  for (;;) {
    const lines = file()
    if (lines.length >= count) return jsonOf<Row>(lines)
    await new Promise(setImmediate)
  }
}

// Promise: A backfill, a report and a reload work while the pipeline runs: its own process does them.
test('a backfill and a report are done by the process that runs, and sinks get their rows', async () => {
  using folder = folderWith({ 'p.yaml': TCP })
  const running = folder.start('run', 'p.yaml')
  await send(await running.port(/^demo runs:/), LATE)
  const paths = () => folder.lines('out/paths.ndjson')
  await rowsOf(paths, 2)
  const span = ['--for', '1995-07-01']
  // The newest window is left alone, as rows of it may be on their way, unless a checkpoint has the late row behind its end.
  const dry = await folder.tailrace('backfill', 'paths', ...span, '--dry-run')
  expect(dry.stderr).toMatch(/^(0 rows are|1 row is) right, 1 to be repaired: 0 were missing, 1 differed$/m)
  const repaired = await folder.tailrace('backfill', 'paths', ...span)
  expect(repaired.code).toBe(0)
  expect(repaired.stderr).toMatch(/^(0 rows are|1 row is) right, 1 repaired: 0 were missing, 1 differed\n$/)
  expect((await folder.tailrace('backfill', 'paths', ...span)).stderr).toMatch(
    /^(1 row is|2 rows are) right, 0 repaired/,
  )
  const rows = await rowsOf(paths, 3)
  expect(rows.map(({ window_start, hits }) => [window_start.slice(14, 16), hits])).toEqual([
    ['00', 1],
    ['01', 1],
    ['00', 2],
  ])

  const report = await folder.tailrace('report', 'day', ...span, '--deliver')
  expect(report).toMatchObject({ code: 0, stderr: '4 rows, 4 of them put into topic demo.day\n' })
  const again = await folder.tailrace('report', 'day', ...span, '--deliver')
  expect(again.stderr).toBe('4 rows, which are in topic demo.day already\n')
  expect((await rowsOf(() => folder.lines('out/day.ndjson'), 4)).map(({ hits }) => hits)).toEqual([2, 1, 1, 1])
  expect(await running.stop()).toMatchObject({ code: 0 })
})

test('a reload says what has changed, and a file with a mistake changes nothing', async () => {
  using folder = folderWith({ 'p.yaml': TCP })
  expect(await folder.tailrace('reload', 'p.yaml')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('data folder'),
  })
  const running = folder.start('run', 'p.yaml')
  await running.port(/^demo runs:/)
  folder.write('p.yaml', TCP.replace('ndjson: out/paths.ndjson', 'csv: out/paths.csv'))
  const { stdout, code } = await folder.tailrace('reload')
  expect({ stdout, code }).toEqual({ stdout: 'reloaded: sink paths is changed\n', code: 0 })
  expect((await folder.tailrace('reload')).stdout).toBe('reloaded: nothing in it differs\n')
  folder.write('p.yaml', TCP.replace('by: path', 'by: pth').replace('from: day', 'from: dy'))
  const refused = await folder.tailrace('reload')
  expect(refused).toMatchObject({ code: 78, stdout: '' })
  expect(refused.stderr).toMatch(/^p\.yaml:\d+:\d+: .*pth/m)
  expect(refused.stderr).toMatch(/^p\.yaml:\d+:\d+: .*"dy"/m)
  // Names of the file that the process does not have yet.
  folder.write('p.yaml', TCP.replace('day: {', 'week: {').replace('from: day', 'from: week'))
  const unknown = await folder.tailrace('report', 'week', '--for', '1995-07-01', '--deliver')
  expect(unknown).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('the pipeline that runs has no report "week"'),
  })
  expect(await running.stop()).toMatchObject({ code: 0 })
  const stopped = await folder.tailrace('reload')
  expect(stopped).toMatchObject({ code: 1, stderr: expect.stringContaining('no process runs the pipeline') })
})
