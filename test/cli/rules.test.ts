/**
 * Rules of a topic and views, with a log of connections: what the rules refuse is a row for no query, sink, report or view, is
 * counted by rule, and comes back when the rule is corrected.
 */
import { expect, test } from 'vitest'
import { folderWith, jsonOf } from './tailrace.ts'

const ADDRESS = String.raw`'^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$'`
const INSIDE = String.raw`'^(?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.'`
const PORTS = 'port BETWEEN 0 AND 65535'

/** The rules and views of `examples/ip-logs`. */
const pipeline = (ports = PORTS) => `version: 1
name: ip
sources: { s: { file: ip.log, to: ip_logs } }
topics:
  ip_logs:
    format:
      json:
        columns:
          ts: { type: TIMESTAMP(3), path: timestamp }
          source_ip: STRING
          destination_ip: STRING
          port: INT
          protocol: STRING
          bytes_sent: BIGINT
          bytes_received: BIGINT
          action: STRING
    columns:
      arrived: TIMESTAMP_LTZ(3) METADATA FROM 'timestamp'
    watermark: ts - INTERVAL '5' SECOND
    require:
      has its fields: |
        ts IS NOT NULL AND source_ip IS NOT NULL AND destination_ip IS NOT NULL AND port IS NOT NULL
        AND protocol IS NOT NULL AND bytes_sent IS NOT NULL AND bytes_received IS NOT NULL AND action IS NOT NULL
      source is an address: REGEXP(source_ip, ${ADDRESS})
      destination is an address: REGEXP(destination_ip, ${ADDRESS})
      port in range: ${ports}
      time is near: ts >= TIMESTAMP '2020-01-01 00:00:00' AND CAST(ts AS TIMESTAMP_LTZ(3)) <= arrived + INTERVAL '5' MINUTE
      counts are counts: bytes_sent >= 0 AND bytes_received >= 0
      action is known: action IN ('ALLOW', 'DENY')
views:
  enriched: |
    SELECT *,
      CASE WHEN from_inside AND NOT to_inside THEN 'outbound' WHEN to_inside AND NOT from_inside THEN 'inbound'
        WHEN from_inside THEN 'internal' ELSE 'external' END AS direction,
      CASE protocol WHEN 'TCP' THEN 6 WHEN 'UDP' THEN 17 WHEN 'ICMP' THEN 1 END AS protocol_number,
      CASE port WHEN 22 THEN 'ssh' WHEN 53 THEN 'domain' WHEN 80 THEN 'http' WHEN 443 THEN 'https' ELSE 'other' END AS service,
      CAST(SPLIT_INDEX(source_ip, '.', 3) AS INT) AS host_number,
      arrived AS created_at
    FROM addresses
  addresses: |
    SELECT *, REGEXP(source_ip, ${INSIDE}) AS from_inside, REGEXP(destination_ip, ${INSIDE}) AS to_inside FROM ip_logs
queries:
  traffic: |
    SELECT window_start, window_end, direction, COUNT(*) AS logs, SUM(bytes_sent) AS sent
    FROM TABLE(TUMBLE(TABLE enriched, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
    GROUP BY window_start, window_end, direction
  rich: SELECT ts, source_ip, direction, service, protocol_number, host_number, created_at IS NOT NULL AS is_made FROM enriched
reports:
  by_source: SELECT direction, COUNT(*) AS logs, MAX(port) AS port FROM enriched GROUP BY direction
sinks:
  traffic: { from: traffic, ndjson: traffic.ndjson }
  rich: { from: rich, ndjson: rich.ndjson }
  logs: { from: ip_logs, ndjson: logs.ndjson }
  archive: { from: ip_logs, files: { path: archive, roll: 10m } }
`

type Log = { readonly [name: string]: unknown }

const log = (n: number, more: Log = {}): string =>
  JSON.stringify({
    timestamp: `2026-03-01T10:0${Math.floor(n / 20)}:${String((n % 20) * 3).padStart(2, '0')}.123456`,
    source_ip: n % 4 === 0 ? '8.8.4.4' : `10.0.0.${n % 200}`,
    destination_ip: n % 3 === 0 ? '192.168.1.7' : '9.9.9.9',
    port: [443, 80, 22, 53][n % 4],
    protocol: ['TCP', 'UDP', 'ICMP'][n % 3],
    bytes_sent: n,
    bytes_received: 2 * n,
    action: n % 9 === 0 ? 'DENY' : 'ALLOW',
    ...more,
  })

