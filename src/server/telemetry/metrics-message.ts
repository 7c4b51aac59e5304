/**
 * The metrics of a run as OTLP has them. Each keeps the name that it has at /metrics, so that what is built on one works with the other;
 * the unit that its name ends with is told too, in the letters of UCUM. Values are cumulative, from the start of the process.
 */
import {
  CUMULATIVE,
  type HistogramPoint,
  type KeyValue,
  type Metric,
  type MetricsRequest,
} from '../../client/otlp/messages.ts'
import type { MetricValue, MetricValues } from '../metrics/exposition.ts'
import type { Labels } from '../metrics/family.ts'

/** What the metrics are of, and from when to when they count, ms since 1970. */
export type MetricsOf = {
  /** Of the process that sends them: `service.name` and others. */
  readonly resource: { readonly [name: string]: string }
  readonly version: string
  readonly startMs: number
  readonly nowMs: number
}

/** The request with which all metrics are pushed. */
export function metricsRequest(
  all: readonly MetricValues[],
  { resource, version, startMs, nowMs }: MetricsOf,
): MetricsRequest {
  const times = { startTimeUnixNano: nanosOf(startMs), timeUnixNano: nanosOf(nowMs) }
  const metrics = all.flatMap((metric) => (metric.values.length === 0 ? [] : [metricOf(metric, times)]))
  return {
    resourceMetrics: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeMetrics: [{ scope: { name: 'tailrace', version }, metrics }],
      },
    ],
  }
}

type Times = { readonly startTimeUnixNano: bigint; readonly timeUnixNano: bigint }

const NANOS_PER_MS = 1_000_000n
const nanosOf = (ms: number): bigint => BigInt(Math.round(ms)) * NANOS_PER_MS

const UNITS: readonly (readonly [ending: RegExp, unit: string])[] = [
  [/_seconds(_total)?$/, 's'],
  [/_bytes(_total)?$/, 'By'],
]

function metricOf({ name, help, type, values }: MetricValues, times: Times): Metric {
  const unit = UNITS.find(([ending]) => ending.test(name))?.[1]
  const head = { name, description: help, ...(unit !== undefined && { unit }) }
  if (type === 'histogram') {
    return {
      ...head,
      histogram: { dataPoints: histogramPoints(name, values, times), aggregationTemporality: CUMULATIVE },
    }
  }
  // What Node could not measure yet is no number, as the delay of an event loop that has not turned.
  const known = values.filter(({ value }) => !Number.isNaN(value))
  const points = known.map(({ labels, value }) => ({ attributes: attributesOf(labels), ...times, asDouble: value }))
  if (type === 'counter') {
    return { ...head, sum: { dataPoints: points, aggregationTemporality: CUMULATIVE, isMonotonic: true } }
  }
  // A gauge is of its moment, and has no start.
  return { ...head, gauge: { dataPoints: points.map(({ startTimeUnixNano: _, ...point }) => point) } }
}

const attributesOf = (labels: Labels): readonly KeyValue[] =>
  Object.entries(labels).map(([key, value]) => ({ key, value: { stringValue: String(value) } }))

/** A point for each set of labels besides `le`. Prometheus counts what is at most a bound, OTLP what is between two. */
function histogramPoints(name: string, values: readonly MetricValue[], times: Times): readonly HistogramPoint[] {
  const withoutBound = ({ le: _, ...labels }: Labels): Labels => labels
  const groups = Map.groupBy(values, ({ labels }) => JSON.stringify(Object.entries(withoutBound(labels)).sort()))
  return [...groups.values()].map((group) => {
    const of = (part: string) => group.filter(({ metricName }) => metricName === `${name}_${part}`)
    const buckets = of('bucket')
      .map(({ labels, value }) => ({ bound: boundOf(labels), value }))
      .sort((a, b) => a.bound - b.bound)
    const counts = buckets.map(({ value }, i) => value - (buckets[i - 1]?.value ?? 0))
    return {
      attributes: attributesOf(withoutBound(group[0]?.labels ?? {})),
      ...times,
      count: BigInt(of('count')[0]?.value ?? 0),
      sum: of('sum')[0]?.value ?? 0,
      bucketCounts: counts.map(BigInt),
      explicitBounds: buckets.slice(0, -1).map(({ bound }) => bound),
    }
  })
}

const boundOf = ({ le }: Labels): number => (le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le))
