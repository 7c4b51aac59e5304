/** The sink `hdfs` on a real HDFS: nothing is lost and nothing is there twice, whatever breaks. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Hdfs, startHdfs } from '../../scripts/services/hdfs/hdfs.ts'
import { installedJars } from '../../scripts/services/jars.ts'
import { seededRandom } from '../../src/base/random.ts'
import type { WebHdfs } from '../../src/client/webhdfs/webhdfs.ts'
import { hdfs as type } from '../../src/sink/hdfs/hdfs.ts'
import { keptLines, storedLines } from '../../src/sink/hdfs/kept.test-tool.ts'
import { PROGRAM } from '../cli/tailrace.ts'
import { makeFolder } from '../contract/folder.ts'
import { deliveryOf } from '../contract/made-deliveries.ts'
import { deliveredSinkContract, openSinkAt, type SinkTarget, sinkContract } from '../contract/sink.ts'
import { clientOf, filesIn } from './hdfs-files.ts'
import { type HdfsProxy, startHdfsProxy } from './hdfs-proxy.ts'
import { isMissing } from './missing.ts'

const LIMIT_MS = 300_000
const RUNS = 4
const lacking = await isMissing('HDFS', () => installedJars('hdfs'))

describe.skipIf(lacking)('a real HDFS', { timeout: LIMIT_MS }, () => {
  let server: Hdfs
  let proxy: HdfsProxy
  let client: WebHdfs
  beforeAll(async () => {
    server = await startHdfs()
    proxy = await startHdfsProxy(server.webhdfs)
    client = clientOf(server.webhdfs)
  }, LIMIT_MS)
  afterAll(async () => {
    client?.close()
    await proxy?.[Symbol.asyncDispose]()
    await server?.stop()
  }, LIMIT_MS)

  let folders = 0
  /** A folder of its own in HDFS, through the proxy. */
  async function target(options: object = {}): Promise<SinkTarget & { readonly path: string }> {
    const folder = await makeFolder()
    const path = `/t${++folders}`
    let life = 0
    return {
      path,
      get options() {
        return { url: proxy.url, path: `${path}/%y-%m-%d`, user: `t${folders}-${life}`, ...options }
      },
      folder,
      begin() {
        proxy.dead.add(`t${folders}-${life++}`)
      },
      stored: async () => storedLines(await filesIn(client, path)),
      kept: () => keptLines(join(folder, '.scratch'), () => filesIn(client, path)),
    }
  }

  describe('plain', () => sinkContract(type, 'records', () => target({ roll_count: 3 }), RUNS))
  describe('packed, and delivered', () =>
    deliveredSinkContract(type, () => target({ compression: 'gzip', max_open: 1, roll_count: 4 }), RUNS))

  let seed = 0
  describe('answers are lost and connections break, by seeds 1, 2, 3 …', () => {
    deliveredSinkContract(
      type,
      () => {
        const random = seededRandom(++seed)
        proxy.trouble = (op) =>
          random.next() < 0.2 ? (random.next() < 0.5 && op === 'CREATE' ? 'half' : 'lose') : undefined
        return target({ max_open: 1, roll_count: 4 })
      },
      RUNS,
    )
    test('there was trouble', () => {
      expect(proxy.troubles).toBeGreaterThan(0)
      proxy.trouble = () => undefined
    })
  })

  /** Writes lines `from`..`to` as a delivery loop does: until the sink takes them. */
  async function writeLines(sink: Awaited<ReturnType<typeof openSinkAt>>, from: number, to: number): Promise<number> {
    let failures = 0
    for (let line = from; line < to; line += 100) {
      const records = Array.from({ length: 100 }, (_, i) => ({ text: `${line + i}`, time: 0 }))
      const write = () => sink.write(deliveryOf(0, line, records)).catch(() => 'failed')
      for (; (await write()) === 'failed'; failures++) await sleep(100)
    }
    return failures
  }
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => `${i}`)

  for (const how of ['kill', 'pause'] as const) {
    const what = how === 'kill' ? 'is killed, and comes back' : 'is slow: it says nothing for seconds'
    test(`a DataNode ${what}`, async () => {
      const place = await target({ roll_count: 100, timeout: '1s' })
      const sink = await openSinkAt(type, place)
      await writeLines(sink, 0, 2000)
      if (how === 'kill') await server.kill('datanode')
      else server.pause('datanode')
      const writing = writeLines(sink, 2000, 4000)
      await sleep(3000)
      if (how === 'kill') await server.restart('datanode')
      else server.resume('datanode')
      expect(await writing).toBeGreaterThan(0)
      while (
        await sink.finish?.().then(
          () => false,
          () => true,
        )
      ) {
        await sleep(100)
      }
      await sink[Symbol.asyncDispose]()
      expect(storedLines(await filesIn(client, place.path))).toEqual(numbers(4000))
    })
  }

  // Holds files-once.
  test('a pipeline that is killed again and again leaves each line once, in order', async () => {
    const lines = 60_000
    const folder = await makeFolder()
    await writeFile(
      join(folder, 'in.log'),
      numbers(lines)
        .map((line) => `${line}\n`)
        .join(''),
    )
    await writeFile(
      join(folder, 'p.yaml'),
      `version: 1
name: killed
checkpoint: { interval: 200ms }
sources: { lines: { file: in.log, to: all } }
topics: { all: { partitions: 2, format: lines } }
sinks:
  archive: { from: all, hdfs: { url: "${server.webhdfs}", path: /killed, roll_count: 1000, compression: zstd } }
`,
    )
    const random = seededRandom(20)
    const run = () =>
      spawn(process.execPath, [PROGRAM, 'run', 'p.yaml', '--until-end'], { cwd: folder, stdio: 'ignore' })
    let kills = 0
    for (let goal = 3; goal <= 48; goal += 3 + random.below(8)) {
      const child = run()
      if (await diesWith(child, goal)) break
      kills++
    }
    expect(kills).toBeGreaterThan(3)
    const [code] = await once(run(), 'exit')
    expect(code).toBe(0)
    const found = await filesIn(client, '/killed')
    const of = (partition: number) => storedLines(found.filter(({ path }) => path.includes(`-p${partition}-`)))
    expect(of(0)).toEqual(numbers(lines).filter((line) => Number(line) % 2 === 0))
    expect(of(1)).toEqual(numbers(lines).filter((line) => Number(line) % 2 === 1))
    expect(found.filter(({ path }) => path.endsWith('.tmp'))).toEqual([])
  })

  /** Kills a run once HDFS has this many files; true: it has ended before. */
  async function diesWith(child: ChildProcess, files: number): Promise<boolean> {
    const exited = once(child, 'exit')
    while (child.exitCode === null && ((await client.list('/killed')) ?? []).length < files) await sleep(5)
    const hasEnded = child.exitCode !== null
    child.kill('SIGKILL')
    await exited
    return hasEnded
  }
})
