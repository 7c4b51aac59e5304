/**
 * The messages of OTLP that tailrace reads and writes: those of opentelemetry-proto 1.x, `collector/logs/v1`, `logs/v1`,
 * `collector/metrics/v1`, `metrics/v1`, `common/v1`, `resource/v1`, and `google.rpc.Status`. Fields that it neither reads nor writes
 * are left out: a reader skips them, as those of a later version.
 */
import { type MessageOf, message } from './message.ts'

export type AnyValue = {
  readonly stringValue?: string
  readonly boolValue?: boolean
  readonly intValue?: bigint
  readonly doubleValue?: number
  readonly arrayValue?: { readonly values?: readonly AnyValue[] }
  readonly kvlistValue?: { readonly values?: readonly KeyValue[] }
  readonly bytesValue?: Uint8Array
}

export type KeyValue = { readonly key?: string; readonly value?: AnyValue }

const anyValue: MessageOf<AnyValue> = message<AnyValue>(
  'AnyValue',
  {
    stringValue: [1, 'text'],
    boolValue: [2, 'flag'],
    intValue: [3, 'int64'],
    doubleValue: [4, 'double'],
    arrayValue: [5, () => arrayValue],
    kvlistValue: [6, () => kvlistValue],
    bytesValue: [7, 'bytes'],
  },
  true,
)
const keyValue: MessageOf<KeyValue> = message<KeyValue>('KeyValue', { key: [1, 'text'], value: [2, () => anyValue] })
const arrayValue = message<{ values?: readonly AnyValue[] }>('ArrayValue', { values: { list: 1, of: () => anyValue } })
const kvlistValue = message<{ values?: readonly KeyValue[] }>('KeyValueList', {
  values: { list: 1, of: () => keyValue },
})

export type Resource = { readonly attributes?: readonly KeyValue[] }

const resource = message<Resource>('Resource', { attributes: { list: 1, of: () => keyValue } })

export type InstrumentationScope = {
  readonly name?: string
  readonly version?: string
  readonly attributes?: readonly KeyValue[]
}

const scope = message<InstrumentationScope>('InstrumentationScope', {
  name: [1, 'text'],
  version: [2, 'text'],
  attributes: { list: 3, of: () => keyValue },
})

/** Times in ns since 1970. */
export type LogRecord = {
  readonly timeUnixNano?: bigint
  readonly observedTimeUnixNano?: bigint
  readonly severityNumber?: number
  readonly severityText?: string
  readonly body?: AnyValue
  readonly attributes?: readonly KeyValue[]
  readonly droppedAttributesCount?: number
  readonly flags?: number
  readonly traceId?: string
  readonly spanId?: string
  readonly eventName?: string
}

export const LOG_RECORD: MessageOf<LogRecord> = message<LogRecord>('LogRecord', {
  timeUnixNano: [1, 'fixed64'],
  severityNumber: [2, 'number'],
  severityText: [3, 'text'],
  body: [5, () => anyValue],
  attributes: { list: 6, of: () => keyValue },
  droppedAttributesCount: [7, 'number'],
  flags: [8, 'fixed32'],
  traceId: [9, 'id'],
  spanId: [10, 'id'],
  observedTimeUnixNano: [11, 'fixed64'],
  eventName: [12, 'text'],
})

/** Records are left unread: each is read by itself, so that one beyond a limit does not take the others with it. */
export type ScopeLogs = {
  readonly scope?: InstrumentationScope
  readonly logRecords?: readonly unknown[]
  readonly schemaUrl?: string
}
export type ResourceLogs = {
  readonly resource?: Resource
  readonly scopeLogs?: readonly ScopeLogs[]
  readonly schemaUrl?: string
}
export type LogsRequest = { readonly resourceLogs?: readonly ResourceLogs[] }

const scopeLogs = message<ScopeLogs>('ScopeLogs', {
  scope: [1, () => scope],
  logRecords: { list: 2, of: 'unread' },
  schemaUrl: [3, 'text'],
})
const resourceLogs = message<ResourceLogs>('ResourceLogs', {
  resource: [1, () => resource],
  scopeLogs: { list: 2, of: () => scopeLogs },
  schemaUrl: [3, 'text'],
})

export const LOGS_REQUEST: MessageOf<LogsRequest> = message<LogsRequest>('ExportLogsServiceRequest', {
  resourceLogs: { list: 1, of: () => resourceLogs },
})

/** What is answered where some records were not taken; nothing in it: all were. */
export type LogsAnswer = {
  readonly partialSuccess?: { readonly rejectedLogRecords?: bigint; readonly errorMessage?: string }
}

