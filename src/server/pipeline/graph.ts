/**
 * The graph of a pipeline, as its file declares it. The rows of a query are a topic too, and people call both the query: so
 * the part of a query is both, and what reads those rows is fed by it. An alert and its notifiers are one part.
 */
import { stringify } from 'yaml'
import type { CheckedAlert, CheckedPipeline, CheckedSink, CheckedTopic } from '../../pipeline/checked.ts'
import { type Field, typeName } from '../../record/type.ts'
import type { GraphPart, PipelineGraph } from '../api/pipeline.ts'

type Graph = Pick<PipelineGraph, 'parts' | 'edges'>
/** The sections of a pipeline file that have parts. */
type Section = 'sources' | 'topics' | 'queries' | 'tables' | 'reports' | 'sinks' | 'alerts'

/** The parts and edges, without secrets and values from the environment. */
export function graphOf(pipeline: CheckedPipeline): Graph {
  const { mask, sources, alerts, reports, tables, lookups } = pipeline
  const plain = pipeline.queries.filter(({ query }) => query.alert === undefined)
  const made = new Set([...pipeline.queries, ...reports, ...alerts].map(({ name }) => name))
  const topics = pipeline.topics.filter(({ name }) => !made.has(name))
  const sinks = pipeline.sinks.filter(({ telling }) => telling === undefined)
  const written = writtenOf(pipeline)
  const parts: readonly GraphPart[] = [
    ...sources.map(({ name, type }) => part('source', name, { what: type.name, written: written('sources', name) })),
    ...[...tables.values()].map(({ name, type }) =>
      part('table', name, { what: `${type.name}, for reports`, written: written('tables', name) }),
    ),
    ...[...lookups.values()].map(({ name, type }) =>
      part('table', name, { what: `${type.name}, looked up`, written: written('tables', name) }),
    ),
    ...topics.map((topic) => topicPart(topic, written('topics', topic.name), pipeline)),
    ...plain.map(({ name, query }) =>
      part('query', name, {
        what: 'query',
        topic: topicNamed(pipeline, name)?.topic ?? null,
        written: written('queries', name),
        sql: mask(query.sql),
        columns: columnsOf(topicNamed(pipeline, name)?.fields),
      }),
    ),
    ...alerts.map((alert) => alertPart(alert, pipeline, written('alerts', alert.name))),
    ...reports.map(({ name, query, topic, schedule }) =>
      part('report', name, {
        what: schedule === undefined ? 'by hand' : schedule.text,
        topic: topic.topic,
        written: written('reports', name),
        sql: mask(query.sql),
        columns: columnsOf(topic.fields),
      }),
    ),
    ...sinks.map((sink) => part('sink', sink.name, { what: sink.type.name, written: written('sinks', sink.name) })),
  ]
  return { parts, edges: edgesOf(pipeline, { plain, sinks, ids: idsOf(parts) }) }
}

type Kind = GraphPart['kind']

const part = (kind: Kind, name: string, more: Pick<GraphPart, 'what' | 'written'> & Partial<GraphPart>): GraphPart => ({
  id: `${kind} ${name}`,
  kind,
  name,
  topic: null,
  sql: null,
  columns: null,
  watermark: null,
  notifiers: null,
  ...more,
})

function topicPart(topic: CheckedTopic, written: string | null, pipeline: CheckedPipeline): GraphPart {
  const { name, chosen, rowtime, fields } = topic
  const column = rowtime === undefined ? undefined : fields[rowtime]?.name
  const entry = entryIn(pipeline.written, 'topics', name)
  const said = isMembers(entry) && typeof entry.watermark === 'string' ? entry.watermark : null
  return part('topic', name, {
    what: chosen?.format.name ?? 'topic',
    topic: topic.topic,
    written,
    columns: columnsOf(fields),
    watermark: column === undefined ? null : { column, written: said },
  })
}

function alertPart(
  { name, severity, notifiers, query }: CheckedAlert,
  pipeline: CheckedPipeline,
  written: string | null,
): GraphPart {
  const topic = topicNamed(pipeline, name)
  return part('alert', name, {
    what: severity,
    topic: topic?.topic ?? null,
    written,
    sql: query === undefined ? null : pipeline.mask(query.query.sql),
    columns: columnsOf(topic?.fields),
    notifiers,
  })
}

const topicNamed = ({ topics }: CheckedPipeline, name: string): CheckedTopic | undefined =>
  topics.find((one) => one.name === name)

const columnsOf = (fields: readonly Field[] | undefined): GraphPart['columns'] =>
  fields?.map(({ name, type }) => ({ name, type: typeName(type) })) ?? null

/** The id of what gives rows under a name: that of a topic, query, report or table. */
const idsOf = (parts: readonly GraphPart[]): ReadonlyMap<string, string> =>
  new Map(parts.flatMap(({ id, kind, name }) => (/topic|query|report|table/.test(kind) ? [[name, id]] : [])))

type Around = {
  readonly plain: CheckedPipeline['queries']
  readonly sinks: readonly CheckedSink[]
  readonly ids: ReadonlyMap<string, string>
}

function edgesOf({ sources, alerts, reports }: CheckedPipeline, { plain, sinks, ids }: Around): Graph['edges'] {
  const from = (names: readonly string[], to: string) =>
    names.flatMap((name) => {
      const id = ids.get(name)
      return id === undefined ? [] : [{ from: id, to }]
    })
  const alertNames = new Set(alerts.map(({ name }) => name))
  return [
    ...sources.flatMap(({ name, to }) => {
      const id = ids.get(to)
      return id === undefined ? [] : [{ from: `source ${name}`, to: id }]
    }),
    ...plain.flatMap(({ name, reads, lookups }) => from([...reads, ...lookups], `query ${name}`)),
    ...alerts.flatMap((alert) => (alert.from === undefined ? [] : from([alert.from], `alert ${alert.name}`))),
    ...reports.flatMap(({ name, reads, tables }) => from([...reads, ...tables], `report ${name}`)),
    // A sink of the file may read the rows of an alert.
    ...sinks.flatMap((sink) =>
      alertNames.has(sink.from)
        ? [{ from: `alert ${sink.from}`, to: `sink ${sink.name}` }]
        : from([sink.from], `sink ${sink.name}`),
    ),
  ]
}

/** Looks the entry of a part up in what the file says, and writes it as YAML under its name. */
function writtenOf({ written, mask }: CheckedPipeline): (section: Section, name: string) => string | null {
  return (section, name) => {
    const entry = entryIn(written, section, name)
    return entry === undefined ? null : mask(stringify({ [name]: entry }, { lineWidth: 0 }).trimEnd())
  }
}

function entryIn(written: unknown, section: Section, name: string): unknown {
  const entries = isMembers(written) && Object.hasOwn(written, section) ? written[section] : undefined
  return isMembers(entries) && Object.hasOwn(entries, name) ? entries[name] : undefined
}

const isMembers = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
