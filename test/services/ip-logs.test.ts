/**
 * The pipeline of examples/ip-logs, by the real command line, on Kafka and Cassandra and on one machine alone: the same rows, which are
 * those that were reckoned from the same records.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cassandra, installedCassandra, startCassandra } from '../../scripts/services/cassandra/cassandra.ts'
import type { CqlSession } from '../../scripts/services/cassandra/session.ts'
import { gitlabProject, installedGitlabCiLocal } from '../../scripts/services/gitlab-ci-local.ts'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { temporaryFolder } from '../../src/data/data-folder.test-tool.ts'
import { type Folder, jsonOf } from '../cli/tailrace.ts'
import {
  deliverRest,
  EXAMPLE,
  exampleFolder,
  inOrder,
  plain,
  type Row,
  reckoned,
  rowsIn,
  type Summary,
} from './ip-logs-example.ts'
import { isMissing } from './missing.ts'

const LIMIT_MS = 240_000
const POLL_MS = 200
const COUNT = 40_000
const MADE = ['--with', 'made.yaml', '--with', 'own.yaml']
const CLUSTER = ['--with', 'cluster.yaml', '--data', '.tailrace/cluster', '--set', 'replication=1']
const TABLES = ['access_logs', 'statistics', 'traffic', 'alerts']

const isSkipped = await isMissing('Kafka or Cassandra', async () => {
  await installedJars('kafka')
  await installedCassandra()
})
const noGitlab = await isMissing('gitlab-ci-local', installedGitlabCiLocal)

describe.skipIf(isSkipped)('the pipeline of a firewall', { timeout: LIMIT_MS }, () => {
  let kafka: Kafka
  let cassandra: Cassandra
  let cluster: Folder
  let alone: Folder
  const expected = reckoned(COUNT)

  const tableOf = async (table: string, keyspace = 'ip_logs'): Promise<readonly Row[]> =>
    await usingSession(async ({ client }) => {
      const rows: Row[] = []
      // Page by page.
      for await (const row of await client.execute(`SELECT * FROM ${keyspace}.${table}`)) rows.push(plain({ ...row }))
      return rows
    })
  const usingSession = async <Result>(ask: (session: CqlSession) => Promise<Result>): Promise<Result> => {
    await using session = await cassandra.session()
    return await ask(session)
  }
  const servers = () => ({ KAFKA: kafka.bootstrap, CASSANDRA: cassandra.contactPoints.join() })

  beforeAll(async () => {
    ;[kafka, cassandra] = await Promise.all([startKafka(), startCassandra()])
    cluster = exampleFolder(COUNT, servers())
    alone = exampleFolder(COUNT)
  }, LIMIT_MS)
  afterAll(async () => {
    await Promise.all([kafka?.stop(), cassandra?.stop()])
    for (const folder of [cluster, alone]) folder?.[Symbol.dispose]()
  })

  test('on Kafka and Cassandra and on one machine it gives the rows that were reckoned, with the same ids', async () => {
    for (const [folder, setup] of [[cluster, CLUSTER] as const, [alone, ['--data', '.tailrace/made']] as const]) {
      const run = await folder.tailrace('run', 'pipeline.yaml', ...setup, ...MADE, '--until-end', '--json')
      expect(run.code, run.stderr).toBe(0)
      const { lines, dead, rules, late } = JSON.parse(run.stdout) as Summary
      expect(lines).toBe(COUNT)
      expect({ dead, rules, late }).toMatchObject({ dead: expected.dead, rules: expected.rules, late: expected.late })
    }
    for (const table of TABLES) {
      const [stored, own] = [await tableOf(table), rowsIn(alone, table)]
      expect(inOrder(stored), table).toEqual(expected.tables[table])
      expect(withIds(stored), table).toEqual(withIds(own))
    }
  })

  test('each bad record is a dead letter with its reason, the same in both setups', async () => {
    const letters = async (folder: Folder, ...setup: readonly string[]) => {
      const { code, stdout, stderr } = await folder.tailrace(
        ...['dead', 'ip_logs', 'pipeline.yaml', ...setup, ...MADE, '--json'],
      )
      expect(code, stderr).toBe(0)
      return jsonOf<{ kind: string; reason: string; count: number }>(stdout.trimEnd().split('\n')).map(
        ({ kind, reason, count }) => `${kind} ${reason} ${count}`,
      )
    }
    const found = await letters(cluster, ...CLUSTER)
    expect(found.toSorted()).toEqual((await letters(alone, '--data', '.tailrace/made')).toSorted())
    const [rules] = [Object.entries(expected.rules)]
    for (const [rule, count] of rules) expect(found).toContain(`rule rule "${rule}" is FALSE ${count}`)
  })

  test('the logs of a source lie together, the newest first', async () => {
    const [{ columns } = {}] = [await described()]
    expect(columns).toEqual({ source_ip: 'none', timestamp: 'desc', id: 'asc' })
    const busy = expected.tables.traffic?.toSorted((a, b) => Number(b.records) - Number(a.records))[0]?.source_ip
    const rows = await cassandra.cql('SELECT timestamp FROM ip_logs.access_logs WHERE source_ip = ?', [busy])
    const times = rows.map(({ timestamp }) => Number(timestamp))
    expect(times.length).toBeGreaterThan(100)
    expect(times).toEqual(times.toSorted((a, b) => b - a))
  })

  const described = async () => {
    const rows = await cassandra.cql(
      "SELECT column_name, clustering_order, kind FROM system_schema.columns WHERE keyspace_name = 'ip_logs' AND table_name = 'access_logs'",
    )
    const keys = rows.filter(({ kind }) => kind !== 'regular')
    return { columns: Object.fromEntries(keys.map((row) => [row.column_name, row.clustering_order])) }
  }

  test('a column is added while it runs: older rows have NULL, and no row is lost', async () => {
    using folder = exampleFolder(COUNT, servers())
    const edit = (name: string, ...changes: readonly (readonly [from: string, to: string])[]) =>
      folder.write(
        name,
        changes.reduce((text, [from, to]) => text.replaceAll(from, to), folder.read(name)),
      )
    // Names of its own on both servers.
    edit('cluster.yaml', ['name: ip_logs', 'name: wider'])
    folder.write('wider.yaml', `bus: { kafka: { brokers: "${kafka.bootstrap}", prefix: wider. } }\n`)
    const options = [...CLUSTER, '--with', 'wider.yaml']
    const paced = ['pipeline.yaml', ...options, '--set', 'rate=200/s']
    const running = folder.start('run', ...paced)
    await running.line(/^ip-logs runs/)
    const until = async (is: (rows: readonly Row[]) => boolean): Promise<void> => {
      while (!is(await tableOf('access_logs', 'wider'))) await sleep(POLL_MS)
    }
    await until((rows) => rows.length > 100)
    edit('pipeline.yaml', [
      'l.bytes_sent + l.bytes_received',
      'l.bytes_sent > 1000 AS is_large, l.bytes_sent + l.bytes_received',
    ])
    edit('cluster.yaml', ['service: service', 'service: service\n        is_large: is_large'])
    const reloaded = await folder.tailrace('reload', ...paced)
    expect(reloaded.code, reloaded.stderr).toBe(0)
    await until((rows) => rows.some(({ is_large }) => is_large !== null))
    const { code, stderr } = await running.stop()
    expect(code, stderr).toBe(0)
    await deliverRest(folder, ...options)
    const rows = await tableOf('access_logs', 'wider')
    const known = rows.filter(({ is_large }) => is_large !== null)
    expect(rows.length - known.length).toBeGreaterThan(100)
    expect(known.filter(({ is_large, bytes_sent }) => is_large !== Number(bytes_sent) > 1000)).toEqual([])
    const [, lines, dead] = /(\d+) lines in.* (\d+) dead letters/.exec(stderr) ?? []
    expect(rows.length).toBe(Number(lines) - Number(dead))
  })

  test.skipIf(noGitlab)('the job connectivity of .gitlab-ci.yml finds both servers', async () => {
    using folder = temporaryFolder()
    const project = await gitlabProject(folder.path, EXAMPLE)
    const { KAFKA, CASSANDRA } = servers()
    const values = { KAFKA_BROKER: KAFKA, CASSANDRA_NODES: CASSANDRA, REPLICATION: '1' }
    const variables = Object.entries(values).flatMap(([name, value]) => ['--variable', `${name}=${value}`])
    const { code, said } = await project.run('--stage', 'before', ...variables)
    expect(code, said).toBe(0)
    expect(said).toContain('table ip_logs.access_logs')
  })
})

/** Whole rows without their arrival, in order. */
const withIds = (rows: readonly Row[]): readonly string[] =>
  rows
    .map(({ created_at: _, ...row }) => Object.entries(row).sort())
    .map((row) => JSON.stringify(row))
    .sort()
