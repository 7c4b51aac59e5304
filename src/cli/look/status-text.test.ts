import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { emptyStatus, NO_PARTITION, topicOfPartitions } from '../../run/status/of-run.ts'
import type { GroupStatus, PipelineStatus, SinkStatus, TopicStatus } from '../../run/status/status.ts'
import { withTrouble } from '../../run/status/trouble.ts'
import { textWidth } from '../../terminal/text.ts'
import { openPictures } from './pictures.ts'
import { statusSheet } from './status-text.ts'

const NOW = Date.parse('2026-05-15T18:02:11Z')

const topic = (name: string, kind: TopicStatus['kind'], partitions: number, end: number): TopicStatus => ({
  ...topicOfPartitions(
    name,
    Array.from({ length: partitions }, (_, partition) => ({
      ...NO_PARTITION,
      partition,
      end,
      bytes: end * 100,
      leader: (partition % 3) + 1,
      replicas: [1, 2, 3],
      inSync: name === 'payment' && partition === 0 ? [1, 2] : [1, 2, 3],
      watermark: kind === 'source' ? '2026-05-15T18:02:04Z' : null,
    })),
  ),
  kind,
  rate: 2041,
  dead: kind === 'source' ? { kept: 41, run: { format: 38, late: 3 }, rules: {} } : { kept: 0, run: {}, rules: {} },
})
const place = (name: string, lag: number) => ({ topic: name, lag, partitions: [{ partition: 0, offset: 1, lag }] })
const sink = (name: string, kind: string, lag: number): SinkStatus => ({
  name,
  group: `payments.sink.${name}`,
  kind,
  reads: place('payments.aggregated', lag),
  delivered: 20_412,
  rate: 3,
  refused: 0,
  trouble: null,
})
const group = (name: string, part: string | null, lag: number): GroupStatus => ({
  name,
  part,
  isGone: false,
  state: part === null ? 'Stable' : 'Empty',
  lag,
  reads: [place('payment', lag)],
  members: part === null ? [{ id: 'a', client: 'fraud-check', host: '10.0.0.9', reads: { payment: [0, 1, 2] } }] : [],
})
const query = (name: string): PipelineStatus['queries'][number] => ({
  name,
  group: `payments.query.${name}`,
  reads: [place('payment', 12)],
  rows: 20_412,
  rate: 3,
  read: 7_412_806,
  late: 3,
  partlyLate: 0,
  latency: { count: 20_412, p50Ms: 8, p99Ms: 31 },
  state: { bytes: 1 << 20, limitBytes: 1 << 30, windows: 41, groups: 400 },
  job: null,
})

/** A pipeline on three brokers with all kinds of parts, of which one fails. */
const STATUS: PipelineStatus = withTrouble({
  ...emptyStatus({
    state: 'running',
    now: NOW,
    dataFolder: '/var/lib/tailrace/payments',
    bus: 'kafka',
    process: { pid: 4711, version: '0.1.0', since: '2026-05-15T15:58:00Z' },
  }),
  pipeline: 'payments',
  bus: {
    type: 'kafka',
    cluster: '4L6g3nShT-eMCtK--X86sw',
    brokers: [1, 2, 3].map((id) => ({ id, address: `127.0.0.1:909${id + 1}`, isController: id === 1 })),
    trouble: [],
  },
  sources: [
    {
      ...{ name: 'events', reads: 'generator payments', to: 'payment', lines: 7_412_806, bytes: 9e8, rate: 2041 },
      ...{ lastArrival: new Date(NOW).toISOString(), waitsFor: null, waitsMs: 0, hasEnded: false },
      ...{ warning: null, unreachable: null },
    },
  ],
  topics: [
    topic('payment', 'source', 3, 2_470_935),
    ...['aggregated', 'hourly', 'error_rate', 'unusual'].map((name) => topic(`payments.${name}`, 'query', 1, 20_412)),
  ],
  queries: ['aggregated', 'hourly', 'error_rate', 'unusual'].map(query),
  sinks: [
    sink('aggregated_logs', 'csv', 0),
    {
      ...sink('store', 'cassandra', 20_410),
      trouble: { text: 'no host answers', since: new Date(NOW).toISOString(), attempts: 17 },
    },
    sink('processed_logs_hourly', 'csv', 0),
  ],
  alerts: [
    { name: 'high_error_rate', severity: 'critical', from: 'error_rate', firing: 2, pending: 1, notifiers: ['a'] },
    { name: 'unusual_activity', severity: 'warning', from: 'unusual', firing: 0, pending: 0, notifiers: ['b'] },
  ],
  groups: [
    group('payments.query.aggregated', 'query aggregated', 12),
    group('payments.sink.store', 'sink store', 20_410),
    group('fraud', null, 3104),
  ],
})

