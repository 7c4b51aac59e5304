/** Where readers begin in a topic that others fill: `start` counts only for those that have no place in it yet. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { seededRandom } from '../../src/base/random.ts'
import { appendForeign, type MemoryStore, memoryStore, openMemoryBus } from '../../src/bus/memory-bus.test-tool.ts'
import { folderWith } from '../cli/tailrace.ts'
import { checkedText, runInProcess } from './in-process.ts'

const TEXT = (start: string) => `version: 1
name: p
topics:
  log: { partitions: 2, format: { json: { columns: { n: INT } } }, start: ${start} }
queries:
  kept: SELECT n FROM log
sinks:
  records: { from: log, ndjson: { path: records } }
  rows: { from: kept, ndjson: { path: rows } }
`

const record = (n: number) => ({ key: undefined, value: Buffer.from(`{"n":${n}}`), time: n * 1000 })

async function storeWith(...numbers: readonly number[]): Promise<MemoryStore> {
  const store = memoryStore()
  await using bus = openMemoryBus(store, { random: seededRandom(1) })
  await bus.topic('log', 2)
  for (const n of numbers) appendForeign(store, ['log', n % 2], [record(n)])
  return store
}

test.each([
  ['earliest', [1, 2, 3, 4, 5]],
  ['latest', []],
  ["'1970-01-01T00:00:03Z'", [3, 4, 5]],
])('start: %s', async (start, expected) => {
  const store = await storeWith(1, 2, 3, 4, 5)
  using folder = folderWith()
  const run = () =>
    runInProcess(checkedText(TEXT(start), folder.path), {
      dataFolder: folder.at('data'),
      openBus: async () => openMemoryBus(store, { random: seededRandom(2), turns: 40 }),
    })
  const numbersIn = (name: string) => {
    const lines = readFileSync(folder.at(name), 'utf8').split('\n').filter(Boolean)
    return lines.map((line) => (JSON.parse(line) as { n: number }).n).sort((a, b) => a - b)
  }
  await run()
  expect([numbersIn('records'), numbersIn('rows')]).toEqual([expected, expected])
  appendForeign(store, ['log', 0], [record(6)])
  await run()
  // A run ends only when the bus has the offsets, so that tools show no lag of a run that was complete.
  for (const group of ['p.sink.records', 'p.query.kept']) {
    expect(store.groups.get(group)?.get('log')).toEqual({ 0: 3, 1: 3 })
  }
  expect([numbersIn('records'), numbersIn('rows')]).toEqual([
    [...expected, 6],
    [...expected, 6],
  ])
})
