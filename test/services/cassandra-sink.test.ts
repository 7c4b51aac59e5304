/** The sink `cassandra` on a real Cassandra: nothing is lost and nothing is there twice, whatever breaks. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Cassandra, installedCassandra, startCassandra } from '../../scripts/services/cassandra/cassandra.ts'
import type { CqlSession } from '../../scripts/services/cassandra/session.ts'
import { seededRandom } from '../../src/base/random.ts'
import { cassandra as type } from '../../src/sink/cassandra/cassandra.ts'
import type { Sink, SinkContext, SinkType } from '../../src/sink/sink.ts'
import { PROGRAM } from '../cli/tailrace.ts'
import { makeFolder } from '../contract/folder.ts'
import { deliveryOf } from '../contract/made-deliveries.ts'
import { deliveredSinkContract, openSinkAt, type SinkTarget, sinkContract } from '../contract/sink.ts'
import { isMissing } from './missing.ts'
import { numbers, sorted, troubledSinkContract, writeLines } from './sink-trouble.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

const LIMIT_MS = 300_000
const RUNS = 4
const lacking = await isMissing('Cassandra', installedCassandra)

/** Rows that are alone in their partitions; rows that share one. */
const BY_ID = { key: ['id'], columns: { id: { row_key: 'uuid' }, text: 'text' } }
const BY_SIZE = {
  key: { partition: ['size'], clustering: { name: 'desc' } },
  columns: { size: 'size', name: { row_key: 'json' }, text: 'text' },
}

/** Rows whose key is their text. */
const CHANGING = { rowKey: [1, 2], rowKeyParts: [[1], [2]], changing: true }

