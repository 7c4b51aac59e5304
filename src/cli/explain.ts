/** `tailrace explain`: shows what a pipeline or a statement will do and what it guarantees, and runs nothing. */
import { type Command, Option } from 'commander'
import { Failure } from '../base/failure.ts'
import { byteText, counted, durationText, roundBytes } from '../base/units.ts'
import type {
  CheckedLookup,
  CheckedPipeline,
  CheckedReport,
  CheckedSink,
  CheckedSource,
  CheckedTable,
  CheckedTopic,
  CheckedView,
  DeadRule,
  RetentionRule,
} from '../pipeline/checked.ts'
import { typeName } from '../record/type.ts'
import { writesOf } from '../sink/sink.ts'
import { explain } from '../sql/explain.ts'
import { type Colours, coloursIf, hasColour } from '../terminal/colour.ts'
import type { TopicFormat } from '../topic/topic-format.ts'
import { type Given, type GivenOptions, givenCommand, readGiven } from './option/pipeline-or-sql.ts'
import { masked, paramsJson, paramsText, shortFor, writtenJson, writtenYaml } from './written.ts'

/** The command `explain`. */
export function explainCommand(): Command {
  return givenCommand('explain')
    .description('Shows what a pipeline or an SQL statement will do: plan, columns decoded, windows, keys, guarantees.')
    .option('--json', 'print it as JSON')
    .addOption(
      new Option('--engine <name>', 'what Flink is sent for a pipeline, as text for its SQL client').choices(['flink']),
    )
    .addHelpText(
      'after',
      `
Examples:
  tailrace explain pipeline.yaml
  tailrace explain pipeline.yaml --with cluster.yaml      also shows which file each value comes from
  tailrace explain pipeline.yaml --engine flink           settings, tables and INSERT of each query on Apache Flink
  tailrace explain "SELECT host, COUNT(*) AS hits FROM log GROUP BY host ORDER BY hits DESC LIMIT 3"
`,
    )
    .action(explainGiven)
}

async function explainGiven(
  given: string | undefined,
  options: GivenOptions & { readonly json?: boolean; readonly engine?: 'flink' },
): Promise<void> {
  const found = await readGiven(given, options)
  if (options.engine !== undefined) {
    await explainForFlink(found, options.json === true)
    return
  }
  if (found.kind === 'sql') {
    const text = explain(found.query, found.catalog)
    process.stdout.write(options.json === true ? `${JSON.stringify({ explain: text })}\n` : ending(text))
    return
  }
  const { pipeline, loaded } = found
  const { text, written } = loaded
  if (options.json === true) {
    const json = { ...pipelineJson(pipeline), params: paramsJson(loaded), written: writtenJson(written, text) }
    process.stdout.write(ending(JSON.stringify(masked(json, text.mask))))
    return
  }
  const colours = coloursIf(hasColour(process.stdout, process.env))
  // Of one file alone, everybody sees where each value stands.
  const isOneFile = options.with.length === 0 && options.set.length === 0
  const outcome = isOneFile ? '' : `${colours.bold('outcome')}\n${indent(writtenYaml(written, text))}\n`
  process.stdout.write(ending(text.mask(`${outcome}${paramsText(loaded, colours)}${pipelineText(pipeline, colours)}`)))
}

async function explainForFlink(found: Given, isJson: boolean): Promise<void> {
  const hint = 'Name a pipeline file.'
  if (found.kind === 'sql')
    throw new Failure('usage', '--engine flink is about a pipeline, and this is a statement', { hint })
  if (isJson) throw new Failure('usage', '--engine flink and --json: it is SQL, which has no form as JSON')
  const { flinkText } = await import('./flink/explained.ts')
  process.stdout.write(found.loaded.text.mask(flinkText(found.pipeline)))
}

function pipelineText(pipeline: CheckedPipeline, colours: Colours): string {
  const { name, timezone, sources, topics, views, queries, alerts, tables, lookups, reports, sinks } = pipeline
  const heading = (kind: string, name: string) => `${kind} ${colours.bold(name)}`
  const blocks = [
    `${heading('pipeline', name)}\n  time zone ${timezone}`,
    ...sources.map((source) => `${heading('source', source.name)}\n${indent(sourceText(source))}`),
    ...topics
      .filter((topic) => ![...queries, ...alerts].some((one) => one.name === topic.name))
      .map((topic) => `${heading('topic', topic.name)}\n${indent(topicText(topic, pipeline))}`),
    ...views.map((view) => `${heading('view', view.name)}\n${indent(viewText(view))}`),
    ...queries.map(({ name, query, stateLimit, group }) => {
      const topic = topics.find((one) => one.name === name)
      const into =
        topic === undefined ? '' : `reads as group ${group}, into topic ${topic.topic}, ${partitions(topic)}\n`
      const kind = query.alert === undefined ? 'query' : 'alert'
      return `${heading(kind, name)}\n${indent(`${into}${query.sql.trim()}\n\nmemory   at most ${roundBytes(stateLimit)} for the state\n${explain(query, pipeline.catalog)}`)}`
    }),
    ...alerts.flatMap(({ name, unreachableMs }) =>
      unreachableMs === undefined
        ? []
        : `${heading('alert', name)}\n${indent(`of each source that cannot be reached for ${durationText(unreachableMs)}, by the clock`)}`,
    ),
    ...[...tables.values()].map((table) => `${heading('table', table.name)}\n${indent(tableText(table))}`),
    ...[...lookups.values()].map((table) => `${heading('table', table.name)}\n${indent(lookupText(table))}`),
    ...reports.map((report) => `${heading('report', report.name)}\n${indent(reportText(report, pipeline))}`),
    ...sinks.map(({ telling, ...sink }) =>
      telling === undefined
        ? `${heading('sink', sink.name)}\n${indent(sinkText(sink))}`
        : `${heading('notifier', `${telling.label} of alert ${telling.alert}`)}\n${indent(`told at least once, with the same ids\nreads as group ${sink.group}`)}`,
    ),
  ]
  return blocks.join('\n\n')
}

