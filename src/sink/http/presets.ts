/** The stores that the sink `http` knows, each as what it is short for. */
import * as z from 'zod'
import { Failure } from '../../base/failure.ts'
import type { HttpAnswer } from '../../client/http/client.ts'
import { httpOptions } from '../../client/http/options.ts'
import { withoutQuery } from '../../client/http/trouble.ts'
import { timeColumn } from '../message/names.ts'
import type { SinkType } from '../sink.ts'
import { memberOf } from './look.ts'
import { textOption } from './options.ts'
import { type PresetOptions, presetSink } from './preset.ts'

/** Packed: rows in JSON become a tenth. */
const shared = { ...httpOptions, gzip: z.boolean().prefault(true) }

/** Elasticsearch and OpenSearch, by `_bulk`. A document is named by its row, so one that comes again replaces itself. */
export const elasticsearch: SinkType = presetSink<
  PresetOptions & { readonly index: string; readonly action: 'index' | 'create' }
>({
  name: 'elasticsearch',
  summary: 'Writes rows as documents of Elasticsearch or OpenSearch, each by its key.',
  writes: 'idempotent',
  batch: { rows: 5000, bytes: 4 << 20, lingerMs: 200, inFlight: 4 },
  options: z.strictObject({
    ...shared,
    index: z.string().min(1),
    /** `create`: what a data stream takes. */
    action: z.enum(['index', 'create']).prefault('index'),
  }),
  templates: ({ index }) => [[['index'], index]],
  look: () => async (ask) => {
    const answer = await ask('/')
    const version = memberOf(answer, 'version', 'number')
    if (version === undefined) throw notThis('Elasticsearch or OpenSearch', answer)
    const isOpenSearch = memberOf(answer, 'version', 'distribution') === 'opensearch'
    return { found: `${isOpenSearch ? 'OpenSearch' : 'Elasticsearch'} ${version}` }
  },
  spell: ({ index, action }) => ({
    // Of each document only what the sink reads.
    path: '/_bulk?filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason',
    send: 'lines',
    body: [{ [action]: { _index: index, _id: '{{ row.uuid }}' } }, '{{ row | json }}'],
    answer: 'bulk',
  }),
})

/** ClickHouse, by its HTTP interface. A batch that comes again is dropped by a table with a deduplication window. */
export const clickhouse: SinkType = presetSink<
  PresetOptions & { readonly table: string; readonly settings?: { readonly [name: string]: string } | undefined }
>({
  name: 'clickhouse',
  summary: 'Inserts rows into a table of ClickHouse, by its HTTP interface.',
  writes: 'append',
  batch: { rows: 100_000, bytes: 16 << 20, lingerMs: 1000, inFlight: 2 },
  options: z.strictObject({
    ...shared,
    table: z
      .string()
      .regex(/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)?$/, 'expected TABLE or DATABASE.TABLE, of letters, digits and underscores'),
    settings: z.record(z.string().regex(/^\w+$/), textOption).optional(),
  }),
  templates: () => [],
  look:
    ({ table }) =>
    async (ask) => {
      const question = (sql: string) => ask(`/?query=${encodeURIComponent(sql)}`)
      const answer = await question('SELECT version()')
      const version = /^(\d+(?:\.\d+)+)\n$/.exec(String(answer.body))?.[1]
      if (version === undefined) throw notThis('ClickHouse', answer)
      const exists = String((await question(`EXISTS TABLE ${table}`)).body) === '1\n'
      const hint = 'Make it, with a column for each of the rows: tailrace makes no table there.'
      const failures = exists ? [] : [new Failure('not-found', `there is no table ${table}`, { hint })]
      return { found: `ClickHouse ${version}`, failures }
    },
  spell: ({ table, settings }) => ({
    path: '/',
    query: {
      query: `INSERT INTO ${table} FORMAT JSONEachRow`,
      insert_deduplication_token: '{{ message.id }}',
      // Times as tailrace writes them.
      date_time_input_format: 'best_effort',
      // An error comes as the status of the answer, not within it.
      wait_end_of_query: '1',
      ...settings,
    },
    headers: { 'Content-Type': 'application/x-ndjson' },
    send: 'lines',
    body: '{{ row | json }}',
  }),
})

/** Loki, by its push API. To Loki, a line that comes again with the same labels, time and text is one; other stores keep both. */
export const loki: SinkType = presetSink<
  PresetOptions & {
    readonly labels: { readonly [name: string]: string }
    readonly line: string
    readonly tenant?: string | undefined
  }
>({
  name: 'loki',
  summary: 'Sends rows as lines to Loki, or a store with its push API, with labels and event time.',
  writes: 'append',
  batch: { rows: 5000, bytes: 1 << 20, lingerMs: 500, inFlight: 4 },
  options: z.strictObject({
    ...shared,
    labels: z
      .record(
        z.string().regex(/^[A-Za-z_]\w*$/, 'a label has a name of letters, digits and underscores'),
        z.string().min(1),
      )
      .refine((labels) => Object.keys(labels).length > 0, 'a stream of Loki has at least one label'),
    line: z.string().min(1).prefault('{{ row | json }}'),
    tenant: z.string().min(1).optional(),
  }),
  templates: ({ labels, line }) => [
    ...Object.entries(labels).map(([name, text]) => [['labels', name], text] as const),
    [['line'], line],
  ],
  look:
    ({ tenant }) =>
    async (ask) => {
      const headers = tenant === undefined ? {} : { 'X-Scope-OrgID': tenant }
      // Other stores with its push API have no such page.
      const version = memberOf(await ask('/loki/api/v1/status/buildinfo', headers), 'version')
      return { found: version === undefined ? 'a server without the version of Loki' : `Loki ${version}` }
    },
  check(_, { fields, from }) {
    if (timeColumn(fields) !== undefined) return []
    const hint = 'Select window_end or a column of event time in the query, or give the topic a watermark.'
    return [
      {
        path: ['labels'],
        at: 'key',
        failure: new Failure('pipeline', `the rows of ${from} have no time, which Loki wants`, { hint }),
      },
    ]
  },
  spell: ({ labels, line, tenant }) => ({
    path: '/loki/api/v1/push',
    send: 'array',
    // A text, also where the line is nothing but a value of JSON.
    body: { stream: labels, values: [['{{ row.time_ns }}', `${line}{{ "" }}`]] },
    envelope: '{"streams":{{ rows }}}',
    headers: tenant === undefined ? {} : { 'X-Scope-OrgID': tenant },
  }),
})

/** What answers is another program. */
const notThis = (store: string, { url, status }: HttpAnswer): Failure =>
  new Failure('not-found', `${withoutQuery(url)} answers ${status}, and not as ${store} does`, {
    hint: 'is this its address, and the path before its own?',
  })