const GOOD = Array.from({ length: 60 }, (_, n) => log(n))
/** The first rule that each does not meet. */
const BAD: readonly (readonly [rule: string, line: string])[] = [
  ['port in range', log(1, { port: 70_000 })],
  ['port in range', log(2, { port: -1 })],
  ['has its fields', log(3, { port: null, action: 'DROP' })],
  ['has its fields', log(4, { destination_ip: undefined })],
  ['source is an address', log(5, { source_ip: '10.0.0.256', port: 70_000 })],
  ['destination is an address', log(6, { destination_ip: '9.9.9' })],
  ['time is near', log(7, { timestamp: '1999-03-01T10:00:00.000001' })],
  ['counts are counts', log(8, { bytes_received: -1 })],
  ['action is known', log(9, { action: 'DROP' })],
]
const RULES = { 'port in range': 2, 'has its fields': 2, 'source is an address': 1, 'destination is an address': 1 }
const ALL_RULES = { ...RULES, 'time is near': 1, 'counts are counts': 1, 'action is known': 1 }

const textOf = (lines: readonly string[]) => `${lines.join('\n')}\n`

type Rich = { readonly source_ip: string; readonly direction: string; readonly host_number: number }
type Window = { readonly direction: string; readonly logs: number; readonly sent: number }

// Promise topic-rules: A record that does not meet a rule of its topic is a row for no query, sink or report: a dead letter with the rule's name.
test('what the rules refuse is no row for anybody, and is counted by rule', async () => {
  const lines = [...GOOD.slice(0, 20), ...BAD.map(([, line]) => line), 'junk', ...GOOD.slice(20)]
  using folder = folderWith({ 'p.yaml': pipeline(), 'ip.log': textOf(lines) })
  const { code, stdout, stderr } = await folder.run('--json')
  expect(code, stderr).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ lines: 70, dead: { format: 1, rule: 9, late: 0 }, rules: ALL_RULES })
  expect(folder.lines('logs.ndjson')).toHaveLength(60)
  const rich = jsonOf<Rich>(folder.lines('rich.ndjson'))
  expect(rich).toHaveLength(60)
  expect(rich[1]).toEqual({
    ts: '2026-03-01T10:00:03.123',
    source_ip: '10.0.0.1',
    direction: 'outbound',
    service: 'http',
    protocol_number: 17,
    host_number: 1,
    is_made: true,
  })
  const windows = jsonOf<Window>(folder.lines('traffic.ndjson'))
  const sum = (of: (one: Window) => number) => windows.reduce((total, one) => total + of(one), 0)
  expect(sum(({ logs }) => logs)).toBe(60)
  expect(sum(({ sent }) => sent)).toBe((59 * 60) / 2)
  const directions = ['outbound', 'inbound', 'internal', 'external']
  expect([...new Set(rich.map(({ direction }) => direction))].toSorted()).toEqual(directions.toSorted())
  for (const one of directions) {
    const logs = windows.filter(({ direction }) => direction === one).reduce((total, { logs }) => total + logs, 0)
    expect(logs).toBe(rich.filter(({ direction }) => direction === one).length)
  }

  const letters = await folder.tailrace('tap', 'ip_logs.dead', '-o', 'raw')
  const found = jsonOf<{ kind: string; rule?: string; record: string }>(letters.stdout.trimEnd().split('\n'))
  expect(found.filter(({ kind }) => kind === 'rule').map(({ rule, record }) => [rule, record])).toEqual(BAD)
  const groups = jsonOf<{ kind: string; reason: string; count: number }>(
    (await folder.tailrace('dead', 'ip_logs', '--kind', 'rule', '--json')).stdout.trimEnd().split('\n'),
  )
  expect(groups.slice(0, 2).map(({ reason, count }) => [reason, count])).toEqual([
    ['rule "port in range" is FALSE', 2],
    ['rule "has its fields" is FALSE', 2],
  ])
  expect(groups).toHaveLength(7)
  const report = await folder.tailrace('report', 'by_source', '--for', '2026-03-01', '-o', 'ndjson')
  expect(jsonOf<Window>(report.stdout.trimEnd().split('\n')).reduce((total, { logs }) => total + logs, 0)).toBe(60)
})

