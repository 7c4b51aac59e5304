/** The five examples as `make bench-pipelines` runs them: what feeds each, and where its answers are seen. */
import type { Look } from './stores.ts'

/** A pipeline file, or an overlay. */
export type Document = { readonly [key: string]: { readonly [name: string]: unknown } }

export type Example = {
  readonly name: string
  /** The source that the generator takes the place of, and the topic that it fills. */
  readonly source: string
  readonly topic: string
  /** Of the generator, besides what the pipeline file says; `paced` where records come at a rate and their times are of now. */
  readonly generator: { readonly fast: object; readonly paced: object }
  /** Laid over the pipeline file: for every run, for those on one machine alone, for those on servers, and for those at a rate. */
  readonly always?: Document
  readonly embedded?: Document
  readonly cluster?: Document
  readonly paced?: Document
  /** What is left out of the pipeline file, as `sinks.inbox`. */
  readonly without: readonly string[]
  /** What is put in place of texts of the pipeline file in runs at a rate, so that windows are short. */
  readonly shorter: readonly (readonly [from: string, to: string])[]
  /** Records of the embedded run as fast as possible, and records a second of that at a rate. */
  readonly records: number
  readonly rate: number
  /** How far the watermark stays behind. */
  readonly delayMs: number
  /** Where the answers are, by the end of their window. */
  readonly look: Look
  readonly clusterLook: Look
  readonly servers: readonly ServerName[]
}

export type ServerName = 'cassandra' | 'hdfs' | 'influxdb' | 'registry'

const DELAY_MS = 5000
const ARRIVED = "TIMESTAMP_LTZ(3) METADATA FROM 'timestamp'"
/** A log whose times are of the past, by the time of arrival, as examples/nasa/by-arrival.yaml has it. */
const byArrival = (topic: string) => ({
  topics: { [topic]: { columns: { arrived: ARRIVED }, watermark: "arrived - INTERVAL '5' SECOND" } },
})
/** Made records of one second of event time, where the log does not say. */
const EVENT_RATE = '1000/s'

const population = 'SELECT DISTINCT asked AS ended FROM population_data'

export const EXAMPLES: readonly Example[] = [
  {
    name: 'access-log',
    source: 'access',
    topic: 'RAWLOG',
    without: [],
    generator: { fast: { like: 'products' }, paced: { like: 'products' } },
    paced: { params: { P: '1s' }, ...byArrival('RAWLOG') },
    shorter: [],
    records: 1_000_000,
    rate: 4000,
    delayMs: DELAY_MS,
    look: { sqlite: 'out/logspace.db', sql: 'SELECT DISTINCT timestamp AS ended FROM RESULTS' },
    clusterLook: { cql: 'SELECT timestamp AS ended FROM logspace.RESULTS' },
    servers: ['cassandra'],
  },
  {
    name: 'nasa',
    source: 'collector',
    topic: 'apache_logs',
    without: [],
    generator: { fast: { like: 'nasa' }, paced: { like: 'nasa' } },
    paced: byArrival('apache_logs'),
    shorter: [
      ['DESCRIPTOR(ts)', 'DESCRIPTOR(arrived)'],
      ["INTERVAL '60' SECOND", "INTERVAL '1' SECOND"],
      ['every: 60s', 'every: 1s'],
    ],
    records: 2_000_000,
    rate: 4000,
    delayMs: DELAY_MS,
    look: { csv: 'out/methods.csv', column: 1 },
    clusterLook: { csv: 'out/methods.csv', column: 1 },
    servers: ['hdfs'],
  },
  {
    name: 'population',
    source: 'api',
    topic: 'pop',
    generator: { fast: { like: 'population' }, paced: { like: 'population' } },
    // The answers go into their topic without the step over files, and are asked for when they come in.
    always: {
      topics: { pop: { columns: { file: "STRING METADATA FROM 'key'", asked: ARRIVED } } },
      alerts: { population_falls: { notify: 'console' } },
    },
    without: ['sources.spooled', 'topics.answers', 'sinks.inbox', 'alerts.unreachable'],
    // The time of arrival is kept with each row, so that it can be seen when the row came.
    embedded: { sinks: { points: { sqlite: { columns: { asked: 'asked' } } } } },
    cluster: { sinks: { points: { influxdb: { fields: { asked: 'CAST(asked AS STRING)' } } } } },
    shorter: [],
    records: 5000,
    rate: 50,
    delayMs: 0,
    look: { sqlite: 'out/population.db', sql: population },
    clusterLook: { influxql: 'SELECT asked AS ended FROM population_data' },
    servers: ['hdfs', 'influxdb'],
  },
  {
    name: 'ip-logs',
    source: 'firewall',
    topic: 'ip_logs',
    without: [],
    generator: { fast: { start: null, rate: 'max', event_rate: EVENT_RATE }, paced: {} },
    always: { params: { rate: null } },
    cluster: { params: { replication: 1 } },
    shorter: [["INTERVAL '1' MINUTE", "INTERVAL '1' SECOND"]],
    records: 600_000,
    rate: 4000,
    delayMs: DELAY_MS,
    look: { sqlite: 'out/ip_logs.db', sql: 'SELECT window_end AS ended FROM statistics' },
    clusterLook: { cql: 'SELECT window_end AS ended FROM ip_logs.statistics' },
    servers: ['cassandra'],
  },
  {
    name: 'payments',
    source: 'events',
    topic: 'payment',
    without: [],
    generator: { fast: { start: '2025-03-01T00:00:00', event_rate: '100/s' }, paced: { bursts: null } },
    always: { params: { rate: null, out: 'out' } },
    shorter: [["INTERVAL '1' MINUTE", "INTERVAL '1' SECOND"]],
    records: 600_000,
    rate: 4000,
    delayMs: DELAY_MS,
    look: { csv: 'out/aggregated_logs.csv', column: 1 },
    clusterLook: { csv: 'out/aggregated_logs.csv', column: 1 },
    servers: ['registry'],
  },
]