const sourceText = ({ type, to }: CheckedSource): string =>
  `${type.name} into ${to}: ${
    type.replayable
      ? 'read again after a crash, so nothing is lost'
      : (type.afterCrash ?? 'what was under way at a crash is lost, what is in the topic is not')
  }`

function topicText(topic: CheckedTopic, { catalog }: CheckedPipeline): string {
  const time = catalog.get(topic.name)?.rowtime
  const field = time === undefined ? undefined : topic.fields[time.field]
  const watermark =
    field === undefined || time === undefined
      ? 'no watermark: no windows of event time'
      : `watermark: ${field.name} - ${durationText(time.delay)}, kept per partition`
  const clock = time === undefined ? '' : `\n${idleText(topic)}\n${aheadText(topic)}`
  const kept = `kept: ${keptText(topic.retention)}\ndead letters: ${deadText(topic.dead)}`
  const rules = topic.rules.map(({ name, written }) => `\nrule ${name}: ${written.replace(/\s+/g, ' ')}`)
  return `${partitions(topic)}\n${watermark}${clock}\n${kept}\ncolumns: ${columns(topic)}${rules.join('')}`
}

function viewText({ sql, fields, rowtime }: CheckedView): string {
  const time = rowtime === undefined ? 'none' : fields[rowtime]?.name
  const columns = fields.map(({ name, type }) => `${name} ${typeName(type)}`).join(', ')
  return `put in wherever SQL names it\n${sql.trim()}\n\nevent time: ${time}\ncolumns: ${columns}`
}

const idleText = ({ idleMs }: CheckedTopic): string =>
  idleMs === undefined
    ? 'idle: never, so a partition without records holds windows open'
    : `idle: a partition without records for ${durationText(idleMs)} does not hold windows open`

function aheadText({ maxAhead }: CheckedTopic): string {
  if (maxAhead === undefined || maxAhead.ms === Number.POSITIVE_INFINITY) {
    return 'max_ahead: never, so one record with a time of the future can close all windows'
  }
  const where = maxAhead.isOurs ? '' : ', where the brokers set the time of arrival (LogAppendTime)'
  return `max_ahead: a record more than ${durationText(maxAhead.ms)} ahead of its arrival is a dead letter${where}`
}

const deadText = ({ timeMs, bytes }: DeadRule): string => {
  const time = timeMs === undefined ? [] : [`for ${durationText(timeMs)}`]
  const size = bytes === undefined ? [] : [`up to ${byteText(bytes)}`]
  return [...time, ...size].join(', ')
}

function keptText({ timeMs, bytes, limit, whenFull }: RetentionRule): string {
  const rules = [
    ...(timeMs === undefined ? [] : [`for ${durationText(timeMs)}`]),
    ...(bytes === undefined ? [] : [`up to ${byteText(bytes)}`]),
  ]
  const kept = rules.length === 0 ? 'without end' : `${rules.join(', ')}, and longer where it was not read`
  if (limit === undefined) return kept
  const full = whenFull === 'block' ? 'then sources wait' : 'then the oldest is dropped'
  return `${kept}, up to ${byteText(limit)}: ${full}`
}

function tableText({ type, options, columns, rowtime, delayMs }: CheckedTable): string {
  const all = columns.map(({ stored, field: { name, type } }) => {
    return `${name} ${typeName(type)}${stored === name ? '' : ` from ${stored}`}`
  })
  const time = `event time: ${columns[rowtime]?.field.name}; a report that is due waits ${durationText(delayMs)} for its rows`
  return `${type.name}, ${type.shown(options)}: only reports read it\n${time}\ncolumns: ${all.join(', ')}`
}

