/**
 * The pipelines that are killed again and again, and their input. Every line has a number, so that an oracle knows the place
 * of each. Some lines come late, some are broken.
 */
import { type Random, seededRandom } from '../../src/base/random.ts'
import { accessLine } from '../access-line.ts'

/** Small enough that a life rolls many segments. */
export const SEGMENT_BYTES: number = 8 << 10
/** `orders` has one partition: its lines are contiguous in the source's memory, and are handed over without a copy. */
export const PARTITIONS = { access: 3, orders: 1, events: 2 } as const

const ACCESS = `partitions: ${PARTITIONS.access}, format: common, watermark: ts - INTERVAL '5' SECOND`
const JSON_FORMAT = '{ json: { columns: { ts: TIMESTAMP_LTZ(3), shop: STRING, amount: DOUBLE, number: BIGINT } } }'
const HOSTS = `SELECT window_start, window_end, host, COUNT(DISTINCT path) AS paths, SUM(body_bytes) AS traffic
    FROM TABLE(HOP(TABLE access, DESCRIPTOR(ts), INTERVAL '30' SECOND, INTERVAL '90' SECOND))
    GROUP BY window_start, window_end, host`

/** Two files that are read in order, so the topics must equal those of an undisturbed run. */
export const PIPELINE: string = `version: 1
name: crash
sources:
  access_log: { file: { path: access.log, poll: 10ms }, to: access }
  orders_log: { file: { path: orders.log, poll: 10ms }, to: orders }
topics:
  access: { ${ACCESS} }
  orders:
    partitions: ${PARTITIONS.orders}
    format: ${JSON_FORMAT}
    watermark: ts - INTERVAL '5' SECOND
queries:
  paths: { count: { by: path, every: 60s, from: access } }
  top: { top: { count: 3, of: path, by: COUNT(*), every: 2m, from: access } }
  hosts: |
    ${HOSTS}
  errors: SELECT ts, target, status FROM access WHERE status >= 400
  both: |
    SELECT window_start, window_end, 'order' AS kind, COUNT(*) AS many, SUM(amount) AS amount
    FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '60' SECOND))
    GROUP BY window_start, window_end
    UNION ALL
    SELECT window_start, window_end, http_method AS kind, COUNT(*) AS many, CAST(SUM(body_bytes) AS DOUBLE) AS amount
    FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '60' SECOND))
    GROUP BY window_start, window_end, http_method
  minutes: |
    SELECT a.window_start, a.window_end, a.http_method, a.hits, b.many
    FROM (SELECT window_start, window_end, http_method, COUNT(*) AS hits
      FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '10' SECOND))
      GROUP BY window_start, window_end, http_method) AS a
    LEFT JOIN (SELECT window_start, window_end, shop, COUNT(*) AS many
      FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND))
      GROUP BY window_start, window_end, shop) AS b
    ON a.window_start = b.window_start AND a.window_end = b.window_end AND a.hits > b.many
  near: |
    SELECT a.ts, a.target, b.number
    FROM access AS a FULL JOIN orders AS b
    ON b.ts BETWEEN a.ts - INTERVAL '1' SECOND AND a.ts + INTERVAL '2' SECOND AND a.body_bytes > b.amount * 50
sinks:
  near_csv: { from: near, csv: out/near.csv }
  paths_csv: { from: paths, csv: out/paths.csv }
  hosts_ndjson: { from: hosts, ndjson: out/hosts.ndjson }
  both_csv: { from: both, csv: out/both.csv }
  archive: { from: access, files: { path: "archive/%y-%m-%d", roll: 1s } }
  lake: { from: access, parquet: { path: "lake/day=%Y-%m-%d", roll: 1s, row_group: 50 } }
  paths_table: { from: paths, sqlite: { path: out/crash.db, table: paths } }
  log_table:
    from: access
    sqlite:
      path: out/crash.db
      table: log
      columns: { part: INT METADATA FROM 'partition', place: BIGINT METADATA FROM 'offset', raw: { record: value } }
checkpoint: { interval: 15ms }
`

