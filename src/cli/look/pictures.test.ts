import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { emptyStatus } from '../../run/status/of-run.ts'
import type { PipelineStatus } from '../../run/status/status.ts'
import { textWidth } from '../../terminal/text.ts'
import { openPictures } from './pictures.ts'
import { statusSheet } from './status-text.ts'

/** A status whose texts are longer than a terminal is wide. */
const STATUS: PipelineStatus = {
  ...emptyStatus({
    state: 'running',
    now: 60_000,
    dataFolder: `/var/lib/${'deep/'.repeat(30)}data`,
    bus: 'embedded',
    process: { pid: 7, version: '1.2.3', since: new Date(0).toISOString() },
  }),
  pipeline: 'nasa',
  trouble: [{ part: 'sink store', text: `the store does not answer \x1b[2J; ${'it was tried again, '.repeat(20)}` }],
  reports: Array.from({ length: 40 }, (_, i) => ({
    name: `report-${i}`,
    schedule: null,
    next: null,
    stage: null,
    last: null,
  })),
}

function drawnOn(columns: number, rows: number): string {
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns, rows })
  const pictures = openPictures(terminal, { NO_COLOR: '1', TERM: 'xterm' }, true)
  pictures.show(statusSheet(STATUS))
  return String(terminal.read())
}

test.each([
  [40, 10],
  [80, 24],
  [200, 90],
])('a picture on a terminal of %i × %i is never wider or higher than it', (columns, rows) => {
  const drawn = drawnOn(columns, rows)
  const lines = drawn.replaceAll(/\x1b\[[?\d]*[A-Za-z]/g, '').split('\n')
  expect(Math.max(...lines.map(textWidth))).toBeLessThan(columns)
  expect(lines.length).toBeLessThanOrEqual(rows)
  expect(lines[0]).toMatch(/^nasa runs for 1 min/)
  expect(/more(?: lines)?: a higher/.test(drawn)).toBe(rows < 90)
  // What a store says cannot clear the terminal.
  expect(drawn).not.toContain('\x1b[2J')
})

test('elsewhere one picture follows the other, whole', () => {
  const output = new PassThrough()
  const pictures = openPictures(output, {}, true)
  for (let i = 0; i < 2; i++) pictures.show(statusSheet({ ...STATUS, trouble: [], reports: [] }))
  const picture = `nasa runs for 1 min: process 7, tailrace 1.2.3\ndata in ${STATUS.dataFolder}, bus embedded, no checkpoint yet\n\nall is well\n`
  expect(String(output.read())).toBe(`${picture}\n${picture}`)
})

test('what was never run is not said to have a checkpoint', () => {
  const output = new PassThrough()
  const stopped = { ...STATUS, state: 'stopped', process: null, trouble: [], reports: [] } as const
  openPictures(output, {}, false).show(statusSheet(stopped))
  const text = String(output.read())
  expect(text).toMatch(/^nasa is stopped\n/)
  expect(text).toContain(
    '\nIt has not run here yet, or not until a first checkpoint. What follows is what its bus says.\n',
  )
})
