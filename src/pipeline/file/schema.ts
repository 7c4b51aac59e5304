/**
 * The schema that reads a pipeline file, and that the published JSON Schema is made from.
 *
 * Every object is strict, so an unknown key is an error. Sources, sinks and formats describe their own options
 * (`source/all.ts`, `sink/all.ts`, `format/all.ts`), under the one key that names their kind. Names are resolved in
 * `check.ts`.
 */
import * as z from 'zod'
import { eitherForm, shortForm, sqlOption } from '../../base/options.ts'
import { duration, durationOrNever } from '../../base/unit-options.ts'
import { buses } from '../../bus/all.ts'
import { CODECS } from '../../bus/batch/compression/codec.ts'
import { MAX_PARTITIONS, MAX_REPLICATION } from '../../bus/bus.ts'
import { optionParts } from '../../format/option-parts.ts'
import { sinks } from '../../sink/all.ts'
import { batchOptions } from '../../sink/delivery/batch-limits.ts'
import { sources } from '../../source/all.ts'
import { tableTypes } from '../../table/all.ts'
import type { PipelineFile } from '../definition.ts'
import { alert } from './alert-schema.ts'
import { engine } from './engine-schema.ts'
import { FORMAT_DEFINITION, format } from './format-schema.ts'
import { described, exactlyOne, kindsIn, oneOf } from './kind-schema.ts'
import { loadEveryKind } from './load-kinds.ts'
import { PARAM_TYPES } from './params/param.ts'
import { kindKeys } from './schema-parts.ts'
import { changes, limits, resultRetention, state, topicBatch, topicRetention } from './space-schema.ts'
import { test } from './test-schema.ts'

/** Kafka's names, shorter than its 249 so that `PIPELINE.QUERY.dead` fits. */
const name = z
  .string()
  .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/, 'a name has 1 to 100 letters, digits, dots, underscores and hyphens')

const sql = sqlOption(z.string().min(1))
const sqlTexts = z.union([sql, z.array(sql).min(1)])

const functionFiles = z.union([z.string().min(1), z.array(z.string().min(1))])

/** A time, or `never`, which is read as Infinity. */
const spanOrNever = (what: string) => durationOrNever.refine((time) => time > 0, `${what} must be longer than nothing`)

const ruleName = z
  .string()
  .regex(/^[ !#-~\u00a0-\uffff]{1,100}$/, 'the name of a rule has 1 to 100 characters, and no quotes')

const topic = z.strictObject({
  partitions: z.int().min(1).max(MAX_PARTITIONS).prefault(1),
  format,
  columns: z
    .record(z.string().min(1), sql)
    .optional()
    .describe("Columns besides those of the format: TYPE METADATA FROM 'KEY', or an expression over the others."),
  watermark: sql.optional(),
  idle: spanOrNever('idle').optional(),
  max_ahead: spanOrNever('max_ahead')
    .optional()
    .describe('A record whose event time is further after its arrival is a dead letter, and moves no watermark.'),
  require: z
    .record(ruleName, sql)
    .optional()
    .describe('Conditions in SQL by name: a record for which one is not TRUE is a dead letter.'),
  retention: topicRetention,
  dead: resultRetention.describe('How long and how much is kept of the dead letters.'),
  start: z.string().optional(),
  out_of_range: z.enum(['earliest', 'latest', 'fail']).optional(),
  replication: z.int().min(1).max(MAX_REPLICATION).optional(),
  acks: z.literal(['all', 1]).optional(),
  compression: z.enum(CODECS).optional(),
  batch: topicBatch,
})

/** Kafka's default for the shortest session of a group (`group.min.session.timeout.ms`). */
const LEAST_SESSION_MS = 6000

/** `bus: kafka://a:9092,b:9092` is short for `bus: { kafka: { brokers: 'a:9092,b:9092' } }`. */
const bus = eitherForm(oneOf('bus', buses, {}), spellBus, {
  anyOf: [{ const: 'embedded' }, { type: 'string', pattern: '^kafka://' }],
})

function spellBus(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const [, kind = value, brokers] = /^(kafka):\/\/(.*)$/s.exec(value) ?? []
  return { [kind]: brokers === undefined ? {} : { brokers } }
}

/** `share: true` is short for `share: {}`; without it, one process runs the pipeline. */
const share = eitherForm(
  z.union([
    z.literal(false),
    z.strictObject({
      session: duration
        .refine((time) => time >= LEAST_SESSION_MS, 'a session must be 6s or longer: a broker refuses a shorter one')
        .prefault('10s'),
    }),
  ]),
  (value) => (value === true ? {} : value),
  { type: 'boolean' },
)

/** The machine that a part runs on, as `run --host` calls it. */
const on = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,200}$/, 'the name of a host has up to 200 letters, digits, dots, underscores and hyphens')
  .optional()

const every = duration.refine((size) => size > 0, 'a window must be longer than nothing')