describe.skipIf(lacking)('a real Cassandra', { timeout: LIMIT_MS }, () => {
  let server: Cassandra
  let proxy: TcpProxy
  let session: CqlSession
  beforeAll(async () => {
    server = await startCassandra()
    proxy = await startTcpProxy('127.0.0.1', server.port)
    session = await server.session()
  }, LIMIT_MS)
  afterAll(async () => {
    await session?.[Symbol.asyncDispose]()
    await proxy?.[Symbol.asyncDispose]()
    await server?.stop()
  }, LIMIT_MS)

  const textsIn = async (table: string): Promise<readonly string[]> =>
    (await session.cql(`SELECT text FROM sinks.${table}`)).map(({ text }) => text)

  let tables = 0
  const opened = new Map<string, Sink[]>()
  /** A table of its own, through the proxy. */
  async function target(options: object): Promise<SinkTarget & { readonly table: string }> {
    const table = `t${++tables}`
    return {
      table,
      options: { contact_points: `127.0.0.1:${proxy.port}`, keyspace: 'sinks', table, ...options },
      folder: await makeFolder(),
      // What a dead sink had under way may still be written: it is what the next one writes again.
      begin() {
        for (const sink of opened.get(table)?.splice(0) ?? []) sink[Symbol.asyncDispose]().catch(() => undefined)
      },
      stored: () => textsIn(table),
    }
  }
  /** The clocks of the contract do not wait, and a driver comes back after a second. */
  const patient: SinkType = {
    ...type,
    async open(options, context: SinkContext) {
      const { table } = options as { table: string }
      const pausing = async <Done>(work: () => Promise<Done>): Promise<Done> => {
        try {
          return await work()
        } catch (error) {
          await sleep(50)
          throw error
        }
      }
      const sink = await pausing(() => type.open(options, context))
      opened.set(table, [...(opened.get(table) ?? []), sink])
      return { ...sink, write: (delivery, giveUp) => pausing(() => sink.write(delivery, giveUp)) }
    },
  }

  describe('rows alone in their partitions', () => {
    sinkContract(patient, 'rows', () => target(BY_ID), RUNS)
    deliveredSinkContract(patient, () => target(BY_ID), RUNS)
  })
  describe('rows that share partitions', () => {
    sinkContract(patient, 'rows', () => target(BY_SIZE), RUNS)
    deliveredSinkContract(patient, () => target(BY_SIZE), RUNS)
  })

  troubledSinkContract(patient, (seed) => target(seed % 2 === 0 ? BY_ID : BY_SIZE), {
    proxy: () => proxy,
    runs: RUNS,
    share: 0.03,
  })

  // Holds changes.
  test.each([BY_ID, { key: { partition: ['size'], clustering: { name: 'asc' } }, columns: BY_SIZE.columns }])(
    'rows that change replace each other, and deleted ones go: %o',
    async (options) => {
      const place = await target(options)
      const changing = {
        ...type,
        open: (own: unknown, context: SinkContext) => type.open(own, { ...context, ...CHANGING }),
      }
      await using sink = await openSinkAt(changing, place)
      const change = async (texts: readonly string[], deleted: readonly number[] = []) => {
        const delivery = deliveryOf(
          0,
          0,
          texts.map((text, i) => ({ text, time: i })),
        )
        delivery.rows.deleted = Uint8Array.from(texts, (_, i) => Number(deleted.includes(i)))
        expect(await sink.write(delivery)).toBeUndefined()
      }
      await change(['a', 'b', 'c', 'd'])
      await change(['a', 'b', 'b', 'c'], [0, 1, 3])
      expect((await textsIn(place.table)).toSorted()).toEqual(['b', 'd'])
      await change(['b', 'a', 'd'], [0, 2])
      expect(await textsIn(place.table)).toEqual(['a'])
    },
  )

  for (const how of ['kill', 'pause'] as const) {
    const what = how === 'kill' ? 'is killed, and comes back' : 'is slow: it says nothing for seconds'
    test(`the server ${what}`, async () => {
      const place = await target({ ...BY_ID, timeout: '1s' })
      await using sink = await openSinkAt(type, place)
      await writeLines(sink, 0, 2000)
      if (how === 'kill') await server.kill(1)
      else server.pause(1)
      const writing = writeLines(sink, 2000, 4000)
      await sleep(3000)
      if (how === 'kill') await server.restart(1)
      else server.resume(1)
      expect(await writing).toBeGreaterThan(0)
      await vi.waitFor(async () => expect(sorted(await textsIn(place.table))).toEqual(numbers(4000)), 30_000)
    })
  }

  /** A folder with lines and a pipeline that keeps them in a table, and in a file. */
  async function pipeline(name: string, lines: number): Promise<string> {
    const folder = await makeFolder()
    const text = numbers(lines).map((line) => `${line}\n`)
    await writeFile(join(folder, 'in.log'), text.join(''))
    await writeFile(
      join(folder, 'p.yaml'),
      `version: 1
name: ${name}
checkpoint: { interval: 200ms }
sources: { lines: { file: in.log, to: all } }
topics: { all: { partitions: 2, format: lines } }
sinks:
  file: { from: all, csv: out.csv }
  table:
    from: all
    cassandra:
      contact_points: "127.0.0.1:${server.port}"
      keyspace: sinks
      table: ${name}
      columns: { id: { row_key: uuid }, text: { record: value } }
`,
    )
    return folder
  }
  const run = (folder: string, ...options: string[]): ChildProcess =>
    spawn(process.execPath, [PROGRAM, 'run', 'p.yaml', ...options], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })

  // Promise cassandra-once: `cassandra` has each row once, whatever ends tailrace or the server.
  test('a pipeline that is killed again and again leaves each line once', async () => {
    const lines = 60_000
    const folder = await pipeline('killed', lines)
    const random = seededRandom(20)
    let kills = 0
    for (let round = 0; round < 8; round++) {
      const child = run(folder, '--until-end')
      const exited = once(child, 'exit')
      const hasEnded = await Promise.race([exited.then(() => true), sleep(1500 + random.below(1500)).then(() => false)])
      if (hasEnded) break
      child.kill('SIGKILL')
      await exited
      kills++
    }
    expect(kills).toBeGreaterThan(1)
    const [code] = await once(run(folder, '--until-end'), 'exit')
    expect(code).toBe(0)
    const rows = await allOf('killed')
    expect(sorted(rows)).toEqual(numbers(lines))
  })

  const allOf = async (table: string): Promise<readonly string[]> => {
    const found: string[] = []
    for await (const { text } of await session.client.execute(`SELECT text FROM sinks.${table}`)) found.push(text)
    return found
  }

  test('a cluster that is not there at the start is said once, holds up nobody else, and gets its rows later', async () => {
    const folder = await pipeline('later', 1000)
    await server.kill(1)
    const child = run(folder)
    let said = ''
    child.stderr?.on('data', (chunk) => {
      said += chunk
    })
    try {
      const csvLines = async () => (await readFile(join(folder, 'out.csv'), 'utf8').catch(() => '')).split('\n').length
      await vi.waitFor(async () => expect(await csvLines()).toBe(1002), { timeout: 60_000, interval: 100 })
      expect(said).toMatch(/sink table: cannot reach Cassandra: no node listens \(127\.0\.0\.1:\d+\)/)
      await server.restart(1)
      await vi.waitFor(async () => expect(sorted(await allOf('later'))).toEqual(numbers(1000)), {
        timeout: 120_000,
        interval: 500,
      })
      expect(said.match(/cannot reach Cassandra/g)).toHaveLength(1)
      expect(said).toContain('sink table: it goes on')
    } finally {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
  })

  test('a run whose cluster was away and came back ends when it is stopped', async () => {
    const folder = await pipeline('back', 10)
    const child = run(folder)
    try {
      await vi.waitFor(async () => expect(await allOf('back')).toHaveLength(10), { timeout: 60_000, interval: 200 })
      await server.kill(1)
      await appendFile(join(folder, 'in.log'), 'new\n')
      await server.restart(1)
      await vi.waitFor(async () => expect(await allOf('back')).toHaveLength(11), { timeout: 120_000, interval: 500 })
    } finally {
      child.kill('SIGTERM')
    }
    const [code] = await once(child, 'exit')
    expect(code).toBe(0)
  })

  // Promise: A table of Cassandra that was removed while its sink had written to it is made anew with a warning: its rows are gone.
  test('a table that is dropped while it is written, or between two runs, is made anew, and a warning says what it lacks', async () => {
    const folder = await pipeline('dropped', 100)
    const runUntil = async (rows: number, during: () => Promise<unknown> = async () => {}): Promise<string> => {
      const child = run(folder)
      let said = ''
      child.stderr?.on('data', (chunk) => {
        said += chunk
      })
      try {
        await vi.waitFor(async () => expect(await allOf('dropped')).toHaveLength(rows), {
          timeout: 120_000,
          interval: 200,
        })
        await during()
      } finally {
        child.kill('SIGTERM')
        await once(child, 'exit')
      }
      return said
    }
    const gone = 'sinks.dropped was gone, and is made anew: it has none of the rows that were delivered before'
    const first = await runUntil(100, async () => {
      await session.cql('DROP TABLE sinks.dropped')
      await appendFile(join(folder, 'in.log'), 'a\nb\n')
      await vi.waitFor(async () => expect(sorted(await allOf('dropped'))).toEqual(['a', 'b']), {
        timeout: 120_000,
        interval: 200,
      })
    })
    expect(first.split(gone)).toHaveLength(2)
    await session.cql('DROP TABLE sinks.dropped')
    await appendFile(join(folder, 'in.log'), 'c\n')
    expect((await runUntil(1)).split(gone)).toHaveLength(2)
    expect(await runUntil(1)).not.toContain('was gone')
  })

  test('a column that the pipeline file gets while it runs is added to the table', async () => {
    const folder = await pipeline('grown', 100)
    const child = run(folder)
    try {
      await vi.waitFor(async () => expect(await allOf('grown')).toHaveLength(100), { timeout: 60_000, interval: 200 })
      const file = join(folder, 'p.yaml')
      const text = await readFile(file, 'utf8')
      await writeFile(file, text.replace('text: {', "place: BIGINT METADATA FROM 'offset', text: {"))
      child.kill('SIGHUP')
      const isThere = () =>
        session.cql('SELECT place FROM sinks.grown').then(
          (rows) => rows.length === 100,
          () => false,
        )
      await expect.poll(isThere, { timeout: 60_000 }).toBe(true)
      await appendFile(join(folder, 'in.log'), 'new\n')
      const places = async () =>
        (await session.cql('SELECT text, place FROM sinks.grown')).filter(({ place }) => place !== null)
      await expect.poll(places, { timeout: 60_000 }).toMatchObject([{ text: 'new' }])
      expect(String((await places())[0]?.place)).toBe('50')
    } finally {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
  })
})