/** A topic that drops records which a slow sink has not read. */
export const DROPPING: string = `version: 1
name: crash
sources:
  access_log: { file: { path: access.log, poll: 10ms }, to: access }
topics:
  access: { ${ACCESS} }
sinks:
  archive: { from: access, files: { path: archive/all, roll: 1s } }
checkpoint: { interval: 15ms }
`

/**
 * Files that grow side by side and are rotated, requests, clocks and reports: the order of the input is chance, so the rows
 * must be those of the topics and their ticks. The clock goes SPEED times as fast as the real one.
 */
export const SPEED = 50
const SOURCES = {
  all: `sources:
  files: { file: { path: "logs/*.log*", poll: 500ms }, to: access }
  posted: { ingest: { listen: "127.0.0.1:0" }, to: events }
`,
  files: `sources:
  files: { file: { path: "logs/*.log*", poll: 500ms }, to: access }
`,
  none: '',
}

export const live = (sources: keyof typeof SOURCES): string => `version: 1
name: crash.live
${SOURCES[sources]}topics:
  access: { ${ACCESS}, idle: 1s }
  events: { partitions: ${PARTITIONS.events}, format: ${JSON_FORMAT}, watermark: ts - INTERVAL '5' SECOND, idle: 1s }
queries:
  paths: |
    SELECT window_time AS made, path, COUNT(*) AS hits
    FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '10' SECOND))
    GROUP BY window_start, window_end, window_time, path
  hosts: |
    ${HOSTS}
  hours: |
    SELECT window_start, window_end, COUNT(*) AS paths, SUM(hits) AS hits
    FROM TABLE(TUMBLE(TABLE paths, DESCRIPTOR(made), INTERVAL '30' SECOND))
    GROUP BY window_start, window_end
  shops: { count: { by: shop, every: 10s, from: events } }
reports:
  minutes: { sql: SELECT COUNT(*) AS many FROM access, at: "* * * * *", span: 1m }
sinks:
  paths_csv: { from: paths, csv: out/paths.csv }
  hours_ndjson: { from: hours, ndjson: out/hours.ndjson }
  minutes_ndjson: { from: minutes, ndjson: out/minutes.ndjson }
  archive: { from: access, files: { path: "archive/%y-%m-%d", roll: 50s } }
checkpoint: { interval: 750ms }
`

export type Inputs = { readonly access: readonly string[]; readonly orders: readonly string[] }

/** The time from the first line to the last. */
export const SPAN_MS = 1200_000
export const START: number = Date.UTC(1995, 5, 30, 23, 50)

/** Lines from before midnight to after it, so that the archive has two folders. */
export function makeInputs(seed: number, lines: number): Inputs {
  const random = seededRandom(seed)
  return { access: makeLines(lines, random, hitLine), orders: makeLines(lines >> 1, random, orderLine) }
}

/** Lines that span SPAN_MS on average; some are late, by up to twice the watermark delay, and some are broken. */
export function makeLines(
  count: number,
  random: Random,
  line: (n: number, ts: Date, random: Random) => string,
): string[] {
  let now = START
  return Array.from({ length: count }, (_, number) => {
    now += random.below(SPAN_MS / count) * 2
    if (random.below(150) === 0) return `line ${number} is broken \x16\x03`
    return line(number, new Date(now - (random.below(20) === 0 ? random.below(10_000) : 0)), random)
  })
}

/** A line of the access log; all but its number is chance. */
export function hitLine(number: number, ts: Date, random: Random): string {
  const status = random.below(10) === 0 ? 404 : 200
  const method = random.below(9) === 0 ? 'HEAD' : 'GET'
  const path = `/${random.below(12)}?n=${number}`
  const host = `host${random.below(20)}`
  return accessLine(ts.getTime(), { host, method, path, status, bytes: random.below(9999) }).trimEnd()
}

export const orderLine = (number: number, ts: Date, random: Random): string =>
  JSON.stringify({ ts: ts.toISOString(), shop: `s${random.below(5)}`, amount: random.below(1000) / 8, number })
