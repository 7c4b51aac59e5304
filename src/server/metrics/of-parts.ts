/** The metrics of sources, queries, sinks, alerts and reports. */
import type { AlertStatus, QueryStatus, ReportStatus, SinkStatus, SourceStatus } from '../../run/status/status.ts'
import { type Family, familiesOf, seconds, secondsAt } from './family.ts'

const ofSources = familiesOf<SourceStatus>(['source', 'topic'], ({ status }) =>
  status.sources.map((one) => ({ labels: { source: one.name, topic: one.to }, one })),
)
const ofQueries = familiesOf<QueryStatus>(['query'], ({ status }) =>
  status.queries.map((one) => ({ labels: { query: one.name }, one })),
)
const ofSinks = familiesOf<SinkStatus>(['sink', 'kind'], ({ status }) =>
  status.sinks.map((one) => ({ labels: { sink: one.name, kind: one.kind }, one })),
)
const ofAlerts = familiesOf<AlertStatus>(['alert', 'severity'], ({ status }) =>
  status.alerts.map((one) => ({ labels: { alert: one.name, severity: one.severity }, one })),
)
const ofReports = familiesOf<ReportStatus>(['report'], ({ status }) =>
  status.reports.map((one) => ({ labels: { report: one.name }, one })),
)

const latency: Family = {
  type: 'histogram',
  name: 'tailrace_query_latency_seconds',
  help: 'Time from the arrival of a record, or from a tick, to the durable rows that it made complete.',
  labels: ['query'],
  samples: ({ measures }) => [...measures.latency].map(([query, counts]) => ({ labels: { query }, counts })),
}

const writes: Family = {
  type: 'histogram',
  name: 'tailrace_sink_write_seconds',
  help: 'Time that the sink took for each batch that it answered.',
  labels: ['sink'],
  samples: ({ measures }) => [...measures.sinkWrites].map(([sink, counts]) => ({ labels: { sink }, counts })),
}

export const SOURCE_METRICS: readonly Family[] = [
  ofSources.counter('tailrace_source_records_total', 'Records that the source brought in.', ({ lines }) => lines),
  ofSources.counter('tailrace_source_bytes_total', 'Bytes of these records as they came.', ({ bytes }) => bytes),
  ofSources.gauge('tailrace_source_last_arrival_timestamp_seconds', 'When its last record came.', ({ lastArrival }) =>
    secondsAt(lastArrival),
  ),
  ofSources.gauge('tailrace_source_waiting_seconds', 'How long its oldest delivery under way waits.', ({ waitsMs }) =>
    seconds(waitsMs),
  ),
  ofSources.gauge('tailrace_source_reachable', '1 if what it reads from can be reached, else 0.', ({ unreachable }) =>
    unreachable === null ? 1 : 0,
  ),
]

export const QUERY_METRICS: readonly Family[] = [
  ofQueries.counter('tailrace_query_read_rows_total', 'Rows that the query has read.', ({ read }) => read),
  ofQueries.counter('tailrace_query_rows_total', 'Rows of its result.', ({ rows }) => rows),
  ofQueries.counter('tailrace_query_late_rows_total', 'Rows that were late for all their windows.', ({ late }) => late),
  ofQueries.counter(
    'tailrace_query_partly_late_rows_total',
    'Rows that were late for some of their windows.',
    ({ partlyLate }) => partlyLate,
  ),
  ofQueries.gauge('tailrace_query_open_windows', 'Windows that are open.', ({ state }) => state?.windows ?? null),
  ofQueries.gauge('tailrace_query_groups', 'Groups that it holds.', ({ state }) => state?.groups ?? null),
  ofQueries.gauge('tailrace_query_state_bytes', 'Memory that its state takes.', ({ state }) => state?.bytes ?? null),
  ofQueries.gauge(
    'tailrace_query_state_limit_bytes',
    'Memory that its state may take.',
    ({ state }) => state?.limitBytes ?? null,
  ),
  latency,
]

export const SINK_METRICS: readonly Family[] = [
  ofSinks.counter('tailrace_sink_rows_total', 'Rows that the sink has taken.', ({ delivered }) => delivered),
  ofSinks.counter('tailrace_sink_refused_rows_total', 'Rows that it has refused.', ({ refused }) => refused),
  ofSinks.gauge('tailrace_sink_failing', '1 if its work fails and is tried again, else 0.', ({ trouble }) =>
    trouble === null ? 0 : 1,
  ),
  ofSinks.gauge(
    'tailrace_sink_failed_attempts',
    'Attempts that have failed since the trouble began; 0 if there is none.',
    ({ trouble }) => trouble?.attempts ?? 0,
  ),
  writes,
]

export const ALERT_METRICS: readonly Family[] = [
  ofAlerts.gauge('tailrace_alert_firing', 'Keys for which the alert fires.', ({ firing }) => firing),
  ofAlerts.gauge('tailrace_alert_pending', 'Keys in trouble for less than its time.', ({ pending }) => pending),
]

export const REPORT_METRICS: readonly Family[] = [
  ofReports.gauge('tailrace_report_last_end_timestamp_seconds', 'When its last run ended.', ({ last }) =>
    secondsAt(last?.endedAt ?? null),
  ),
  ofReports.gauge('tailrace_report_last_failed', '1 if its last run failed, else 0.', ({ last }) =>
    last === null ? null : last.failure === null ? 0 : 1,
  ),
]