export const LOGS_ANSWER: MessageOf<LogsAnswer> = message<LogsAnswer>('ExportLogsServiceResponse', {
  partialSuccess: [1, () => partialSuccess],
})
const partialSuccess = message<NonNullable<LogsAnswer['partialSuccess']>>('ExportLogsPartialSuccess', {
  rejectedLogRecords: [1, 'int64'],
  errorMessage: [2, 'text'],
})

/** The body of every answer outside 2xx. Its code may be left out, and says nothing that the status does not. */
export type Status = { readonly message?: string }

export const STATUS: MessageOf<Status> = message<Status>('Status', { message: [2, 'text'] })

/** What has been counted or measured for one set of attributes. */
export type NumberPoint = {
  readonly attributes?: readonly KeyValue[]
  readonly startTimeUnixNano?: bigint
  readonly timeUnixNano: bigint
  readonly asDouble: number
}

const numberPoint = message<NumberPoint>('NumberDataPoint', {
  attributes: { list: 7, of: () => keyValue },
  startTimeUnixNano: [2, 'fixed64'],
  timeUnixNano: [3, 'fixed64'],
  asDouble: [4, 'double'],
})

/** `bucketCounts` has one more than `explicitBounds`: what is above the last. */
export type HistogramPoint = {
  readonly attributes?: readonly KeyValue[]
  readonly startTimeUnixNano: bigint
  readonly timeUnixNano: bigint
  readonly count: bigint
  readonly sum: number
  readonly bucketCounts: readonly bigint[]
  readonly explicitBounds: readonly number[]
}

const histogramPoint = message<HistogramPoint>('HistogramDataPoint', {
  attributes: { list: 9, of: () => keyValue },
  startTimeUnixNano: [2, 'fixed64'],
  timeUnixNano: [3, 'fixed64'],
  count: [4, 'fixed64'],
  sum: [5, 'double'],
  bucketCounts: { list: 6, of: 'fixed64' },
  explicitBounds: { list: 7, of: 'double' },
})

/** AGGREGATION_TEMPORALITY_CUMULATIVE: each point counts from its start time. */
export const CUMULATIVE = 2

export type Metric = {
  readonly name: string
  readonly description: string
  /** Of UCUM: `s`, `By`; nothing: a number of things. */
  readonly unit?: string
  readonly gauge?: { readonly dataPoints: readonly NumberPoint[] }
  readonly sum?: {
    readonly dataPoints: readonly NumberPoint[]
    readonly aggregationTemporality: number
    readonly isMonotonic: boolean
  }
  readonly histogram?: { readonly dataPoints: readonly HistogramPoint[]; readonly aggregationTemporality: number }
}

const metric = message<Metric>('Metric', {
  name: [1, 'text'],
  description: [2, 'text'],
  unit: [3, 'text'],
  gauge: [5, () => gauge],
  sum: [7, () => sum],
  histogram: [9, () => histogram],
})
const gauge = message<NonNullable<Metric['gauge']>>('Gauge', { dataPoints: { list: 1, of: () => numberPoint } })
const sum = message<NonNullable<Metric['sum']>>('Sum', {
  dataPoints: { list: 1, of: () => numberPoint },
  aggregationTemporality: [2, 'number'],
  isMonotonic: [3, 'flag'],
})
const histogram = message<NonNullable<Metric['histogram']>>('Histogram', {
  dataPoints: { list: 1, of: () => histogramPoint },
  aggregationTemporality: [2, 'number'],
})

export type MetricsRequest = {
  readonly resourceMetrics: readonly {
    readonly resource: Resource
    readonly scopeMetrics: readonly { readonly scope: InstrumentationScope; readonly metrics: readonly Metric[] }[]
  }[]
}

type ResourceMetrics = MetricsRequest['resourceMetrics'][number]

export const METRICS_REQUEST: MessageOf<MetricsRequest> = message<MetricsRequest>('ExportMetricsServiceRequest', {
  resourceMetrics: { list: 1, of: () => resourceMetrics },
})
const resourceMetrics = message<ResourceMetrics>('ResourceMetrics', {
  resource: [1, () => resource],
  scopeMetrics: { list: 2, of: () => scopeMetrics },
})
const scopeMetrics = message<ResourceMetrics['scopeMetrics'][number]>('ScopeMetrics', {
  scope: [1, () => scope],
  metrics: { list: 2, of: () => metric },
})

/** What is answered to metrics. */
export type MetricsAnswer = {
  readonly partialSuccess?: { readonly rejectedDataPoints?: bigint; readonly errorMessage?: string }
}

export const METRICS_ANSWER: MessageOf<MetricsAnswer> = message<MetricsAnswer>('ExportMetricsServiceResponse', {
  partialSuccess: [1, () => metricsPartial],
})
const metricsPartial = message<NonNullable<MetricsAnswer['partialSuccess']>>('ExportMetricsPartialSuccess', {
  rejectedDataPoints: [1, 'int64'],
  errorMessage: [2, 'text'],
})
