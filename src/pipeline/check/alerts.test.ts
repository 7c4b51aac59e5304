import { beforeAll, describe, expect, test } from 'vitest'
import { describeFailure, Failure, failuresIn } from '../../base/failure.ts'
import { readPipeline } from '../file/load.ts'
import { loadEveryKind } from '../file/load-kinds.ts'
import { checkPipeline } from './check.ts'

beforeAll(loadEveryKind)

const WHOLE = `version: 1
name: shop
sources:
  in: { tcp: 127.0.0.1:9999, to: payments }
topics:
  payments:
    format: { json: { columns: { ts: TIMESTAMP(3), country: STRING, shop: STRING, ok: BOOLEAN } } }
    watermark: ts - INTERVAL '5' SECOND
queries:
  failed: |
    SELECT window_start, window_end, country, shop, COUNT(*) AS n, AVG(CASE WHEN ok THEN 0e0 ELSE 1e0 END) AS rate
    FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
    GROUP BY window_start, window_end, country, shop
  bad: SELECT ts, country FROM payments WHERE NOT ok
  timeless: SELECT country FROM payments
alerts:
  high:
    from: failed
    when: rate > 0.05
    clear: rate < 0.02
    min_count: n >= 100
    for: 5m
    key: [country, shop]
    message: "{{ country }}: {{ rate }}"
    notify:
      - console
      - command: [notify-send, "{{ title }}"]
sinks:
  out: { from: high, console: {} }
`

/** The failures and warnings of a text, each as people see it. */
function foundIn(text: string): { readonly failures: readonly string[]; readonly warnings: readonly string[] } {
  try {
    const { warnings } = checkPipeline(readPipeline('p.yaml', text, { environment: {} }), 0)
    return { failures: [], warnings: warnings.map(describeFailure) }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { failures: failuresIn(error).map(describeFailure), warnings: [] }
  }
}

test('an alert is a query over the rows of another, with a sink for each notifier', () => {
  const { pipeline, warnings } = checkPipeline(readPipeline('p.yaml', WHOLE, { environment: {} }), 0)
  expect(warnings).toEqual([])
  expect(pipeline.queries.map(({ name, reads }) => [name, reads]).at(-1)).toEqual(['high', ['failed']])
  expect(pipeline.alerts).toMatchObject([
    { name: 'high', from: 'failed', severity: 'warning', key: ['country', 'shop'] },
  ])
  expect(pipeline.topics.at(-1)).toMatchObject({ name: 'high', topic: 'shop.alert.high', partitions: 1 })
  expect(pipeline.sinks.map(({ name, group }) => [name, group])).toEqual([
    ['out', 'shop.sink.out'],
    ['alert:high:console', 'shop.alert.high.console'],
    ['alert:high:command', 'shop.alert.high.command'],
  ])
  // A key without rows is in no trouble once a window has passed.
  expect(pipeline.queries.at(-1)?.query.alert).toMatchObject({
    key: [2, 3],
    time: { kind: 'window', role: 'end', isZoned: false },
    watches: { kind: 'when', forMs: 300_000, quietMs: 60_000 },
  })
})

