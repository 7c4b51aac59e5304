/**
 * Queries of Nexmark from topics to a topic: persons, auctions and bids as JSON. Those whose rows change are compared by what is left of
 * each key in the end. Flink runs with mini-batch, too, and on two cores as it was faster on one.
 */
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { FlinkTable } from '../../test/flink/cases.ts'
import { nexmarkTables } from '../../test/flink/nexmark/events.ts'
import { NEXMARK } from '../../test/flink/nexmark/queries.ts'
import { OUT } from '../measure.ts'
import { MINI_BATCH } from './cluster.ts'
import { coresText } from './files.ts'
import { fillTopic, type KafkaSetting, onFlink, ownOnKafka, sinkOf, sourceOf } from './kafka.ts'
import { fastest, type Racer, race } from './race.ts'
import type { Compared } from './report.ts'
import type { Kind } from './rows.ts'

const SEED = 1
/** A thousand events a second. */
const STEP_MS = 1
const PARTITIONS = 4
const FOLDER = resolve(OUT, 'flink', 'nexmark')

/** The columns of an answer, with Flink's types, and its primary key where rows change. */
type Answer = { readonly columns: Readonly<Record<string, string>>; readonly key?: string }

const TIME = 'TIMESTAMP(3)'
const BID = { auction: 'BIGINT', bidder: 'BIGINT', price: 'BIGINT', channel: 'STRING', dateTime: TIME, extra: 'STRING' }
const { channel: _, ...BID_WITHOUT_CHANNEL } = BID
const COUNTED = { bidder: 'BIGINT', bid_count: 'BIGINT', window_start: TIME, window_end: TIME }

/** In the order in which the queries select them. */
const ANSWERS: { readonly [query: string]: Answer } = {
  q0: { columns: BID_WITHOUT_CHANNEL },
  q1: { columns: { ...BID_WITHOUT_CHANNEL, price: 'DECIMAL(23, 3)' } },
  q2: { columns: { auction: 'BIGINT', price: 'BIGINT' } },
  q5: { columns: { auction: 'BIGINT', num: 'BIGINT', endtime: TIME } },
  q7: { columns: { auction: 'BIGINT', price: 'BIGINT', bidder: 'BIGINT', dateTime: TIME, extra: 'STRING' } },
  q8: { columns: { id: 'BIGINT', name: 'STRING', starttime: TIME } },
  q11: { columns: COUNTED },
  q12: { columns: COUNTED },
  q18: { columns: BID, key: 'auction, bidder' },
  q19: { columns: { ...BID, rank_number: 'BIGINT' }, key: 'auction, rank_number' },
}

/** By query: whether Flink was faster with mini-batch. */
export type MiniBatched = ReadonlyMap<string, boolean>

export type NexmarkRaced = { readonly compared: readonly Compared[]; readonly miniBatched: MiniBatched }

/** Every query on as many cores as the cluster has. Mini-batch is tried, unless it is known where it is faster. */
export async function raceNexmark(
  setting: KafkaSetting,
  events: number,
  known: MiniBatched | undefined,
): Promise<NexmarkRaced> {
  const tables = new Map(Object.entries(nexmarkTables(SEED, { events, stepMs: STEP_MS, earliest: 0 })))
  for (const [topic, table] of tables) {
    const file = fileOf(`${topic}-${events}`, table)
    await fillTopic(setting.kafka, { topic, lines: table.rows.length, file, partitions: PARTITIONS })
  }
  const compared: Compared[] = []
  const miniBatched = new Map<string, boolean>()
  for (const [name, answer] of Object.entries(ANSWERS)) {
    const sql = NEXMARK[name]
    if (sql === undefined) throw new Error(`Nexmark has no ${name} here`)
    const used = [...tables].filter(([table]) => new RegExp(String.raw`(FROM|TABLE) ${table}\b`).test(sql))
    const what = `${name}, ${coresText(setting.cluster.cores)}`
    const tried = known === undefined ? [false, true] : [known.get(name) ?? false]
    const raced = await race(what, racersOf(setting, { sql, used, answer }, tried))
    miniBatched.set(name, fastest(raced, tried, flinkName))
    compared.push({ what, lines: events, raced })
  }
  return { compared, miniBatched }
}