// Promise rule-again: When a rule is corrected, what it refused is sent again, and queries go on with what they have counted.
test('a corrected rule goes on with what is counted, and what it refused comes once when it is sent again', async () => {
  using folder = folderWith({
    'p.yaml': pipeline('port BETWEEN 0 AND 100'),
    'ip.log': textOf(GOOD.slice(0, 30)),
  })
  const first = await folder.run('--json')
  const wrong = GOOD.slice(0, 30).filter((line) => line.includes('"port":443')).length
  expect(JSON.parse(first.stdout)).toMatchObject({ dead: { rule: wrong }, rules: { 'port in range': wrong } })

  folder.write('p.yaml', pipeline())
  const refused = await folder.run()
  expect(refused.code).not.toBe(0)
  expect(refused.stderr).toContain('--reset rich=keep')
  folder.append('ip.log', textOf(GOOD.slice(30)))
  const keep = ['--reset', 'rich=keep', '--reset', 'traffic=keep']
  expect(await folder.run(...keep)).toMatchObject({ code: 0 })
  expect(folder.lines('rich.ndjson')).toHaveLength(60 - wrong)
  const send = () => folder.tailrace('dead', 'ip_logs', '--kind', 'rule', '--send-again')
  expect((await send()).stderr).toContain(`${wrong} records sent again to ip_logs`)
  expect((await send()).stderr).toContain(`0 records sent again to ip_logs, ${wrong} were before`)
  expect(await folder.run()).toMatchObject({ code: 0 })
  const logs = jsonOf<{ bytes_sent: number }>(folder.lines('logs.ndjson')).map((one) => one.bytes_sent)
  expect(logs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, n) => n))
  expect(folder.lines('rich.ndjson')).toHaveLength(60)
})

// Promise rule-again
test('a report, a backfill and a replay read a refused record that was sent again once, as its copy', async () => {
  using folder = folderWith({ 'p.yaml': pipeline('port BETWEEN 0 AND 100'), 'ip.log': textOf(GOOD) })
  expect(await folder.run()).toMatchObject({ code: 0 })
  folder.write('p.yaml', pipeline())
  const send = await folder.tailrace('dead', 'ip_logs', '--kind', 'rule', '--send-again')
  expect(send.stderr).toContain('15 records sent again to ip_logs')
  expect(await folder.run('--reset', 'rich=keep', '--reset', 'traffic=keep')).toMatchObject({ code: 0 })

  const rows = async (...args: string[]) =>
    jsonOf<Window & { is?: Window }>((await folder.tailrace(...args)).stdout.trimEnd().split('\n'))
  const logsIn = (windows: readonly Window[]) => windows.reduce((total, { logs }) => total + logs, 0)
  expect(logsIn(await rows('report', 'by_source', '--for', '2026-03-01', '-o', 'ndjson'))).toBe(60)
  const repaired = await rows('backfill', 'traffic', '--for', '2026-03-01', '--dry-run')
  const windowOf = (row: Window) => JSON.stringify({ ...row, logs: 0, sent: 0 })
  const last = new Map(jsonOf<Window>(folder.lines('traffic.ndjson')).map((row) => [windowOf(row), row]))
  for (const { is } of repaired) if (is !== undefined) last.set(windowOf(is), is)
  expect(logsIn([...last.values()])).toBe(60)
  folder.write('rich.sql', 'SELECT source_ip, direction FROM enriched')
  expect((await folder.tailrace('replay', 'rich', '--query', 'rich.sql')).stderr).toContain('60 rows in topic')
}, 120_000)

test('a run of which each line is refused fails, and says by which rule', async () => {
  using folder = folderWith({ 'p.yaml': pipeline('port < 0'), 'ip.log': textOf(GOOD) })
  const { code, stderr } = await folder.run()
  expect(code).toBe(1)
  expect(stderr).toContain(
    'none of the 60 lines could be used: each is a dead letter; the first: rule "port in range" is FALSE',
  )
})

test('a raw archive holds each record as it came', async () => {
  const lines = [...GOOD.slice(0, 5), ...BAD.map(([, line]) => line)]
  using folder = folderWith({ 'p.yaml': pipeline(), 'ip.log': textOf(lines) })
  expect(await folder.run()).toMatchObject({ code: 0 })
  const { readdirSync } = await import('node:fs')
  const files = readdirSync(folder.at('archive'))
  expect(files.flatMap((file) => folder.lines(`archive/${file}`))).toEqual(lines)
})

test.each([
  ['port BETWEEN 0 AND', 'p.yaml:26:40: expected an expression, found the end of the query'],
  ['prot > 0', 'p.yaml:26:22: there is no column prot'],
  ['port + 1', 'p.yaml:26:22: a rule of a topic is a condition, and this is INT'],
  ['arrived < CURRENT_TIMESTAMP', 'p.yaml:26:22: a rule of a topic cannot use the clock'],
  ['port IN (SELECT 1)', 'p.yaml:26:'],
  ['1 = 2', 'rule "port in range" is FALSE for each record: no record can meet it'],
  ['1 = 1', 'rule "port in range" is TRUE for each record: it refuses none'],
])('check: %s', async (rule, message) => {
  using folder = folderWith({ 'p.yaml': pipeline(rule) })
  const { stderr } = await folder.tailrace('check', 'p.yaml')
  expect(stderr).toContain(message)
})
