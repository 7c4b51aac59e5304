/** A glob over rotated logs, and a header in each file, from the pipeline's text to the rows. */
import { readFileSync, symlinkSync } from 'node:fs'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { stdinFrom } from '../../src/source/stdin.ts'
import { accessLines, DAY } from '../access-line.ts'
import { folderWith } from '../cli/tailrace.ts'
import { linesOf, runSource } from '../contract/source.ts'
import { checkedText, runInProcess } from './in-process.ts'

const HOUR = 3_600_000

const pipeline = (partitions: number) => `
version: 1
name: rotated
sources: { log: { file: 'access.log*', to: access } }
topics: { access: { format: common, partitions: ${partitions}, watermark: ts - INTERVAL '5' SECOND } }
queries:
  per_hour: |
    SELECT window_start, COUNT(*) AS hits FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '1' HOUR))
    GROUP BY window_start, window_end
sinks: { out: { from: per_hour, csv: out.csv } }
`

// Promise: A first run over a glob of rotated logs has no late rows, whatever the files are called, in any number of partitions.
test('the oldest of rotated files is read first, so no row is late', async () => {
  const ages = [3, 2, 1, 0].map((age) => accessLines(300, DAY + (3 - age) * HOUR))
  const names = [
    ['access.log.10', 'access.log.2.gz', 'access.log.1', 'access.log'],
    ['access.log-20260101.gz', 'access.log-20260102.gz', 'access.log-20260103', 'access.log'],
    ['access.log.z', 'access.log.y', 'access.log.x', 'access.log.a'],
  ]
  for (const [which, name] of names.entries()) {
    for (const partitions of [1, 3]) {
      const content = ages.map((text, i) => [name[i], name[i]?.endsWith('.gz') ? gzipSync(text) : text])
      using folder = folderWith(Object.fromEntries(content))
      const dataFolder = folder.at(`data-${which}`)
      const summary = await runInProcess(checkedText(pipeline(partitions), folder.path), { dataFolder })
      expect(JSON.stringify(summary)).toContain('"late":0')
      const hits = readFileSync(folder.at('out.csv'), 'utf8').trim().split('\n').slice(1)
      expect(hits.reduce((sum, row) => sum + Number(row.split(',').at(-1)), 0)).toBe(1200)
    }
  }
})

test('standard input leaves out its header too, and a line that has its words later is a row', async () => {
  const form = { hasHeader: true, hasTime: false, firstTime: () => undefined, timeAt: (instant: number) => instant }
  const stdin = stdinFrom(() => Readable.from([Buffer.from('id,na'), Buffer.from('me\n1,x\nid,name\n')]))
  expect(linesOf(await runSource(stdin, {}, { form }))).toEqual(['1,x', 'id,name'])
})

// Promise: What a run to the end of its input could not read is an error at its end, and everything else is delivered by then.
test('a link to itself in a glob: the other files are delivered, and the run fails with it', async () => {
  using folder = folderWith({ 'a.log': accessLines(20) })
  symlinkSync('access.log.loop', folder.at('access.log.loop'))
  const text = pipeline(2).replace('access.log*', '*.log*')
  const run = runInProcess(checkedText(text, folder.path), { dataFolder: folder.at('data') })
  await expect(run).rejects.toThrow(
    'access.log.loop is a link that leads back to itself; all else was read and delivered',
  )
  expect(readFileSync(folder.at('out.csv'), 'utf8')).toMatch(/,20\n$/)
})
