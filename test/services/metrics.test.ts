/** Prometheus' own checker takes what `run --listen` serves at /metrics: its form, and the names by its conventions. */
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { debianProgram } from '../../scripts/services/debian.ts'
import { accessLines, DAY } from '../access-line.ts'
import { demo } from '../cli/demo.ts'
import { folderWith, send } from '../cli/tailrace.ts'
import { isMissing } from './missing.ts'

const missing = await isMissing('promtool', () => debianProgram('promtool'))

const checked = (text: string) => {
  const { status, stdout, stderr } = spawnSync(debianProgram('promtool'), ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  })
  return { status, said: stdout + stderr }
}

const ALERT = `alerts:
  unreachable: { for: 2m, notify: console }
  busy: { from: paths, when: hits > 100, notify: console }
`

test.skipIf(missing)('promtool finds nothing in the metrics of a run with lines, dead letters and alerts', async () => {
  using folder = folderWith({ 'p.yaml': demo('tcp: 127.0.0.1:0', ALERT) })
  const running = folder.start('run', 'p.yaml', '--listen', '127.0.0.1:0')
  const port = await running.port(/^dashboard: http:/)
  await send(await running.port(/^demo runs:/), `${accessLines(130, DAY)}noise\n`)
  const scrape = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  let text = await scrape()
  while (!text.includes('tailrace_sink_rows_total{sink="paths",kind="ndjson",pipeline="demo"} 2')) text = await scrape()
  expect(checked(text)).toEqual({ status: 0, said: '' })
  // It would have found a counter without its ending, and a value that is none.
  expect(checked('# HELP tailrace_x Help.\n# TYPE tailrace_x counter\ntailrace_x 1\n').status).not.toBe(0)
  await running.stop()
})
