/** In which order the real program reads files that it has never read. */
import { expect, test } from 'vitest'
import { accessLine, DAY } from '../access-line.ts'
import { folderWith } from './tailrace.ts'

const PIPELINE = `version: 1
name: order
sources:
  logs: { file: "*.log", to: access }
topics:
  access: { partitions: 1, format: common, watermark: ts - INTERVAL '5' SECOND }
queries:
  paths: { count: { by: path, every: 1m, from: access } }
`
const HOUR = 3_600_000
const hour = (from: number) => Array.from({ length: 60 }, (_, minute) => accessLine(from + 60_000 * minute)).join('')

// Promise: No row is late because files of a glob have names in another order than their times.
test('files of a glob are read in the order of their first event times, whatever their names are', async () => {
  using folder = folderWith({
    'p.yaml': PIPELINE,
    'c.log': hour(DAY),
    'a.log': hour(DAY + HOUR),
    'b.log': hour(DAY + 2 * HOUR),
  })
  const { code, stdout } = await folder.run('--json')
  expect({ code, ...JSON.parse(stdout) }).toMatchObject({
    code: 0,
    lines: 180,
    late: { paths: 0 },
    rows: { paths: 180 },
  })
})
