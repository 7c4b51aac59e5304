/**
 * Tables of Flink on Kafka, with the options of its connector:
 * https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/connectors/table/kafka/
 *
 * Kafka's own options are those of its client, `properties.…`. Certificates go along as their text, so that no file has to be on
 * Flink's machines.
 */
import type { KafkaOptions } from '../bus/kafka/options.ts'
import type { CheckedPipeline } from '../pipeline/checked.ts'
import type { Options } from './create.ts'
import { type FlinkResult, type FlinkTable, flinkGroup } from './flink-table.ts'
import type { FlinkWiring } from './job.ts'
import { jsonOptions } from './json-options.ts'
import { flinkEngine } from './settings.ts'

/** The texts of certificates and keys in PEM form: see `readTls`. */
export type PemTexts = {
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

export type KafkaWiringOptions = {
  readonly bus: KafkaOptions
  /** The files that `bus.tls` names, as texts. */
  readonly pem?: PemTexts
  /** Offsets at which a query begins to read the partitions of a table, by topic; the first that are kept, where it has none. */
  start?(table: FlinkTable, query: string): readonly number[] | undefined
}

/** How long Kafka keeps a transaction open whose producer is silent: the longest that brokers allow unless they are told otherwise. */
const TRANSACTION_MS = 900_000

/** The wiring of a pipeline that runs on Kafka. */
export function kafkaWiring(pipeline: CheckedPipeline, options: KafkaWiringOptions): FlinkWiring {
  const { bus, start } = options
  const { delivery, parallelism } = flinkEngine(pipeline)
  const connection = connectionOptions(options)
  return {
    read(table, query) {
      const { topic, partitions, time } = table
      const offsets = start?.(table, query)
      return {
        connector: 'kafka',
        topic: bus.prefix + topic,
        ...connection,
        'properties.group.id': bus.prefix + flinkGroup(pipeline.name, query),
        'properties.isolation.level': 'read_committed',
        ...startOptions(offsets),
        // A task without a partition would hold windows open.
        ...(partitions < parallelism && { 'scan.parallelism': String(partitions) }),
        // A quiet partition has ticks among its rows; a timeout of Flink's would leave it out beside them.
        ...(time !== undefined && { 'scan.watermark.emit.strategy': 'on-event' }),
        format: 'json',
        ...jsonOptions('json'),
      }
    },
    write: (result) => writeOptions(result, { bus, connection, delivery, pipeline: pipeline.name }),
  }
}

function startOptions(offsets: readonly number[] | undefined): Options {
  if (offsets === undefined) return { 'scan.startup.mode': 'earliest-offset' }
  const each = offsets.map((offset, partition) => `partition:${partition},offset:${offset}`)
  return { 'scan.startup.mode': 'specific-offsets', 'scan.startup.specific-offsets': each.join(';') }
}

type Writing = {
  readonly bus: Pick<KafkaOptions, 'prefix'>
  readonly connection: Options
  readonly delivery: 'exactly-once' | 'at-least-once'
  readonly pipeline: string
}

function writeOptions({ query, topic, key, isChanging }: FlinkResult, writing: Writing): Options {
  const { bus, connection, delivery, pipeline } = writing
  // Kafka's connector parts the names of key fields at semicolons.
  const keyed = key !== undefined && key.length > 0 && !key.some((name) => name.includes(';'))
  return {
    connector: isChanging ? 'upsert-kafka' : 'kafka',
    topic: bus.prefix + topic,
    ...connection,
    ...((keyed || isChanging) && { 'key.format': 'json', ...jsonOptions('key.json') }),
    ...(keyed && !isChanging && { 'key.fields': key.join(';') }),
    'value.format': 'json',
    ...jsonOptions('value.json'),
    'sink.delivery-guarantee': delivery,
    ...(delivery === 'exactly-once' && {
      'sink.transactional-id-prefix': `${bus.prefix}tailrace.${pipeline}.${query}`,
      'properties.transaction.timeout.ms': String(TRANSACTION_MS),
    }),
  }
}

/** Login modules as the connector's own jar, `flink-sql-connector-kafka`, has them. */
const SHADED = 'org.apache.flink.kafka.shaded.org.apache.kafka.common.security'

function connectionOptions({ bus, pem = {} }: KafkaWiringOptions): Options {
  const { brokers, tls, sasl } = bus
  const isTls = tls !== false
  const protocol = `${sasl === undefined ? '' : 'SASL_'}${isTls ? 'SSL' : 'PLAINTEXT'}`
  return {
    'properties.bootstrap.servers': brokers.join(','),
    ...(protocol !== 'PLAINTEXT' && { 'properties.security.protocol': protocol }),
    ...(sasl !== undefined && {
      'properties.sasl.mechanism': sasl.mechanism.toUpperCase(),
      'properties.sasl.jaas.config': jaasText(sasl),
    }),
    ...(isTls && tlsOptions(pem)),
  }
}

function tlsOptions({ ca, cert, key }: PemTexts): Options {
  return {
    ...(ca !== undefined && {
      'properties.ssl.truststore.type': 'PEM',
      'properties.ssl.truststore.certificates': ca,
    }),
    ...(cert !== undefined &&
      key !== undefined && {
        'properties.ssl.keystore.type': 'PEM',
        'properties.ssl.keystore.certificate.chain': cert,
        'properties.ssl.keystore.key': key,
      }),
  }
}

function jaasText({ mechanism, username, password }: NonNullable<KafkaOptions['sasl']>): string {
  const module = mechanism === 'plain' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule'
  const text = (value: string) => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
  return `${SHADED}.${module} required username=${text(username)} password=${text(password)};`
}
