/**
 * What stays here of a pipeline whose queries Flink runs. Flink reads and writes topics of plain JSON rows, so each of its queries
 * lies between plain row queries of the embedded engine:
 *
 *   topic NAME ─▶ decode ─▶ PIPELINE.NAME.rows ─▶ Flink ─▶ PIPELINE.QUERY.flink ─▶ relay ─▶ PIPELINE.QUERY
 *
 * A decode keeps the columns of its topic, and the partition of each row; lines that are no rows are dead letters of the topic, as
 * always. A relay gives the rows the key that they have without Flink, and drops those that were put out before. So sinks, alerts and
 * reports see no difference, and places, ordinals and restarts are those of any query.
 */
import { assert } from '../../base/assert.ts'
import { Failure, throwAll } from '../../base/failure.ts'
import { metadataOf } from '../../bus/metadata.ts'
import { flinkTopic, rowsTopic, TICK } from '../../flink/flink-table.ts'
import { type FlinkDecoding, flinkDecodings, jobQueries } from '../../flink/job.ts'
import { flinkRefusals } from '../../flink/refusals.ts'
import { type TickStep, tickSteps } from '../../flink/tick-steps.ts'
import { openJson } from '../../format/json/json.ts'
import { jsonTopic } from '../../pipeline/check/queries.ts'
import type { CheckedPipeline, CheckedQuery, CheckedTopic } from '../../pipeline/checked.ts'
import { groupName } from '../../pipeline/group.ts'
import { typeName } from '../../record/type.ts'
import { repeatsPlan } from '../../runner/repeats.ts'
import { quote } from '../../sql/bind/name.ts'
import type { Catalog, Table } from '../../sql/catalog.ts'
import { lookupsOf, tablesOf } from '../../sql/plan/inputs.ts'
import type { Query } from '../../sql/plan/plan.ts'
import { planQuery } from '../../sql/plan-query.ts'
import { openTopicFormat } from '../../topic/topic-format.ts'

/** What the pipeline calls the rows of a table that it decodes for Flink. */
export const decodedRows = (table: string): string => `${table}.rows`

/** What the pipeline calls the rows of a query as Flink writes them. */
export const rawOf = (query: string): string => `${query}.flink`

/** The column of a raw row's offset, which only the relay sees. */
const OFFSET = '_offset'

/** A pipeline as it runs here: where Flink runs its queries, decodes and relays are in their place. */
export type LocalPipeline = CheckedPipeline & {
  /** The pipeline of the file, whose queries Flink runs; absent: this process does. */
  readonly onFlink?: CheckedPipeline
}

/** What runs here. Throws a Failure with all that Flink cannot do, and where the file takes a name that this needs. */
export function localPipeline(pipeline: CheckedPipeline): LocalPipeline {
  if (pipeline.engine.kind === 'embedded') return pipeline
  throwAll(flinkRefusals(pipeline))
  const decodings = flinkDecodings(pipeline)
  const queries = jobQueries(pipeline)
  refuseTaken(pipeline, [
    ...decodings.map(({ table }) => decodedRows(table.name)),
    ...queries.map(({ name }) => rawOf(name)),
  ])
  const raw = queries.map((query) => rawTopic(topicNamed(query.name, pipeline), query, pipeline))
  const catalog: Catalog = new Map([...pipeline.catalog, ...raw.map((topic) => [topic.name, tableOf(topic)] as const)])
  const around = { pipeline, catalog }
  const steps = tickSteps(pipeline)
  const decodes = decodings.map((decoding) => decode({ ...decoding, steps: steps.get(decoding.table.name) }, around))
  const relays = queries.map((query) => relay(query, around))
  const isMade = (name: string) => pipeline.queries.some((query) => query.name === name)
  return {
    ...pipeline,
    catalog,
    topics: [
      ...pipeline.topics.filter(({ name }) => !isMade(name)),
      ...raw,
      ...decodes.map(({ topic }) => topic),
      ...pipeline.topics.filter(({ name }) => isMade(name)),
    ],
    queries: [
      ...decodes.map(({ query }) => query),
      ...relays,
      ...pipeline.queries.filter((query) => !queries.includes(query)),
    ],
    onFlink: pipeline,
  }
}

function refuseTaken({ topics, queries }: CheckedPipeline, names: readonly string[]): void {
  const taken = names.filter((name) => [...topics, ...queries].some((one) => one.name === name))
  throwAll(
    taken.map((name) => {
      const hint = 'Rows go to Flink and come from it in topics of such names. Give yours another one.'
      return new Failure('pipeline', `with engine: flink, "${name}" is a name that tailrace needs itself`, { hint })
    }),
  )
}

