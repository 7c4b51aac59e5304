/** A topic on a shared bus is made with its settings, so a reload that wants others is refused, whatever fills the topic. */
import { expect, test } from 'vitest'
import { seededRandom } from '../../src/base/random.ts'
import { memoryStore, openMemoryBus } from '../../src/bus/memory-bus.test-tool.ts'
import type { Reload } from '../../src/run/run-options.ts'
import { folderWith } from '../cli/tailrace.ts'
import { checkedText, runInProcess } from './in-process.ts'

const text = ({ bus = 'localhost:1', lines = '1h', query = '1h', report = '1h' } = {}) => `version: 1
name: p
bus: kafka://${bus}
topics: { lines: { format: { json: { columns: { n: INT, ts: TIMESTAMP(3) } } }, watermark: ts, retention: ${lines} } }
queries: { kept: { sql: SELECT n FROM lines, retention: ${query} } }
reports: { all: { sql: SELECT COUNT(*) AS n FROM lines, retention: ${report} } }
sinks: { rows: { from: kept, ndjson: rows } }
`

test('neither another bus, nor other settings of a topic of a source, a query or a report', async () => {
  using folder = folderWith()
  const stop = new AbortController()
  const started = Promise.withResolvers<Reload>()
  const run = runInProcess(checkedText(text(), folder.path), {
    dataFolder: folder.at('data'),
    untilEnd: false,
    stop: stop.signal,
    openBus: async () => openMemoryBus(memoryStore(), { random: seededRandom(1) }),
    started: (_, reload) => started.resolve(reload),
  })
  const reload = await Promise.race([started.promise, run.then(() => expect.unreachable('the run has ended'))])
  const reloaded = (other: Parameters<typeof text>[0]) => reload(() => checkedText(text(other), folder.path))
  expect(await reloaded({})).toEqual([])
  await expect(reloaded({ bus: 'localhost:2' })).rejects.toThrow('the bus is another one now (kafka)')
  await expect(reloaded({ lines: '2h' })).rejects.toThrow('the settings of topic lines on kafka cannot change')
  await expect(reloaded({ query: '2h' })).rejects.toThrow('the settings of topic kept on kafka cannot change')
  await expect(reloaded({ report: '2h' })).rejects.toThrow('the settings of topic all on kafka cannot change')
  stop.abort()
  await run
})
