/** The whole text that `explain` prints for a query. */
import { expect, test } from 'vitest'
import { BY_METHOD, catalog, plan, TUMBLE, WINDOW } from './example-log.test-tool.ts'
import { explain } from './explain.ts'

test('a stream: mode, columns, key, state, and the plan down to what is decoded', () => {
  const top = `SELECT window_end, http_method, hits FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY ${WINDOW}
    ORDER BY hits DESC, http_method) AS rn FROM (${BY_METHOD})) WHERE rn <= 3`
  expect(explain(plan(top), catalog)).toBe(
    [
      'mode     streaming',
      'columns  window_end TIMESTAMP(3), http_method STRING, hits BIGINT',
      'row key  window_end, http_method',
      'state    the first 3 rows of each partition of each open window; one entry for each group of each open window',
      'plan',
      '  project  window_end, http_method, hits',
      '    rank     rows 1 to 3 of each window_start, window_end, by hits DESC, http_method',
      '      group    by window_start, window_end, http_method: COUNT(*) AS hits',
      "        window   TUMBLE of INTERVAL '1' MINUTE on ts",
      "          scan     log: decodes ts, http_method; watermark ts - INTERVAL '5' SECOND",
    ].join('\n'),
  )
})

test('a batch: the rows that it keeps to sort them, and no watermark', () => {
  const text = explain(
    plan('SELECT host, COUNT(DISTINCT path) AS n FROM log GROUP BY host ORDER BY n LIMIT 5', 'batch'),
    catalog,
  )
  expect(text).toContain('state    the first 5 rows; one entry for each group, with its distinct values\n')
  expect(text).toContain('scan     log: decodes host, path')
  expect(text).not.toContain('watermark')
})

test('rows without a key, and a warning with its hint', () => {
  const text = explain(
    plan(`SELECT COUNT(*) FILTER (WHERE status > 499) / COUNT(*) AS x FROM ${TUMBLE} GROUP BY ${WINDOW}`),
    catalog,
  )
  expect(text).toContain('row key  none: rows are known by topic, partition, offset and ordinal')
  expect(text).toMatch(/warning {2}COUNT\(\*\) FILTER .* divides integers.*\n {9}for a fraction, write SELECT CAST/)
  expect(text).toContain('because window_end is not selected')
})

test.each([
  [
    "HOP(TABLE log, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE)",
    "HOP of INTERVAL '5' MINUTE every INTERVAL '1' MINUTE",
  ],
  [
    "CUMULATE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' HOUR, INTERVAL '1' DAY)",
    "CUMULATE up to INTERVAL '1' DAY in steps of INTERVAL '1' HOUR",
  ],
  [
    "TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' DAY, INTERVAL '90' SECOND)",
    "TUMBLE of INTERVAL '1' DAY, shifted by INTERVAL '90' SECOND",
  ],
])('%s', (call, words) => {
  expect(explain(plan(`SELECT host, window_end FROM TABLE(${call})`), catalog)).toContain(`window   ${words} on ts`)
})
