/** The sink `elasticsearch` on a real OpenSearch: each row is a document, once, whatever breaks. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installedOpensearch, type Opensearch, startOpensearch } from '../../scripts/services/opensearch/opensearch.ts'
import { seededRandom } from '../../src/base/random.ts'
import { elasticsearch as type } from '../../src/sink/http/presets.ts'
import { PROGRAM } from '../cli/tailrace.ts'
import { makeFolder } from '../contract/folder.ts'
import { deliveryOf } from '../contract/made-deliveries.ts'
import { openSinkAt, type SinkTarget, sinkContract } from '../contract/sink.ts'
import { isMissing } from './missing.ts'
import { troubledSinkContract } from './sink-trouble.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

const LIMIT_MS = 300_000
const RUNS = 8
const lacking = await isMissing('OpenSearch', installedOpensearch)

describe.skipIf(lacking)('a real OpenSearch', { timeout: LIMIT_MS }, () => {
  let server: Opensearch
  let proxy: TcpProxy
  beforeAll(async () => {
    server = await startOpensearch()
    proxy = await startTcpProxy('127.0.0.1', server.port)
    // An index for each run of the contract: let them be small.
    await server.ask('PUT', '/_cluster/settings', { persistent: { 'cluster.max_shards_per_node': 10_000 } })
    const settings = { number_of_shards: 1, number_of_replicas: 0 }
    await server.ask('PUT', '/_index_template/small', { index_patterns: ['*'], template: { settings } })
  }, LIMIT_MS)
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]()
    await server?.stop()
  }, LIMIT_MS)

  let places = 0
  /** An index of its own, through the proxy. */
  async function target(options: object = {}): Promise<SinkTarget & { readonly index: string }> {
    const index = `i${++places}`
    await server.ask('PUT', `/${index}`)
    return {
      index,
      options: { url: `http://127.0.0.1:${proxy.port}`, index, ...options },
      folder: await makeFolder(),
      stored: async () => (await server.documents(index)).map(({ text }) => String(text)),
    }
  }

  sinkContract(type, 'rows', target, RUNS)

  troubledSinkContract(type, (seed) => target({ action: seed % 2 === 0 ? 'index' : 'create' }), {
    proxy: () => proxy,
    runs: RUNS,
  })

  test('a row that does not fit the mapping is refused with the reason of the server, the others are there', async () => {
    const place = await target()
    const properties = { text: { type: 'keyword', ignore_above: 100 }, size: { type: 'byte' } }
    await server.ask('PUT', `/${place.index}/_mapping`, {
      dynamic: 'strict',
      properties: { ...properties, ts: { type: 'date' } },
    })
    await using sink = await openSinkAt(type, place)
    const records = ['a', 'x'.repeat(200), 'c'].map((text) => ({ text, time: 0 }))
    expect(await sink.write(deliveryOf(0, 0, records))).toEqual({
      kind: 'rows',
      rows: [{ row: 1, reason: expect.stringMatching(/answers 400 for a row: mapper_parsing_exception: .*size/) }],
    })
    expect([...(await place.stored())].sort()).toEqual(['a', 'c'])
  })

  test('an index that is read-only holds the rows until it is writable again', async () => {
    const place = await target()
    await using sink = await openSinkAt(type, place)
    const delivery = deliveryOf(0, 0, [{ text: 'a', time: 0 }])
    await server.ask('PUT', `/${place.index}/_settings`, { 'index.blocks.write': true })
    await expect(sink.write(delivery)).rejects.toMatchObject({
      name: 'Failure',
      message: expect.stringContaining('403'),
    })
    await server.ask('PUT', `/${place.index}/_settings`, { 'index.blocks.write': false })
    expect(await sink.write(delivery)).toBeUndefined()
    expect(await place.stored()).toEqual(['a'])
  })

  test('check --connect says which store it is', async () => {
    const options = { url: server.url, index: 'i' }
    const look = await type.connect?.(type.options.parse(options), { folder: await makeFolder() } as never)
    expect(look).toEqual({ found: `OpenSearch 2.19.6 at ${server.url}`, failures: [], warnings: [] })
  })

  test('the server is killed and comes back, and tailrace is killed again and again: each line is one document', async () => {
    const lines = 8000
    const folder = await makeFolder()
    const numbers = Array.from({ length: lines }, (_, n) => n)
    const text = numbers.map((n) => JSON.stringify({ ts: '2026-03-01T12:00:00Z', n }))
    await writeFile(join(folder, 'in.log'), `${text.join('\n')}\n`)
    await writeFile(
      join(folder, 'p.yaml'),
      `version: 1
name: killed
checkpoint: { interval: 200ms }
sources: { lines: { file: in.log, to: all } }
topics: { all: { partitions: 2, watermark: ts, format: { json: { columns: { ts: TIMESTAMP_LTZ(3), n: INT } } } } }
sinks: { search: { from: all, batch: { rows: 50 }, elasticsearch: { url: "${server.url}", index: killed, timeout: 5s } } }
`,
    )
    const random = seededRandom(21)
    const run = () =>
      spawn(process.execPath, [PROGRAM, 'run', 'p.yaml', '--until-end'], { cwd: folder, stdio: 'ignore' })
    for (let round = 0; round < 4; round++) {
      const child = run()
      const exited = once(child, 'exit')
      await Promise.race([exited, sleep(1500 + random.below(1500))])
      if (round === 1) await server.kill()
      child.kill('SIGKILL')
      await exited
      if (round === 2) await server.restart()
    }
    const [code] = await once(run(), 'exit')
    expect(code).toBe(0)
    const found = await server.documents('killed')
    expect(found.map(({ n }) => Number(n)).sort((a, b) => a - b)).toEqual(numbers)
  })
})
