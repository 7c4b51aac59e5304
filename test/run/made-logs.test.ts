/** The engine's answers about made logs beside those that are reckoned from the records of the generator. */
import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../src/data/data-folder.test-tool.ts'
import { checkPipeline } from '../../src/pipeline/check/check.ts'
import { loadPipeline } from '../../src/pipeline/file/load.ts'
import { type AnswerRow, type Expected, expectedOf } from '../../src/source/made/expected/answers.ts'
import { generatorOptions, type KindName } from '../../src/source/made/options.ts'
import { PAYMENT_FIELDS } from '../../src/source/made/payments/payments.ts'
import { readTopics, runInProcess } from './in-process.ts'

const PARTITIONS = 3
const TUMBLE = (table: string, time: string, size: string) =>
  `TABLE(TUMBLE(TABLE ${table}, DESCRIPTOR(${time}), INTERVAL ${size}))`
const TRAFFIC = `COUNT(*) AS logs, SUM(bytes_sent) AS bytes_sent, SUM(bytes_received) AS bytes_received,
      COUNT(DISTINCT port) AS ports, COUNT(*) FILTER (WHERE action IN ('DENY', 'DROP')) AS denied,
      CAST(COUNT(*) FILTER (WHERE action IN ('DENY', 'DROP')) AS DOUBLE) / COUNT(*) AS denied_share`
const top = (inner: string, by: string, order: string) => `
      SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY ${by} DESC, ${order}) AS n
      FROM (${inner})) WHERE n <= 3`
const ACCESS = { topic: { format: 'common', watermark: "ts - INTERVAL '5' SECOND" } }

/** A part of an address. */
const PART = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
/** What finds each kind of bad records of rows that can be decoded. */
const RULES = {
  'ip-logs': {
    'source is missing': 'source_ip IS NOT NULL',
    'action is missing': 'action IS NOT NULL',
    'port is out of range': 'port BETWEEN 0 AND 65535',
    'source is no address': `REGEXP(source_ip, '^${PART}([.]${PART}){3}$')`,
  },
  payments: {
    'method is missing': 'payment_method IS NOT NULL',
    'currency is missing': 'currency IS NOT NULL',
    'amount is not positive': 'amount > 0',
    'currency is none': `REGEXP(currency, '^[A-Z]{3}$')`,
    'country is none': `REGEXP(country, '^[A-Z]{2}$')`,
  },
}
/** The flaws that each rule finds. */
const FOUND: Readonly<Record<string, readonly string[]>> = {
  'source is missing': ['missing source_ip'],
  'action is missing': ['missing action'],
  'port is out of range': ['range port'],
  'source is no address': ['form source_ip', 'encoding source_ip'],
  'method is missing': ['missing payment_method'],
  'currency is missing': ['missing currency'],
  'amount is not positive': ['range amount'],
  'currency is none': ['form currency', 'encoding currency'],
  'country is none': ['form country'],
}

type Asked = {
  readonly dials: object
  readonly topic: object
  readonly queries: Readonly<Record<string, string>>
}

const payments = (size: string) => `
      SELECT window_start, payment_method, country, COUNT(*) AS events, COUNT(*) FILTER (WHERE event_type = 'refund') AS refunds,
        CAST(SUM(amount) AS STRING) AS amount, COUNT(*) FILTER (WHERE status = 'failed') AS failed,
        CAST(COUNT(*) FILTER (WHERE status = 'failed') AS DOUBLE) / COUNT(*) AS error_rate
      FROM ${TUMBLE('log', 'event_time', size)} GROUP BY window_start, window_end, payment_method, country`

const KINDS: Readonly<Record<Exclude<KindName, 'population'>, Asked>> = {
  nasa: {
    dials: { count: 8000, busier: 20 },
    ...ACCESS,
    queries: {
      methods: `SELECT window_start, http_method, COUNT(*) AS hits FROM ${TUMBLE('log', 'ts', "'1' MINUTE")} GROUP BY window_start, window_end, http_method`,
      top_paths: top(
        `SELECT window_start, window_end, path, COUNT(*) AS hits FROM ${TUMBLE('log', 'ts', "'5' MINUTE")} GROUP BY window_start, window_end, path`,
        'hits',
        'path',
      ),
    },
  },
  products: {
    dials: { count: 8000 },
    topic: {
      format: {
        log_format:
          '$remote_addr - - [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_time $upstream_addr',
      },
      watermark: "ts - INTERVAL '5' SECOND",
    },
    queries: {
      pages: `SELECT window_start, path, COUNT(*) AS hits FROM ${TUMBLE('log', 'ts', "'1' MINUTE")} GROUP BY window_start, window_end, path`,
    },
  },
  'ip-logs': {
    dials: { count: 20_000, event_rate: '50/s', keys: 30, scans: { every: '5m' }, bursts: { every: '5m', for: '1m' } },
    topic: {
      format: {
        json: {
          columns: {
            seen: { type: 'TIMESTAMP(3)', path: 'timestamp' },
            source_ip: 'STRING',
            port: 'INT',
            bytes_sent: 'BIGINT',
            bytes_received: 'BIGINT',
            action: 'STRING',
          },
        },
      },
      watermark: "seen - INTERVAL '5' SECOND",
      require: RULES['ip-logs'],
    },
    queries: {
      traffic: `SELECT window_start, ${TRAFFIC} FROM ${TUMBLE('log', 'seen', "'1' MINUTE")} GROUP BY window_start, window_end`,
      sources: `SELECT window_start, source_ip, ${TRAFFIC} FROM ${TUMBLE('log', 'seen', "'1' MINUTE")} GROUP BY window_start, window_end, source_ip`,
      top_sources: top(
        `SELECT window_start, window_end, source_ip, ${TRAFFIC} FROM ${TUMBLE('log', 'seen', "'5' MINUTE")} GROUP BY window_start, window_end, source_ip`,
        'logs',
        'source_ip',
      ),
    },
  },
  payments: {
    dials: { count: 20_000, event_rate: '4/s', outages: { every: '10m' }, bursts: { every: '20m' } },
    topic: {
      format: {
        json: {
          columns: {
            event_type: 'STRING',
            event_time: 'TIMESTAMP_LTZ(3)',
            amount: 'DECIMAL(12, 2)',
            payment_method: 'STRING',
            country: 'STRING',
            currency: 'STRING',
            status: 'STRING',
          },
        },
      },
      watermark: "event_time - INTERVAL '5' SECOND",
      require: RULES.payments,
    },
    queries: { by_minute: payments("'1' MINUTE"), by_hour: payments("'1' HOUR") },
  },
}

