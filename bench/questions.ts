/**
 * The questions about access logs: q1, requests by method per minute; q2, the three most requested paths per five minutes;
 * q3, all hosts and targets in order; q4, the ten hosts with the most requests within an hour, by an OVER for each request;
 * q5, the sessions of each host; by status, percentiles of the sizes, and sketches of hosts and requests.
 */
import type { Log } from './logs.ts'
import { type Contender, FIRST_RUNS } from './measure.ts'

const TAILRACE = [process.execPath, 'dist/cli/main.cjs']

const SQL = {
  q1: `SELECT window_start, http_method, COUNT(*) AS hits
FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end, http_method`,
  q2: `SELECT window_start, path, hits FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY hits DESC, path) AS rn FROM (
    SELECT window_start, window_end, path, COUNT(*) AS hits
    FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '5' MINUTE))
    GROUP BY window_start, window_end, path))
WHERE rn <= 3`,
  q3: 'SELECT host, target FROM log ORDER BY host DESC, target',
  q4: `SELECT host, MAX(hits) AS most FROM (
  SELECT host, COUNT(*) OVER (
    PARTITION BY host ORDER BY ts RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW) AS hits
  FROM log)
GROUP BY host ORDER BY most DESC, host LIMIT 10`,
  q5: `SELECT window_start, window_end, host, COUNT(*) AS hits, SUM(body_bytes) AS traffic
FROM TABLE(SESSION(TABLE log PARTITION BY host, DESCRIPTOR(ts), INTERVAL '30' MINUTE))
GROUP BY window_start, window_end, host`,
  percentiles:
    'SELECT status, PERCENTILE(body_bytes, ARRAY[0.5, 0.9, 0.99]) AS sizes, COUNT(*) AS n FROM log GROUP BY status',
  sketches:
    'SELECT status, APPROX_COUNT_DISTINCT(host) AS hosts, APPROX_COUNT_DISTINCT(request) AS requests FROM log GROUP BY status',
} as const

export type Question = keyof typeof SQL

export const tailrace = (question: Question, { path, format }: Log): Contender => ({
  name: 'tailrace',
  uncounted: FIRST_RUNS,
  command: [...TAILRACE, 'query', SQL[question], path, '--format', format.toLowerCase(), '-o', 'csv'],
})