const flinkName = (isMiniBatch: boolean): string => (isMiniBatch ? 'Flink, mini-batch' : 'Flink')

type Asked = {
  readonly sql: string
  readonly used: readonly (readonly [name: string, table: FlinkTable])[]
  readonly answer: Answer
}

function racersOf(
  setting: KafkaSetting,
  { sql, used, answer }: Asked,
  miniBatched: readonly boolean[],
): readonly Racer[] {
  const { bootstrap } = setting.kafka
  const isFolded = answer.key !== undefined
  const kinds = Object.entries(answer.columns).map(([column, type]): [string, Kind] => [column, kindOf(type)])
  const compared = { columns: Object.fromEntries(kinds), isFolded }
  const topics = Object.fromEntries(used.map(([name, table]) => [name, topicOf(table)]))
  const sources = used.map(([name, table]) => sourceTable(name, table, sourceOf(bootstrap, name)))
  const flink = miniBatched.map((isMiniBatch) =>
    onFlink(setting, {
      ...compared,
      name: flinkName(isMiniBatch),
      settings: isMiniBatch ? MINI_BATCH : {},
      statements(to) {
        const sink = isFolded ? changingSinkOf(bootstrap, to, isMiniBatch) : sinkOf(bootstrap, to, 'at-least-once')
        return { tables: [...sources, answerTable(answer, sink)], insert: `INSERT INTO answer ${sql}` }
      },
    }),
  )
  return [ownOnKafka(setting, { topics, sql, ...compared }), ...flink]
}

const kindOf = (type: string): Kind => (type === 'STRING' ? 'text' : type === TIME ? 'time' : 'number')

const delayed = ({ watermark }: FlinkTable): string => watermark ?? ''

/** A topic of the pipeline file. */
const topicOf = (table: FlinkTable): object => ({
  partitions: PARTITIONS,
  format: { json: { columns: Object.fromEntries(table.columns) } },
  watermark: delayed(table),
  start: 'earliest',
})

function sourceTable(name: string, table: FlinkTable, connector: string): string {
  const columns = table.columns.map(([column, type]) => `\`${column}\` ${type}`)
  const format = "'format' = 'json', 'json.timestamp-format.standard' = 'ISO-8601'"
  const watermark = `WATERMARK FOR \`${table.rowtime}\` AS ${delayed(table)}`
  return `CREATE TABLE ${name} (${columns.join(', ')}, ${watermark}) WITH (${connector}, ${format})`
}

function answerTable({ columns, key }: Answer, connector: string): string {
  const declared = Object.entries(columns).map(([column, type]) => `\`${column}\` ${type}`)
  if (key !== undefined) declared.push(`PRIMARY KEY (${key}) NOT ENFORCED`)
  return `CREATE TABLE answer (${declared.join(', ')}) WITH (${connector})`
}

/** A table whose rows replace those of their key. With mini-batch its sink gathers changes of a key, too. */
const changingSinkOf = (brokers: string, topic: string, isMiniBatch: boolean): string =>
  `'connector' = 'upsert-kafka', 'properties.bootstrap.servers' = '${brokers}', 'topic' = '${topic}',
  'key.format' = 'json', 'value.format' = 'json', 'properties.compression.type' = 'lz4'${
    isMiniBatch ? ", 'sink.buffer-flush.max-rows' = '5000', 'sink.buffer-flush.interval' = '1 s'" : ''
  }`

/** The rows of a table as lines of JSON. */
function fileOf(name: string, { columns, rows }: FlinkTable): string {
  const path = join(FOLDER, `${name}.ndjson`)
  if (existsSync(path)) return path
  mkdirSync(FOLDER, { recursive: true })
  const lineOf = (row: FlinkTable['rows'][number]) =>
    JSON.stringify(Object.fromEntries(columns.map(([column], i) => [column, row[i]])))
  writeFileSync(`${path}.part`, `${rows.map(lineOf).join('\n')}\n`)
  renameSync(`${path}.part`, path)
  return path
}