function lookupText({ type, options, columns, key, unique }: CheckedLookup): string {
  const all = columns.map(({ field: { name, type } }) => `${name} ${typeName(type)}`)
  const by = key.map((column) => columns[column]?.field.name).join(', ')
  const rows = unique ? 'one row' : 'several rows'
  const poll = durationText(type.pollMs(options))
  return `${type.name}, ${type.shown(options)}: rows are looked up in it\nkey: ${by}, which has ${rows}\na new version is looked for every ${poll}\ncolumns: ${all.join(', ')}`
}

function reportText({ query, topic, schedule, spanMs }: CheckedReport, { catalog, timezone }: CheckedPipeline): string {
  const due =
    schedule === undefined ? 'by hand' : `at ${schedule.text} (${timezone}), of the ${durationText(spanMs)} before`
  return `${due}, into topic ${topic.topic}\n${query.sql.trim()}\n\n${explain(query, catalog)}`
}

const columns = ({ fields, format }: CheckedTopic): string =>
  fields
    .map(({ name, type }, index) =>
      [name, typeName(type), madeFrom(format, index)].filter((part) => part !== undefined),
    )
    .map((parts) => parts.join(' '))
    .join(', ')

/** What a column is made from that is not one of the format's, as in Flink's DDL. */
function madeFrom({ fields, added }: TopicFormat, index: number): string | undefined {
  const column = added[index - (fields.length - added.length)]
  if (column === undefined) return undefined
  return column.kind === 'metadata' ? `METADATA FROM '${column.metadata.key}'` : `AS ${column.written}`
}

const partitions = ({ partitions }: CheckedTopic): string => counted(partitions, 'partition')
function sinkText(sink: CheckedSink): string {
  const text = `${sink.type.name} of ${sink.from}: ${guaranteeOf(sink)}\nreads as group ${sink.group}`
  const spelled = sink.type.spelledOut?.(sink.options)
  return spelled === undefined ? text : `${text}\nis short for\n${indent(shortFor(spelled).trimEnd())}`
}

function guaranteeOf({ type, options }: CheckedSink): string {
  switch (writesOf(type, options)) {
    case 'append':
      return 'at-least-once: after a crash, a row may be there twice'
    case 'idempotent':
      return 'exactly-once: a row that is written again replaces itself'
    case 'transactional':
      return 'exactly-once: what a crash left unfinished is taken back'
  }
}

function pipelineJson(pipeline: CheckedPipeline) {
  const { name, timezone, sources, topics, views, queries, tables, reports, sinks, catalog } = pipeline
  return {
    name,
    timezone,
    sources: sources.map(({ name, type, to }) => ({ name, kind: type.name, to, replayable: type.replayable })),
    topics: topics.map(({ name, topic, partitions, fields, format, idleMs, maxAhead, rules, dead }) => ({
      name,
      topic,
      partitions,
      idle_ms: idleMs,
      max_ahead_ms: maxAhead === undefined || maxAhead.ms === Number.POSITIVE_INFINITY ? undefined : maxAhead.ms,
      require: Object.fromEntries(rules.map((rule) => [rule.name, rule.written])),
      dead: { time_ms: dead.timeMs, size_bytes: dead.bytes },
      columns: fields.map(({ name, type }, index) => ({ name, type: typeName(type), made: madeFrom(format, index) })),
    })),
    views: views.map(({ name, sql, fields, rowtime }) => ({
      name,
      sql,
      time: rowtime === undefined ? undefined : fields[rowtime]?.name,
      columns: fields.map(({ name, type }) => ({ name, type: typeName(type) })),
    })),
    queries: queries.map(({ name, query, reads, stateLimit, group }) => ({
      name,
      reads,
      group,
      sql: query.sql,
      explain: explain(query, catalog),
      state_limit_bytes: stateLimit,
    })),
    tables: [...tables.values()].map(({ name, type, columns, rowtime, delayMs }) => ({
      name,
      kind: type.name,
      time: columns[rowtime]?.field.name,
      delay_ms: delayMs,
      columns: columns.map(({ stored, field }) => ({ name: field.name, type: typeName(field.type), stored })),
    })),
    lookups: [...pipeline.lookups.values()].map(({ name, type, options, columns, key, unique }) => ({
      name,
      kind: type.name,
      key: key.map((column) => columns[column]?.field.name),
      unique,
      poll_ms: type.pollMs(options),
      columns: columns.map(({ field }) => ({ name: field.name, type: typeName(field.type) })),
    })),
    reports: reports.map(({ name, query, reads, tables, schedule, spanMs }) => ({
      name,
      reads: [...reads, ...tables],
      at: schedule?.text,
      span_ms: spanMs,
      sql: query.sql,
      explain: explain(query, catalog),
    })),
    sinks: sinks.map((sink) => ({
      name: sink.name,
      kind: sink.type.name,
      from: sink.from,
      group: sink.group,
      guarantee: guaranteeOf(sink),
      short_for: sink.type.spelledOut?.(sink.options),
    })),
  }
}

const indent = (text: string): string => text.replace(/^(?=.)/gm, '  ')
const ending = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`)
