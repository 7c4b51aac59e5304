/** Turns declared topics into topics with known columns, types and event time, and into the tables that SQL reads. */
import { assert } from '../../base/assert.ts'
import { changeFailure, collectFailure, type Failure, throwAll } from '../../base/failure.ts'
import { nearest } from '../../base/nearest.ts'
import { formatNamed } from '../../format/all.ts'
import { columnsIn } from '../../format/declared-columns.ts'
import type { OpenFormat } from '../../format/format.ts'
import { openJson } from '../../format/json/json.ts'
import { openFormat } from '../../format/open.ts'
import { type Field, isTimestamp, typeName } from '../../record/type.ts'
import { parseWatermark, type Watermark } from '../../sql/bind/watermark.ts'
import { columnsOf } from '../../sql/expression/columns.ts'
import type { UserFunctions } from '../../sql/function/function.ts'
import { codesIn } from '../../sql/user-function/codes.ts'
import type { MaxAhead } from '../../topic/from-the-future.ts'
import type { Rule } from '../../topic/rules.ts'
import { openTopicFormat, type TopicFormat, withMaxAhead, withRequired } from '../../topic/topic-format.ts'
import type { CheckedTopic } from '../checked.ts'
import type { PipelineText } from '../file/pipeline-text.ts'
import { formatFailure } from '../file/prepare-formats.ts'
import { addedColumns } from './added-columns.ts'
import { keptAs, topicSettings, topicStart } from './bus.ts'
import type { Checking, TopicTable } from './checking.ts'
import { warnOfNames } from './reserved-names.ts'
import { rulesOf } from './rules.ts'
import { deadRule, retentionRule } from './space.ts'
import { idleOf, MAX_AHEAD_MS, maxAheadOf, refuseWithoutWatermark } from './topic-time.ts'

/** Throws a Failure with the mistakes in the topic; what only follows from one is not among them. */
export function checkTopic(name: string, checking: Checking): TopicTable {
  const { file, text } = checking
  const entry = file.topics[name]
  const [kind, options] = Object.entries(entry?.format ?? {})[0] ?? []
  assert(entry !== undefined && kind !== undefined && options !== undefined, 'the schema wants a format')
  const { watermark, columns } = entry
  const { functions } = checking.session
  const failures: Failure[] = []
  const wrongTime: Failure[] = []
  const retention = collectFailure(failures, () =>
    retentionRule(entry.retention, entry.partitions, ['topics', name], checking),
  )
  const start = collectFailure(failures, () => topicStart(name, entry.start, text))
  collectFailure(failures, () => refuseWithoutWatermark(name, watermark !== undefined, checking))
  const dead =
    retention &&
    collectFailure(failures, () => deadRule({ name, partitions: entry.partitions, retention }, entry.dead, checking))
  const decoded = collectFailure(failures, () => {
    const own = openWritten(name, kind, options, text)
    warnOfNames(name, own, checking)
    return openTopicFormat(own, addedColumns(name, columns ?? {}, own, checking), name)
  })
  const rowtime =
    watermark === undefined || decoded === undefined
      ? undefined
      : (collectFailure(wrongTime, () => readWatermark(name, watermark, decoded.fields, text)) ??
        likelyRowtime(watermark, decoded.fields))
  // Without any event time, queries over the topic would only repeat the mistake in its watermark.
  if (rowtime === undefined) failures.push(...wrongTime)
  throwAll(failures)
  checking.failures.push(...wrongTime)
  assert(retention !== undefined && dead !== undefined, 'what is missing was a failure')
  assert(start !== undefined && decoded !== undefined, 'what is missing was a failure')
  const maxAhead = maxAheadOf(name, rowtime?.field, decoded.fields, checking)
  const rules = rulesOf(name, decoded.fields, checking)
  const whole = (own: TopicFormat) => withRequired(maxAhead === undefined ? own : withMaxAhead(own, maxAhead), rules)
  const format = whole(decoded)
  const fields = format.fields.map(({ name, type }, index) => ({
    name,
    type,
    ...(index === rowtime?.field && { rowtime: true }),
  }))
  return {
    topic: {
      name,
      topic: name,
      kept: keptAs(name, file),
      partitions: entry.partitions,
      settings: topicSettings(entry, retention),
      start,
      outOfRange: entry.out_of_range ?? 'earliest',
      chosen: { format: formatNamed(kind), options },
      format,
      ...(formatNamed(kind).isBinary === true && { inTests: whole(asJson(decoded, name)) }),
      fields,
      rowtime: rowtime?.field ?? format.rowtime,
      idleMs: idleOf(name, rowtime !== undefined, checking),
      maxAhead,
      retention,
      dead,
      rules,
      ...meaningOf([kind, format.meaning ?? options, rowtime], columns, { maxAhead, rules, functions }),
      parts: partsOf(kind, options, { format, rowtime, maxAhead, functions }),
    },
    table: { name, fields, rowtime },
  }
}