function topicNamed(name: string, { topics }: CheckedPipeline): CheckedTopic {
  const found = topics.find((topic) => topic.name === name)
  assert(found !== undefined, `the pipeline has a topic ${name}`)
  return found
}

/** What a topic beside another one has from it. */
function besides({ partitions, settings, retention, dead }: CheckedTopic) {
  const { replication, compression, retention: kept } = settings
  return {
    partitions,
    settings: { replication, compression, retention: kept },
    retention,
    dead,
    rules: [],
    idleMs: undefined,
    maxAhead: undefined,
  }
}

/** The topic that Flink writes. What its rows mean is a matter of the job: see `journal.ts`. */
function rawTopic(result: CheckedTopic, { query }: CheckedQuery, { name: pipeline }: CheckedPipeline): CheckedTopic {
  const { name, fields, rowtime } = result
  const onBus = flinkTopic(pipeline, name)
  const offset = metadataOf('offset')
  assert(offset !== undefined, 'records have offsets')
  const format = openTopicFormat(
    openJson(query.plan.fields.map((field) => ({ field }))),
    [{ kind: 'metadata', name: OFFSET, metadata: offset }],
    onBus,
  )
  const meaning = JSON.stringify(['flink', fields.map(({ name, type }) => [name, typeName(type)])])
  return {
    ...jsonTopic(rawOf(name), onBus, fields),
    ...besides(result),
    format,
    fields: [...fields, { name: OFFSET, type: offset.type }],
    rowtime,
    fingerprint: meaning,
    meaning,
  }
}

const tableOf = ({ name, fields, rowtime }: CheckedTopic): Table => ({
  name,
  fields,
  rowtime: rowtime === undefined ? undefined : { field: rowtime, delay: 1 },
})

type Around = { readonly pipeline: CheckedPipeline; readonly catalog: Catalog }

/** The query that gives Flink the rows of a table, and their topic. */
function decode(
  { table, sql, steps }: FlinkDecoding & { readonly steps: readonly TickStep[] | undefined },
  { pipeline, catalog }: Around,
) {
  const plain = plainQuery(decodedRows(table.name), sql, { pipeline, catalog })
  const { fields } = plain.query.plan
  const input = topicNamed(plain.reads[0] ?? table.name, pipeline)
  const { time } = table
  const ticks = time &&
    steps && { time: time.field, delayMs: time.delayMs, column: TICK, steps, together: readWith(input.name, pipeline) }
  const query: CheckedQuery = ticks === undefined ? plain : { ...plain, ticks }
  const meaning = JSON.stringify(['rows', sql, input.fingerprint])
  const topic: CheckedTopic = {
    ...jsonTopic(query.name, rowsTopic(pipeline.name, table.name), fields),
    ...besides(input),
    rowtime: table.time?.field,
    fingerprint: meaning,
    meaning,
  }
  return { query, topic }
}

/** The topics that queries read together with this one. */
const readWith = (topic: string, pipeline: CheckedPipeline): readonly (readonly string[])[] =>
  jobQueries(pipeline).flatMap(({ reads }) => (reads.length > 1 && reads.includes(topic) ? [reads] : []))

/** Gives the rows of a query the form that they have without Flink. */
function relay({ name, query, group, shortForm }: CheckedQuery, around: Around): CheckedQuery {
  const { fields } = query.plan
  const time = repeatsPlan(query)?.time
  const columns = [...fields.map((field) => quote(field.name)), ...(time === undefined ? [] : [OFFSET])].join(', ')
  const plain = plainQuery(name, `SELECT ${columns} FROM ${quote(rawOf(name))}`, around)
  const { rowKey, rowKeyParts } = query
  return {
    ...plain,
    group,
    shortForm,
    query: { ...plain.query, rowKey, rowKeyParts } satisfies Query,
    ...(time !== undefined && { repeats: { time, offset: fields.length } }),
  }
}

function plainQuery(name: string, sql: string, { pipeline, catalog }: Around): CheckedQuery {
  const { session, limits } = pipeline
  const query = planQuery(sql, catalog, { mode: 'streaming', session })
  return {
    name,
    query: { ...query, warnings: [] },
    reads: tablesOf(query.plan),
    lookups: lookupsOf(query.plan),
    inWindows: false,
    stateLimit: limits.state,
    group: groupName(pipeline.name, 'query', name),
    inFile: (failure) => failure,
  }
}
