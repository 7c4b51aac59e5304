/** A shared bus deletes records by itself, also before this pipeline has read them: no gap is silent. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { describeFailure, type Failure } from '../../src/base/failure.ts'
import { seededRandom } from '../../src/base/random.ts'
import {
  appendForeign,
  deleteForeign,
  foreignOf,
  type MemoryStore,
  memoryStore,
  openMemoryBus,
} from '../../src/bus/memory-bus.test-tool.ts'
import { folderWith } from '../cli/tailrace.ts'
import { checkedText, runInProcess } from './in-process.ts'

const TEXT = (policy: string) => `version: 1
name: p
topics:
  log: { format: { json: { columns: { n: INT } } }, out_of_range: ${policy} }
queries:
  kept: SELECT n FROM log
sinks:
  records: { from: log, ndjson: { path: records } }
  rows: { from: kept, ndjson: { path: rows } }
`

const record = (n: number) => foreignOf(`{"n":${n}}`)

/** Two runs; between them records come, and the first of them are deleted. */
async function runs(policy: string) {
  const store: MemoryStore = memoryStore()
  using folder = folderWith()
  {
    await using bus = openMemoryBus(store, { random: seededRandom(1) })
    await bus.topic('log', 1)
  }
  const add = (...numbers: readonly number[]) => {
    for (const n of numbers) appendForeign(store, ['log', 0], record(n))
  }
  const warnings: string[] = []
  const run = () =>
    runInProcess(checkedText(TEXT(policy), folder.path), {
      dataFolder: folder.at('data'),
      openBus: async () => openMemoryBus(store, { random: seededRandom(2) }),
      warn: (message) => warnings.push(message),
    })
  const numbersIn = (name: string) =>
    readFileSync(folder.at(name), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { n: number }).n)
  add(0, 1, 2)
  await run()
  add(3, 4, 5, 6)
  deleteForeign(store, ['log', 0], 5)
  const summary = await run().catch((failure: Failure) => describeFailure(failure))
  return { summary, warnings, records: numbersIn('records'), rows: numbersIn('rows') }
}

// Promise dropped-counted: Records that are deleted unread are counted and reported.
test.each([
  ['earliest', [0, 1, 2, 5, 6], 2],
  ['latest', [0, 1, 2], 4],
])(
  'out_of_range: %s goes on, and both readers say what they passed over, which is counted once',
  async (policy, expected, dropped) => {
    const { summary, warnings, records, rows } = await runs(policy)
    expect([records, rows]).toEqual([expected, expected])
    expect(summary).toMatchObject({ dropped })
    const warning =
      'topic log, partition 0: offsets 3 to 4 were deleted before they were read; reading goes on at offset'
    expect(warnings).toEqual([expect.stringContaining(warning), expect.stringContaining(warning)])
  },
)

test('out_of_range: fail ends the run in words', async () => {
  const { summary, records } = await runs('fail')
  expect(summary).toContain('topic log, partition 0: offsets 3 to 4 were deleted before they were read')
  expect(summary).toContain('out_of_range: earliest')
  expect(records).toEqual([0, 1, 2])
})