describe('a mistake in an alert is reported with its place and a hint', () => {
  const cases: readonly (readonly [from: string, to: string, message: string])[] = [
    ['    from: failed\n', '', 'p.yaml:17:3: alert "high" does not say which rows it watches'],
    ['from: failed', 'from: faild', 'p.yaml:18:11: there is no query "faild"'],
    ['from: failed', 'from: payments', 'p.yaml:18:11: "payments" is a topic, and an alert watches the rows of a query'],
    ['from: failed', 'from: high', 'p.yaml:18:11: "high" is an alert, and an alert watches the rows of a query'],
    ['when: rate > 0.05', 'when: rat > 0.05', 'p.yaml:19:11: there is no column rat'],
    ['when: rate > 0.05', 'when: rate', 'p.yaml:19:11: when is a condition, and this is a DOUBLE'],
    ['when: rate > 0.05', 'when: rate >', 'p.yaml:19:17: '],
    ['when: rate > 0.05', 'when: n = 1, n', 'p.yaml:19:'],
    ['when: rate > 0.05', 'when: 1 = 2', 'p.yaml:19:11: when is never true: the alert never fires'],
    [
      'clear: rate < 0.02',
      'clear: FALSE',
      'p.yaml:20:12: clear is never true: once it fires, the alert is never resolved',
    ],
    ['min_count: n >= 100', 'min_count: n', 'p.yaml:21:16: min_count is a condition, and this is a BIGINT'],
    ['for: 5m', 'for: 5 minutes', 'p.yaml:22:10: '],
    ['[country, shop]', '[contry, shop]', 'p.yaml:23:11: query "failed" has no column "contry"'],
    ['[country, shop]', 'window_end', 'p.yaml:23:10: each window would be an alert of its own'],
    ['{{ rate }}', '{{ ratio }}', 'p.yaml:24:30: there is no column ratio'],
    ['{{ rate }}', '{{ rate', 'p.yaml:24:30: {{ is not closed by }}'],
    ['{{ title }}', '{{ titel }}', 'p.yaml:27:33: there is no column titel'],
    ['- console', '- konsole', 'p.yaml:26:9: '],
    ['  high:\n', '  failed:\n', 'p.yaml:17:3: alert "failed" has the name of a topic, query, table or report'],
    ['    when: rate > 0.05\n', '', 'p.yaml:17:3: alert "high" does not say what trouble is'],
    ['for: 5m', 'absent: 5m', 'p.yaml:19:5: absent is about rows that do not come, and when about those that do'],
    ['  high:\n', '  unreachable:\n', 'p.yaml:18:5: the alert "unreachable" is about sources, and has no from'],
    ['from: high,', 'from: hihg,', 'there is no topic, query or report "hihg"'],
  ]
  test.each(cases)('%j as %j', (from, to, message) => {
    expect(WHOLE).toContain(from)
    const { failures } = foundIn(WHOLE.replace(from, to))
    expect(failures.join('\n')).toContain(message)
  })

  test('rows that are of no windows need a time for which each of them counts', () => {
    const alert = (more: string) =>
      WHOLE.replace(/alerts:[\s\S]*sinks:/, `alerts:\n  high: { from: bad, when: TRUE, key: country, ${more} }\nsinks:`)
    expect(foundIn(alert('for: 5m')).failures.join('\n')).toContain(
      'p.yaml:17:53: the rows of query "bad" are of no windows: one row alone would be true for ever',
    )
    expect(foundIn(alert('for: 5m, quiet: 1m')).failures).toEqual([])
    expect(foundIn(alert('for: 5m, quiet: 1m').replace('from: bad', 'from: timeless')).failures.join('\n')).toContain(
      'p.yaml:17:17: the rows of query "timeless" do not say when they are',
    )
    expect(foundIn(alert('severity: info')).failures).toEqual([])
  })
})

test('what is probably a mistake is a warning: several rows of one key in a window, an absence that idle delays', () => {
  const coarse = foundIn(WHOLE.replace('[country, shop]', 'country')).warnings
  expect(coarse).toHaveLength(1)
  expect(coarse[0]).toContain(
    'a window has several rows with the same key, which differ in shop: the last of them counts',
  )
  const absent = (topic: string) =>
    foundIn(
      WHOLE.replace(/alerts:[\s\S]*sinks:/, 'alerts:\n  high: { from: failed, absent: 5m }\nsinks:').replace(
        "INTERVAL '5' SECOND",
        `INTERVAL '5' SECOND${topic}`,
      ),
    ).warnings
  expect(absent('')).toEqual([expect.stringContaining('the alert fires when that is idle: after 10m')])
  expect(absent('\n    idle: never')).toEqual([expect.stringContaining('its clock stands still')])
  expect(absent('\n    idle: 5m')).toEqual([])
})
