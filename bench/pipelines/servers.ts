/** The real parts of the examples, on this machine: a broker, and what each example needs besides. */
import { startApicurio } from '../../scripts/services/apicurio/apicurio.ts'
import { type Cassandra, startCassandra } from '../../scripts/services/cassandra/cassandra.ts'
import { startHdfs } from '../../scripts/services/hdfs/hdfs.ts'
import { type Influxdb, startInfluxdb } from '../../scripts/services/influxdb/influxdb.ts'
import { withAdmin } from '../../scripts/services/kafka/cluster-view.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import type { ServerName } from './examples.ts'

/** Fast servers: the second compiler of Java works, too. */
const JAVA = { javaOptions: ['-XX:TieredStopAtLevel=4'] }

export type Servers = AsyncDisposable & {
  readonly cassandra: Cassandra | undefined
  readonly influxdb: Influxdb | undefined
  /** Their addresses, under the names that the overlays know. */
  readonly environment: Readonly<Record<string, string>>
  /** Removes all topics, tables, points and files, so that the next run finds nothing. */
  empty(): Promise<void>
}

/** Starts one broker, and these; one node of Cassandra syncs its log as people have it. */
export async function startServers(names: readonly ServerName[]): Promise<Servers> {
  await using cleanup = new AsyncDisposableStack()
  const kafka = cleanup.use(await startKafka(JAVA))
  const settings = { commitlog_sync: 'periodic', commitlog_sync_period: '10000ms' }
  const cassandra = names.includes('cassandra') ? await startCassandra({ ...JAVA, heapMb: 1024, settings }) : undefined
  const hdfs = names.includes('hdfs') ? await startHdfs() : undefined
  const influxdb = names.includes('influxdb') ? await startInfluxdb() : undefined
  const registry = names.includes('registry') ? await startApicurio() : undefined
  for (const server of [cassandra, hdfs, influxdb, registry]) if (server !== undefined) cleanup.use(server)
  const environment = {
    KAFKA: kafka.bootstrap,
    ...(cassandra && { CASSANDRA: cassandra.contactPoints.join() }),
    ...(hdfs && { HDFS: new URL(hdfs.webhdfs).host }),
    ...(influxdb && { INFLUX: influxdb.url, INFLUX_TOKEN: 'none' }),
    ...(registry && { REGISTRY: registry.url }),
  }
  const started = cleanup.move()
  const empty = async () => {
    await emptyKafka(kafka)
    if (cassandra !== undefined) await emptyCassandra(cassandra)
    await influxdb?.ask('DROP SERIES FROM /.*/')
    await hdfs?.shell(['-rm', '-r', '-f', '-skipTrash', '/*'])
  }
  return { cassandra, influxdb, environment, empty, [Symbol.asyncDispose]: () => started.disposeAsync() }
}

const emptyKafka = ({ addresses }: Kafka): Promise<void> =>
  withAdmin(addresses, async (admin) => {
    const topics = (await admin.listTopics()).filter((name) => !name.startsWith('__'))
    if (topics.length > 0) await admin.deleteTopics({ topics })
  })

async function emptyCassandra(cassandra: Cassandra): Promise<void> {
  const keyspaces = await cassandra.cql('SELECT keyspace_name FROM system_schema.keyspaces')
  const names = keyspaces.map((row) => String(row.get('keyspace_name'))).filter((name) => !name.startsWith('system'))
  for (const name of names) await cassandra.cql(`DROP KEYSPACE "${name}"`)
}