const linesOf = (drawn: string) => drawn.replaceAll(/\x1b\[[?\d]*[A-Za-z]/g, '').split('\n')

function screen(columns: number, rows: number) {
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns, rows })
  const pictures = openPictures(terminal, { NO_COLOR: '1', TERM: 'xterm' }, true)
  return { terminal, pictures }
}

test('on a terminal of 80 × 24 a pipeline on Kafka shows something of each kind, and all that is wrong', () => {
  const { terminal, pictures } = screen(80, 24)
  pictures.show(statusSheet(STATUS))
  const lines = linesOf(String(terminal.read()))
  expect(Math.max(...lines.map(textWidth))).toBeLessThan(80)
  expect(lines.length).toBeLessThanOrEqual(24)
  const drawn = lines.join('\n')
  expect(drawn).toMatchInlineSnapshot(`
    "payments runs for 2 h 4 min: process 4711, tailrace 0.1.0
    data in /var/lib/tailrace/payments, bus kafka, no checkpoint yet
    brokers: 1 127.0.0.1:9092 (controller), 2 127.0.0.1:9093, 3 127.0.0.1:9094
    trouble
      sink store: no host answers; tried 17 times since 2026-05-15T18:02:11.000Z, …
      bus: partitions that are under-replicated, as not all of their copies are in…
    source  reads               into         lines     rate  last line
    events  generator payments  payment  7,412,806  2,041/s  now
    topic      records     rate  leaders  in sync                 dead letters
    payment  7,412,805  2,041/s  1 2 3    8 of 9, under-replica…  format 38, late 3
    … 4 more: a higher terminal shows them
    query       reads      rows  rate  lag  late  latency          holds
    aggregated  payment  20,412   3/s   12     3  p50 8 ms, p99 …  1 MiB of 1 GiB,…
    … 3 more: a higher terminal shows them
    sink   kind       of                  delivered  rate     lag  state
    store  cassandra  payments.aggregat…     20,412   3/s  20,410  fails, see above
    … 2 more: a higher terminal shows them
    alert             severity  watches     firing  pending
    high_error_rate   critical  error_rate       2        1
    unusual_activity  warning   unusual          0        0
    group                is             lag
    payments.sink.store  sink store  20,410
    … 2 more: a higher terminal shows them
    "
  `)
  const seen = [
    /^payments runs for 2 h 4 min/,
    /^ {2}sink store: no host answers; tried 17 times since/m,
    /under-replicated/,
    /^events +generator .* 7,412,806 +2,041\/s/m,
    /^payment .* 2,041\/s .* of 9/m,
    /^high_error_rate .* 2 +1$/m,
    /^payments\.sink\.store .* 20,410$/m,
    /^store +cassandra .* 20,410 +fails, see above$/m,
  ]
  for (const what of seen) expect(drawn).toMatch(what)
})

test('a terminal that changes its size is drawn anew, and one with room shows all', () => {
  const { terminal, pictures } = screen(80, 24)
  pictures.show(statusSheet(STATUS))
  terminal.read()
  Object.assign(terminal, { columns: 160, rows: 60 })
  terminal.emit('resize')
  const lines = linesOf(String(terminal.read()))
  expect(lines.join('\n')).not.toContain('a higher terminal shows them')
  expect(lines).toContainEqual(expect.stringMatching(/^fraud +of others +3,104 +Stable, fraud-check at 10\.0\.0\.9$/))
  expect(lines).toContainEqual(expect.stringMatching(/^payment +3 .* format 38, late 3$/))
  expect(Math.max(...lines.map(textWidth))).toBeLessThan(160)
})