/** The forms of a query. Those of a report need no windows, as it has a span. */
function formsIn(every: z.ZodType) {
  const windowed = { every, from: z.string() }
  return {
    sql: sql.optional(),
    top: z.strictObject({ count: z.int().min(1), of: sqlTexts, by: sql, ...windowed }).optional(),
    count: z.strictObject({ by: sqlTexts.optional(), ...windowed }).optional(),
    rate: z.strictObject({ of: sql, by: sqlTexts.optional(), ...windowed }).optional(),
  }
}

const forms = formsIn(every)

const oneForm = (names: readonly string[]) =>
  exactlyOne(names, {
    none: (all) => `needs one of ${all}`,
    several: (given) => `has both ${given}: a query is one of them`,
  })

const queryForms = Object.keys(forms)

const query = shortForm(
  'sql',
  z
    .strictObject({ ...forms, retention: resultRetention, changes, state, group: name.optional() })
    .check(oneForm(queryForms))
    .register(kindKeys, { keys: queryForms }),
)

const reportForms = ['query', ...queryForms]

const report = shortForm(
  'sql',
  z
    .strictObject({
      query: z.string().optional(),
      ...formsIn(every.optional()),
      at: z.string().optional(),
      compare: z.string().optional(),
      retention: resultRetention,
      span: duration.refine((span) => span > 0, 'a span must be longer than nothing').prefault('24h'),
    })
    .check(oneForm(reportForms))
    .register(kindKeys, { keys: reportForms }),
)

/** A table of a store, which reports read, or one that queries look rows up in. */
const table = oneOf('table', kindsIn(tableTypes, described), {
  columns: optionParts.columns
    .refine((columns) => Object.keys(columns).length > 0, 'needs a column at least')
    .describe('The columns that SQL can read: `ts: { type: TIMESTAMP_LTZ(3), path: timestamp }`.'),
  time: z.string().optional().describe('Of a table of a store: the column of event time, by which rows are in a span.'),
  key: sqlTexts.optional().describe('Of a lookup table: the columns by which a row is found.'),
  duplicates: z.literal('accept').optional().describe('Of a lookup table: several rows may have one key.'),
  delay: duration.optional().describe('A report that is due waits this long for rows that come late to the store.'),
})

const paramValue = z.union([z.string(), z.number(), z.boolean()])
const paramLimit = z.union([z.string(), z.number()])

/** `N: 3` is short for `N: { default: 3 }`. */
const param = eitherForm(
  z.strictObject({
    type: z.enum(PARAM_TYPES).optional(),
    default: paramValue,
    min: paramLimit.optional(),
    max: paramLimit.optional(),
  }),
  (value) => (['string', 'number', 'boolean'].includes(typeof value) ? { default: value } : value),
  { type: ['string', 'number', 'boolean'] },
)

const paramName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]{0,99}$/,
    'a parameter has 1 to 100 letters, digits and underscores, and begins with no digit',
  )

const named = (values: z.ZodType) => z.record(name, values).prefault({})

export const pipelineSchema: z.ZodType<PipelineFile> = z.strictObject({
  version: z.literal(1),
  name,
  timezone: z.string().prefault('UTC'),
  bus: bus.prefault('embedded'),
  share: share.prefault(false).describe('Several processes share the parts of the pipeline; on Kafka only.'),
  engine: engine.prefault('embedded'),
  params: z.record(paramName, param).prefault({}),
  sources: named(oneOf('source', kindsIn(sources, described), { to: z.string(), on })),
  topics: named(topic),
  functions: functionFiles.prefault([]).describe('Files of functions in TypeScript, which SQL can call: `./risk.ts`.'),
  views: named(sql.describe('A SELECT, which is put in wherever SQL names the view.')),
  queries: named(query),
  tables: named(table),
  reports: named(report),
  sinks: named(
    oneOf('sink', kindsIn(sinks, described), { from: z.string(), batch: batchOptions, group: name.optional(), on }),
  ),
  alerts: named(alert),
  tests: z.record(z.string().min(1).max(200), test).prefault({}),
  checkpoint: z.strictObject({ interval: duration.prefault('10s') }).prefault({}),
  limits,
}) as unknown as z.ZodType<PipelineFile>

/** The JSON Schema for editors. */
export async function pipelineJsonSchema(): Promise<object> {
  await loadEveryKind()
  return {
    title: 'A tailrace pipeline',
    ...(withUses({
      ...z.toJSONSchema(pipelineSchema, { io: 'input', unrepresentable: 'any' }),
      $defs: { [FORMAT_DEFINITION]: format._zod.toJSONSchema?.() },
    }) as object),
  }
}

/** A parameter or a variable may stand for each value; the names of parts are none. */
const USE = { type: 'string', pattern: '\\$\\{.+\\}' }

function withUses(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withUses)
  if (typeof schema !== 'object' || schema === null) return schema
  const parts: { readonly [key: string]: unknown } = Object.fromEntries(
    Object.entries(schema).map(([key, part]) => [key, key === 'propertyNames' ? part : withUses(part)]),
  )
  const isNarrow = parts.type === 'string' && (parts.pattern !== undefined || parts.enum !== undefined)
  return isNarrow || ['integer', 'number', 'boolean'].includes(String(parts.type)) ? { anyOf: [parts, USE] } : parts
}