const AVRO_TYPES: Readonly<Record<string, object>> = {
  event_time: { type: 'long', logicalType: 'timestamp-millis' },
  amount: { type: 'bytes', logicalType: 'decimal', precision: 12, scale: 2 },
}
const AVRO = {
  type: 'record',
  name: 'Payment',
  fields: PAYMENT_FIELDS.map(({ name }) => ({ name, type: AVRO_TYPES[name] ?? ['null', 'string'] })),
}
const AS_AVRO: Asked = {
  ...KINDS.payments,
  topic: { ...KINDS.payments.topic, format: { avro: { schema: 'payment.avsc' } } },
}
const CASES: readonly (readonly [string, KindName, Asked])[] = [
  ...(Object.entries(KINDS) as [KindName, Asked][]).map(([like, asked]) => [like, like, asked] as const),
  ['payments, as Avro', 'payments', AS_AVRO],
]

test.each(CASES)(
  'a log like %s: the rows, the late rows and the dead letters are those that its records have',
  async (_, like, asked) => {
    const { dials, topic, queries } = asked
    using folder = temporaryFolder()
    writeFileSync(`${folder.path}/payment.avsc`, JSON.stringify(AVRO))
    const options = {
      ...dials,
      like,
      seed: 14,
      disorder: '5%',
      late: { share: '1%', by: '2m' },
      duplicates: '2%',
      bad: '2%',
    }
    const text = JSON.stringify({
      version: 1,
      name: 'made',
      sources: { made: { generator: options, to: 'log' } },
      topics: { log: { partitions: PARTITIONS, ...topic } },
      queries,
    })
    writeFileSync(`${folder.path}/p.yaml`, text)
    const loaded = await loadPipeline(`${folder.path}/p.yaml`, { environment: {}, overrides: [] })
    const { pipeline } = checkPipeline(loaded, 0)
    const summary = await runInProcess(pipeline, { dataFolder: `${folder.path}/data` })
    const expected = expectedOf(generatorOptions.parse(options), {
      partitions: PARTITIONS,
      delay: 5000,
      isJson: asked !== AS_AVRO,
    })
    const topics = await readTopics(`${folder.path}/data`)
    for (const [name, { rows }] of Object.entries(expected.answers)) {
      const came = (topics.get(`made.${name}-0`) ?? []).map(({ value }) => JSON.parse(String(value)) as AnswerRow)
      expect(sorted(came, rows)).toEqual(sorted(rows, rows))
      expect(rows.length).toBeGreaterThan(5)
    }
    expect(summary.dead.late).toBe(lateOf(expected))
    expect(summary.dead.format).toBe(expected.dead.format)
    expect(summary.dead.rule).toBe(expected.dead.rule)
    expect(expected.dead.format + expected.dead.rule).toBe(expected.fates.bad)
    const letters = [...topics]
      .filter(([name]) => name.startsWith('log.dead-'))
      .flatMap(([, records]) => records.map(({ value }) => JSON.parse(String(value)) as { readonly rule?: string }))
    for (const [rule, flaws] of Object.entries(FOUND)) {
      if (!(rule in ((topic as { readonly require?: object }).require ?? {}))) continue
      // Bytes that are not UTF-8 are in JSON only.
      const found = flaws.filter((flaw) => asked !== AS_AVRO || !flaw.startsWith('encoding'))
      const count = found.reduce((sum, flaw) => sum + (expected.flaws[flaw] ?? 0), 0)
      expect([rule, letters.filter((letter) => letter.rule === rule).length]).toEqual([rule, count])
      expect(count).toBeGreaterThan(10)
    }
    expect(lateOf(expected)).toBeGreaterThan(50)
  },
)

const lateOf = ({ answers }: Expected): number => Object.values(answers).reduce((sum, { late }) => sum + late, 0)

/** The columns of the expected rows, in order of the rows' texts. A time of an instant ends with Z in one and not in the other. */
function sorted(rows: readonly AnswerRow[], as: readonly AnswerRow[]): readonly string[] {
  const names = Object.keys(as[0] ?? {})
  const texts = rows.map((row) => JSON.stringify(names.map((name) => row[name])))
  return texts.map((text) => text.replace(/^(\["[^"]*?)Z"/, '$1"')).sort()
}
