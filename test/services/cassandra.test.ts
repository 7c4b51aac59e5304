/** Cassandra starts, takes and gives rows, survives the death of a node, and leaves nothing behind. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Client, type ClientOptions, types } from 'cassandra-driver'
import { afterAll, expect, test } from 'vitest'
import { type Cassandra, installedCassandra, startCassandra } from '../../scripts/services/cassandra/cassandra.ts'
import { isMissing } from './missing.ts'
import { expectNothingLeft, expectNothingLeftSoon } from './remains.ts'

const missing = await isMissing('Cassandra', installedCassandra)
const testWithCassandra = test.skipIf(missing)
/** A ring takes three gigabytes: TAILRACE_RING=1, as in `make soak`. */
const testWithRing = test.skipIf(missing || process.env.TAILRACE_RING === undefined)

let shared: Promise<Cassandra> | undefined
const oneNode = (): Promise<Cassandra> => (shared ??= startCassandra())
afterAll(async () => await (await shared)?.stop())

const KEYSPACE = (name: string, replicas: number) =>
  `CREATE KEYSPACE ${name} WITH replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': ${replicas}}`

testWithCassandra('a node keeps its rows when it is killed and started again at the same port', async () => {
  const cassandra = await oneNode()
  {
    await using session = await cassandra.session()
    await session.cql(KEYSPACE('kept', 1))
    await session.cql('CREATE TABLE kept.rows (id int PRIMARY KEY, said text)')
    await session.cql('INSERT INTO kept.rows (id, said) VALUES (?, ?)', [1, 'before'])
  }
  const before = cassandra.pid(1)
  await cassandra.kill(1)
  await expect(cassandra.cql('SELECT id FROM kept.rows')).rejects.toThrow('All host(s) tried')
  await cassandra.restart(1)
  expect(cassandra.pid(1)).not.toBe(before)
  await cassandra.cql('INSERT INTO kept.rows (id, said) VALUES (?, ?)', [2, 'after'])
  const rows = await cassandra.cql('SELECT id, said FROM kept.rows')
  expect(rows.map(({ id, said }) => [id, said]).toSorted()).toEqual([
    [1, 'before'],
    [2, 'after'],
  ])
})

testWithCassandra('with security, a node wants a password, a certificate, and TLS', async () => {
  await using cassandra = await startCassandra({ security: true })
  const { contactPoints, datacenter, certificate, user } = cassandra
  const ca = readFileSync(certificate?.ca ?? '')
  const own = { cert: ca, key: readFileSync(certificate?.key ?? '') }
  const versions = async (options: Partial<ClientOptions>) => {
    const client = new Client({ contactPoints: [...contactPoints], localDataCenter: datacenter, ...options })
    try {
      return (await client.execute('SELECT release_version FROM system.local')).rowLength
    } finally {
      await client.shutdown()
    }
  }
  const trusted = { ca: [ca], rejectUnauthorized: true }
  expect(await versions({ credentials: user, sslOptions: { ...trusted, ...own } })).toBe(1)
  const wrong = { ...user, password: 'wrong' }
  await expect(versions({ credentials: wrong, sslOptions: { ...trusted, ...own } })).rejects.toThrow()
  await expect(versions({ sslOptions: { ...trusted, ...own } })).rejects.toThrow()
  await expect(versions({ credentials: user, sslOptions: trusted })).rejects.toThrow()
  await expect(versions({ credentials: user, sslOptions: { ...own, rejectUnauthorized: true } })).rejects.toThrow()
  await expect(versions({ credentials: user })).rejects.toThrow()
})

testWithCassandra('a node that cannot start is a failure that shows its log', async () => {
  const starting = startCassandra({ settings: { commitlog_sync: 'never' } })
  await expect(starting).rejects.toMatchObject({ name: 'Failure', message: expect.stringContaining('commitlog_sync') })
})

testWithCassandra.each(['SIGKILL', 'SIGINT'] as const)('after %s of the owner, nothing is left', async (signal) => {
  const owner = spawn(process.execPath, ['scripts/services/main.ts', 'cassandra', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface(owner.stdout), 'line')
  const { folder, pids } = JSON.parse(line)
  owner.kill(signal)
  await once(owner, 'exit')
  if (signal === 'SIGINT') expectNothingLeft(folder, pids)
  else await expectNothingLeftSoon(folder, pids)
})

testWithCassandra('the owner of a server that is killed says so, and ends', async () => {
  const owner = spawn(process.execPath, ['scripts/services/main.ts', 'cassandra', '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [line] = await once(createInterface(owner.stdout), 'line')
  const { folder, pids } = JSON.parse(line)
  process.kill(pids[0], 'SIGKILL')
  const [[said], [code]] = await Promise.all([once(createInterface(owner.stderr), 'line'), once(owner, 'exit')])
  expect(said).toBe(`cassandra: process ${pids[0]} has ended; nothing of it runs any more`)
  expect(code).toBe(1)
  await expectNothingLeftSoon(folder, pids)
})

testWithRing('of three nodes, two take rows while one is dead, and every row is there afterwards', async () => {
  const WRITERS = 16
  await using cassandra = await startCassandra({ nodes: 3 })
  const pids = [1, 2, 3].map((node) => cassandra.pid(node))
  await using session = await cassandra.session()
  await session.cql(KEYSPACE('ring', 3))
  await session.cql('CREATE TABLE ring.rows (id int PRIMARY KEY, said text)')
  let acknowledged = 0
  let isStopped = false
  const waits: { readonly count: number; readonly resolve: () => void }[] = []
  const write = async (from: number) => {
    let id = from
    for (; !isStopped; id += WRITERS) {
      const options = { prepare: true, isIdempotent: true, consistency: types.consistencies.quorum }
      await session.client.execute('INSERT INTO ring.rows (id, said) VALUES (?, ?)', [id, `row ${id}`], options)
      acknowledged++
      for (const { count, resolve } of waits) if (acknowledged >= count) resolve()
    }
    return (id - from) / WRITERS
  }
  const more = (count: number) =>
    new Promise<void>((resolve) => void waits.push({ count: acknowledged + count, resolve }))
  const written = Promise.all(Array.from({ length: WRITERS }, (_, from) => write(from)))
  for (const node of [3, 2]) {
    await more(500)
    await cassandra.kill(node)
    await more(500)
    await cassandra.restart(node)
    await cassandra.whole()
  }
  isStopped = true
  const counts = await written
  const options = { prepare: true, consistency: types.consistencies.quorum, fetchSize: 1000 }
  const found = new Set<number>()
  for await (const { id } of await session.client.execute('SELECT id FROM ring.rows', [], options)) found.add(id)
  const sent = counts.flatMap((count, from) => Array.from({ length: count }, (_, i) => from + i * WRITERS))
  expect(sent.filter((id) => !found.has(id))).toEqual([])
  pids.push(cassandra.pid(2), cassandra.pid(3))
  await cassandra.stop()
  expectNothingLeft(cassandra.folder, pids)
})
