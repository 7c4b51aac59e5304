/**
 * A ring of three nodes, of which one after another is killed while the pipeline of examples/ip-logs writes to it by QUORUM: every row is
 * there afterwards, once. A ring takes three gigabytes: TAILRACE_RING=1, as in `make soak`.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { types } from 'cassandra-driver'
import { expect, test } from 'vitest'
import { installedCassandra, startCassandra } from '../../scripts/services/cassandra/cassandra.ts'
import { type Folder, jsonOf } from '../cli/tailrace.ts'
import { deliverRest, exampleFolder, plain, type Row } from './ip-logs-example.ts'
import { isMissing } from './missing.ts'

const LIMIT_MS = 900_000
const POLL_MS = 200
/** More than are made until the nodes have died and come back. */
const COUNT = 10_000_000
/** Rows that come while a node is dead, and as many before. */
const ROWS = 3000
/** The rows once more, in a file: what has to be in the table. */
const COPY = 'sinks: { copy: { from: access, ndjson: copy.ndjson } }\nbus: embedded\n'
const isSkipped = await isMissing('Cassandra', installedCassandra)

test.skipIf(isSkipped || process.env.TAILRACE_RING === undefined)(
  'of a ring of three, each of two nodes is killed while rows are written: none is missing, and none is there twice',
  async () => {
    await using cassandra = await startCassandra({ nodes: 3 })
    using folder = exampleFolder(COUNT, { CASSANDRA: cassandra.contactPoints.join() })
    folder.write('copy.yaml', COPY)
    const overlays = ['cluster.yaml', 'made.yaml', 'own.yaml', 'copy.yaml'].flatMap((name) => ['--with', name])
    const running = folder.start('run', 'pipeline.yaml', ...overlays, '--set', 'sources.firewall.generator.rate=1000/s')
    await running.line(/^ip-logs runs/)
    const more = async () => {
      const goal = copied(folder) + ROWS
      while (copied(folder) < goal) await sleep(POLL_MS)
    }
    for (const node of [3, 2]) {
      await more()
      await cassandra.kill(node)
      await more()
      await cassandra.restart(node)
      await cassandra.whole()
    }
    const { code, stderr } = await running.stop()
    expect(code, stderr).toBe(0)
    await deliverRest(folder, ...overlays)

    await using session = await cassandra.session()
    const found: string[] = []
    const ids = new Set<string>()
    const options = { prepare: true, consistency: types.consistencies.quorum, fetchSize: 1000 }
    for await (const row of await session.client.execute('SELECT * FROM ip_logs.access_logs', [], options)) {
      ids.add(String(row.id))
      found.push(named(plain({ ...row, event_time: row.timestamp })))
    }
    const sent = jsonOf<Row>(folder.lines('copy.ndjson')).map((row) => named(plain(row)))
    expect(sent.length).toBeGreaterThan(4 * ROWS)
    expect(ids.size).toBe(sent.length)
    const stored = found.toSorted()
    expect(sent.toSorted().filter((row, index) => row !== stored[index])).toEqual([])
    expect(stored.length).toBe(sent.length)
  },
  LIMIT_MS,
)

const copied = (folder: Folder): number => {
  try {
    return folder.lines('copy.ndjson').length
  } catch {
    // The first row has not come.
    return 0
  }
}

const COLUMNS = ['event_time', 'source_ip', 'destination_ip', 'port', 'protocol', 'bytes_sent', 'action', 'service']
const named = (row: Row): string => COLUMNS.map((name) => row[name]).join(' ')
