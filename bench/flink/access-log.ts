/** Questions about access logs: one text for both engines, over a table `lines`; and how each of them reads a line. */
import type { Columns } from './rows.ts'

export type Question = { readonly name: string; readonly sql: string; readonly columns: Columns }

const minute = (columns: string, group = ''): string => `SELECT window_start, window_end, ${columns}
FROM TABLE(TUMBLE(TABLE lines, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end${group}`

const ERRORS = 'SUM(CASE WHEN status >= 400 THEN 1 ELSE 0 END)'

export const METHODS: Question = {
  name: 'requests by method per minute',
  sql: minute('http_method, COUNT(*) AS hits', ', http_method'),
  columns: { window_start: 'time', http_method: 'text', hits: 'number' },
}

export const QUESTIONS: readonly Question[] = [
  METHODS,
  {
    name: 'top 3 paths per 5 minutes',
    sql: `SELECT window_start, window_end, target, hits FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY hits DESC, target) AS place FROM (
    SELECT window_start, window_end, target, COUNT(*) AS hits
    FROM TABLE(TUMBLE(TABLE lines, DESCRIPTOR(ts), INTERVAL '5' MINUTE))
    GROUP BY window_start, window_end, target))
WHERE place <= 3`,
    columns: { window_start: 'time', target: 'text', hits: 'number' },
  },
  {
    name: 'share of errors per minute',
    sql: minute(`COUNT(*) AS hits, ${ERRORS} AS errors, CAST(${ERRORS} AS DOUBLE) / COUNT(*) AS share`),
    columns: { window_start: 'time', hits: 'number', errors: 'number', share: 'number' },
  },
]

/** A way in which Flink reads a line: the columns of its table, and the options of its format. */
export type Decode = {
  readonly name: string
  readonly columns: string
  readonly format: string
  /** How tailrace reads the same lines. */
  readonly own: 'common' | 'json'
}

/** How Flink is asked: a way to read a line, with mini-batch or without. */
export type Way = { readonly decode: Decode; readonly isMiniBatch: boolean }

/** Each with and without mini-batch. */
export const waysOf = (decodes: readonly Decode[]): readonly Way[] =>
  decodes.flatMap((decode) => [false, true].map((isMiniBatch) => ({ decode, isMiniBatch })))

export const wayName = ({ decode, isMiniBatch }: Way): string => `${decode.name}${isMiniBatch ? ', mini-batch' : ''}`

/** The log's zone is -0400, and Flink's functions leave zones aside. */
const time = (text: string): string => `TO_TIMESTAMP(${text}, 'dd/MMM/yyyy:HH:mm:ss') + INTERVAL '4' HOUR`
const WATERMARK = "WATERMARK FOR ts AS ts - INTERVAL '5' SECOND"

/** Raw lines, three ways: tailrace checks a line wholly; Flink cuts out what the statements need. */
export const RAW_DECODES: readonly [Decode, ...Decode[]] = [
  {
    name: 'format csv',
    columns: `host STRING, ident STRING, who STRING, at_time STRING, zone STRING, request STRING, status INT, sent STRING,
  ts AS ${time('SUBSTRING(at_time, 2)')}, http_method AS SPLIT_INDEX(request, ' ', 0),
  target AS SPLIT_INDEX(request, ' ', 1), ${WATERMARK}`,
    format: "'format' = 'csv', 'csv.field-delimiter' = ' '",
    own: 'common',
  },
  {
    name: 'SPLIT_INDEX',
    columns: `line STRING, ts AS ${time("SUBSTRING(SPLIT_INDEX(line, ' ', 3), 2)")},
  http_method AS SUBSTRING(SPLIT_INDEX(line, ' ', 5), 2), target AS SPLIT_INDEX(line, ' ', 6),
  status AS CAST(SPLIT_INDEX(line, ' ', 8) AS INT), ${WATERMARK}`,
    format: "'format' = 'raw'",
    own: 'common',
  },
  {
    name: 'REGEXP_EXTRACT',
    columns: `line STRING, ts AS ${time(String.raw`REGEXP_EXTRACT(line, '\[([^ ]+) ', 1)`)},
  http_method AS REGEXP_EXTRACT(line, '"([A-Z]+) ', 1), target AS REGEXP_EXTRACT(line, '"[A-Z]+ ([^ "]+)', 1),
  status AS CAST(REGEXP_EXTRACT(line, '" ([0-9]{3}) ', 1) AS INT), ${WATERMARK}`,
    format: "'format' = 'raw'",
    own: 'common',
  },
]

/** The same lines, already typed: both engines read JSON. */
export const TYPED: Decode = {
  name: 'typed JSON',
  columns: `ts TIMESTAMP_LTZ(3), host STRING, http_method STRING, target STRING, status INT, body_bytes BIGINT, ${WATERMARK}`,
  format: "'format' = 'json', 'json.timestamp-format.standard' = 'ISO-8601'",
  own: 'json',
}

/** The statement that makes a file of them, from the raw lines. */
export const TYPED_SQL = 'SELECT ts, host, http_method, target, status, body_bytes FROM lines'

/** How a pipeline file of tailrace declares the lines. */
export const ownFormat = (own: Decode['own']): object | string =>
  own === 'common'
    ? 'common'
    : {
        json: {
          columns: {
            ts: 'TIMESTAMP_LTZ(3)',
            host: 'STRING',
            http_method: 'STRING',
            target: 'STRING',
            status: 'INT',
            body_bytes: 'BIGINT',
          },
        },
      }

/** The types of the rows in Flink's tables. */
const TYPES: Readonly<Record<string, string>> = {
  window_start: 'TIMESTAMP(3)',
  window_end: 'TIMESTAMP(3)',
  hits: 'BIGINT',
  errors: 'INT',
  share: 'DOUBLE',
}

/** `CREATE TABLE lines`, whose connector is given as options. */
export const linesTable = ({ columns, format }: Decode, connector: string): string =>
  `CREATE TABLE lines (${columns}) WITH (${connector}, ${format})`

/** `CREATE TABLE answer` with the columns that a question selects, in their order, and the statement that fills it. */
export function answerTable(
  question: Question,
  connector: string,
): { readonly table: string; readonly insert: string } {
  const names = ['window_start', 'window_end', ...Object.keys(question.columns).slice(1)]
  const columns = names.map((name) => `${name} ${TYPES[name] ?? 'STRING'}`).join(', ')
  return {
    table: `CREATE TABLE answer (${columns}) WITH (${connector})`,
    insert: `INSERT INTO answer ${question.sql}`,
  }
}