type Besides = {
  readonly maxAhead: MaxAhead | undefined
  readonly rules: readonly Rule[]
  readonly functions: UserFunctions | undefined
}

function meaningOf(
  declared: readonly unknown[],
  columns: unknown,
  { maxAhead, rules, functions }: Besides,
): Pick<CheckedTopic, 'fingerprint' | 'meaning'> {
  const added = columns === undefined ? [] : [columns, ...codesIn(functions, columns)]
  // The default is what a topic without it meant before.
  const ahead = maxAhead === undefined || maxAhead.ms === MAX_AHEAD_MS ? [] : [{ maxAhead: maxAhead.ms }]
  const written = rules.map((rule) => [rule.name, rule.written])
  const require = rules.length === 0 ? [] : [{ require: written }, ...codesIn(functions, written)]
  const meaning = [...declared, ...added, ...ahead]
  return { fingerprint: JSON.stringify([...meaning, ...require]), meaning: JSON.stringify(meaning) }
}

/** The same columns in lines of JSON, which a person can write. */
function asJson({ fields, added }: TopicFormat, name: string): TopicFormat {
  const own = fields.slice(0, fields.length - added.length)
  return openTopicFormat(openJson(own.map((field) => ({ field }))), added, name)
}

type Decoded = {
  readonly format: TopicFormat
  readonly rowtime: Watermark | undefined
  readonly maxAhead: MaxAhead | undefined
  readonly functions: UserFunctions | undefined
}

/** Members of objects have their names; a column of any other format is known by its place. */
const BY_NAME: readonly string[] = ['json', 'logfmt', 'avro']

function partsOf(
  kind: string,
  options: unknown,
  { format, rowtime, maxAhead, functions }: Decoded,
): CheckedTopic['parts'] {
  const declared = columnsIn(options)
  const { columns: _, ...others } = options as { readonly columns?: unknown }
  const { fields, added } = format
  const columns: string[] = []
  fields.forEach(({ name, type }, index) => {
    const extra = added[index - (fields.length - added.length)]
    const place = extra !== undefined || BY_NAME.includes(kind) ? null : index
    const own = [name, typeName(type), place, declared[name] ?? null]
    columns.push(JSON.stringify(extra?.kind === 'metadata' ? [...own, extra.metadata.key] : own))
  })
  // An expression reads no other one.
  added.forEach((extra, i) => {
    if (extra.kind !== 'computed') return
    const reads = [...columnsOf(extra.expression)].map((column) => columns[column])
    columns[fields.length - added.length + i] = JSON.stringify([
      extra.name,
      extra.written,
      reads,
      ...codesIn(functions, extra.written),
    ])
  })
  const time = rowtime === undefined ? null : [columns[rowtime.field], rowtime.delay]
  return { topic: JSON.stringify([kind, format.meaning ?? others, time, maxAhead?.ms ?? null]), columns }
}

const openWritten = (topic: string, kind: string, options: unknown, text: PipelineText): OpenFormat =>
  changeFailure(
    () => openFormat({ format: formatNamed(kind), options }, undefined),
    (failure) => formatFailure(failure, topic, kind, text),
  )

const readWatermark = (topic: string, written: string, fields: readonly Field[], text: PipelineText) =>
  changeFailure(
    () => parseWatermark(written, fields),
    (failure) => text.sqlFailure(['topics', topic, 'watermark'], failure),
  )

/** The event time that a wrong watermark is probably about, so that the queries over its topic are checked too. */
function likelyRowtime(written: string, fields: readonly Field[]): ReturnType<typeof parseWatermark> | undefined {
  const times = fields.filter(({ type }) => isTimestamp(type)).map(({ name }) => name)
  const [, word = ''] = /^[\s`]*([^\s`]+)/.exec(written) ?? []
  const meant =
    times.find((name) => name === word) ?? nearest(word, times) ?? (times.length === 1 ? times[0] : undefined)
  if (meant === undefined) return undefined
  return parseWatermark(`\`${meant.replaceAll('`', '``')}\` - INTERVAL '5' SECOND`, fields)
}
