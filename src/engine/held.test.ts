/** The memory that a query says it holds is the memory that the process uses for it. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seededRandom } from '../base/random.ts'
import { refuseBeyond } from './held.ts'
import { batchOf, CATALOG, planOf, type Row, SESSION } from './naive.test-tool.ts'
import { openGraph } from './open-graph.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const MINUTES = "TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '60' SECOND))"
const HOPS = "TABLE(HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '30' SECOND, INTERVAL '2' MINUTE))"
const W = 'window_start, window_end'
const STATEMENTS = [
  `SELECT ${W}, k, COUNT(*) AS n FROM ${MINUTES} GROUP BY ${W}, k`,
  `SELECT ${W}, k, j, SUM(v) AS s, AVG(d) AS a, MAX(ts) AS m FROM ${MINUTES} GROUP BY ${W}, k, j`,
  `SELECT ${W}, k, COUNT(*) AS n, SUM(d) AS s FROM ${HOPS} GROUP BY ${W}, k`,
  `SELECT ${W}, j, COUNT(DISTINCT k) AS n FROM ${MINUTES} GROUP BY ${W}, j`,
  `SELECT ${W}, k, MIN(k) AS n FROM ${MINUTES} GROUP BY ${W}, k`,
  `SELECT * FROM (SELECT ${W}, k, v, ROW_NUMBER() OVER (PARTITION BY ${W}, k ORDER BY v) AS rn FROM ${MINUTES}) WHERE rn <= 2`,
]

/** Queries that keep strings or lists outside of typed arrays. */
const ON_HEAP = /MIN\(k\)|ROW_NUMBER/

type Load = {
  readonly sql: string
  readonly rows: number
  readonly keys: number
  readonly keyLength: number
  readonly minutes: number
  readonly partitions: number
  readonly seed: number
}

const load = fc.record<Load>({
  sql: fc.constantFrom(...STATEMENTS),
  rows: fc.integer({ min: 15_000, max: 30_000 }),
  keys: fc.constantFrom(20_000, 1_000_000),
  keyLength: fc.integer({ min: 1, max: 60 }),
  minutes: fc.integer({ min: 1, max: 40 }),
  partitions: fc.integer({ min: 1, max: 3 }),
  seed: fc.nat(),
})

function fill({ sql, rows, keys, keyLength, minutes, partitions, seed }: Load) {
  const graph = openGraph(planOf(sql, 'streaming'), CATALOG, {
    session: SESSION,
    // One partition gets no rows, so that no window closes.
    partitions: () => partitions + 1,
    output: { emit() {}, reject() {} },
  })
  const random = seededRandom(seed)
  const row = (at: number, partition: number): Row => ({
    k: String(random.below(keys)).padStart(keyLength, 'k'),
    j: random.below(100),
    v: random.below(1000),
    w: null,
    d: random.below(1000) / 8,
    ts: Math.floor((at / rows) * minutes * 60_000),
    partition,
  })
  const { columns } = graph.scans[0] ?? { columns: [] }
  for (let at = 0; at < rows; at += 1000) {
    const partition = (at / 1000) % partitions
    const batch = batchOf(
      Array.from({ length: 1000 }, (_, i) => row(at + i, partition)),
      columns,
      partition,
    )
    graph.push(0, batch)
  }
  return graph
}

type Memory = { readonly buffer: ArrayBuffer }
declare const WebAssembly: { Memory: new (size: object) => Memory }

/** The memories of kernels, which Node does not count: they are large, and take what is written to. */
const memories: WeakRef<Memory>[] = []
WebAssembly.Memory = new Proxy(WebAssembly.Memory, {
  construct(target, given: [object]) {
    const memory = new target(...given)
    memories.push(new WeakRef(memory))
    return memory
  },
})

const PAGE_BYTES = 4096

/** The pages of a memory that have been written to, in bytes. */
function written({ buffer }: Memory): number {
  const words = new Float64Array(buffer)
  const step = PAGE_BYTES / Float64Array.BYTES_PER_ELEMENT
  let pages = 0
  for (let at = 0; at < words.length; at += step) {
    if (words.subarray(at, at + step).some((word) => !Object.is(word, 0))) pages++
  }
  return pages * PAGE_BYTES
}

/** Memory in use after garbage collection. Another thread frees typed arrays, a little later. */
async function taken() {
  for (let turn = 0; turn < 2; turn++) {
    collectGarbage()
    await new Promise((done) => setTimeout(done, 5))
  }
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  const kernels = memories
    .map((memory) => memory.deref())
    .reduce((all, memory) => all + (memory ? written(memory) : 0), 0)
  return { arrays: arrayBuffers + kernels, heapUsed }
}

// Promise state-counted: The memory that open windows hold is counted to within a quarter of what the process takes.
test('the bytes held are within a quarter of those that the process uses, on the heap within two fifths', async () => {
  for (const sql of STATEMENTS) fill({ sql, rows: 5000, keys: 10, keyLength: 9, minutes: 2, partitions: 1, seed: 1 })
  await fc.assert(
    fc.asyncProperty(load, async (asked) => {
      const before = await taken()
      const graph = fill(asked)
      const after = await taken()
      // With all state in typed arrays, only compiled code makes the heap grow.
      const isOnHeap = ON_HEAP.test(asked.sql)
      const heap = isOnHeap ? after.heapUsed - before.heapUsed : 0
      const share = graph.held.bytes() / (after.arrays - before.arrays + heap)
      // The size of an object on the heap is an estimate.
      const off = isOnHeap ? 0.4 : 0.25
      expect(share).toBeGreaterThan(1 - off)
      expect(share).toBeLessThan(1 + off)
    }),
    // Shrinking would measure again and again, and a smaller query says no more.
    { numRuns: 8, endOnFailure: true },
  )
}, 60_000)

test('rows that were emitted are no longer held', () => {
  const asked = { rows: 40_000, keys: 1_000_000, keyLength: 40, minutes: 4, partitions: 1, seed: 7 }
  for (const sql of STATEMENTS) {
    const graph = fill({ ...asked, sql })
    const { windows } = graph.held.open()
    expect(windows).toBeGreaterThanOrEqual(3)
    const before = graph.held.bytes()
    graph.end()
    expect(graph.held.open()).toEqual({ windows: 0, groups: 0 })
    expect(graph.held.bytes()).toBeLessThan(Math.max(2 ** 20, before / 2))
  }
})

test('beyond the limit, the message has bytes, groups and windows', () => {
  const graph = fill({
    sql: STATEMENTS[0] ?? '',
    rows: 4000,
    keys: 1e6,
    keyLength: 8,
    minutes: 3,
    partitions: 1,
    seed: 1,
  })
  const { groups } = graph.held.open()
  const refuse = (limit: number) => () => refuseBeyond(limit, graph.held, { what: 'query "q"', hint: 'Do this.' })
  expect(refuse(graph.held.bytes())).not.toThrow()
  expect(refuse(2 ** 16)).toThrow(
    expect.objectContaining({
      code: 'limit',
      message: expect.stringMatching(
        new RegExp(
          `^query "q" holds [\\d.]+ KiB for ${groups.toLocaleString('en')} groups in 3 open windows, more than its limit of 64 KiB$`,
        ),
      ),
      hint: 'Do this.',
    }),
  )
})
