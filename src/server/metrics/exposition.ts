/**
 * The metrics of a run, and of its process, as a registry of prom-client, which is loaded here: in Prometheus' text format for a scrape,
 * and as plain values for `telemetry/`, which pushes them. Values are read at each look from what the run counts anyway, so nothing is
 * counted twice and nothing costs between.
 */
import type { Metric, Registry } from 'prom-client'
import type { ServedRun } from '../../run/served/served-run.ts'
import { readinessOf } from '../../run/status/readiness.ts'
import { withTrouble } from '../../run/status/trouble.ts'
import { METRICS } from './all.ts'
import type { Family, HistogramSample, Labels, Scrape } from './family.ts'

/** Metrics of prom-client whose names break Prometheus' own rules: gauges that end with `_total`. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

export type Exposed = { readonly contentType: string; readonly text: string }

/** Gives the text of a scrape, each time it is called. */
export async function openExposition(run: ServedRun, version: string): Promise<() => Promise<Exposed>> {
  const look = await openRegistry(run, version)
  return async () => {
    const registry = look()
    return { contentType: registry.contentType, text: await registry.metrics() }
  }
}

/** A metric with its values at one moment; those of a histogram as Prometheus' text has them, with `le` among the labels. */
export type MetricValues = {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly values: readonly MetricValue[]
}
export type MetricValue = { readonly metricName?: string; readonly labels: Labels; readonly value: number }

/** Gives all metrics with their values, each time it is called. */
export async function openMetricValues(
  run: ServedRun,
  version: string,
): Promise<() => Promise<readonly MetricValues[]>> {
  const look = await openRegistry(run, version)
  return async () => (await look().getMetricsAsJSON()) as unknown as readonly MetricValues[]
}

/** Gives the registry for one look, which all of its metrics share. */
async function openRegistry(run: ServedRun, version: string): Promise<() => Registry> {
  const { collectDefaultMetrics, Registry } = await import('prom-client')
  const registry = new Registry()
  registry.setDefaultLabels({ pipeline: run.pipeline })
  collectDefaultMetrics({ register: registry })
  for (const name of MISNAMED) registry.removeSingleMetric(name)
  const measure = (): Scrape => {
    const status = run.status()
    return {
      status: withTrouble(status),
      measures: run.measures(),
      isReady: readinessOf(status, run.declared()).ready,
      now: run.clock.now(),
      version,
    }
  }
  let measured: Scrape | undefined
  for (const family of METRICS) registry.registerMetric(metricOf(family, () => (measured ??= measure())))
  return () => {
    // Each metric takes its values before anything is waited for.
    measured = undefined
    return registry
  }
}

/** A family as prom-client asks for it: it only needs the name, and `get`. */
function metricOf(family: Family, measured: () => Scrape): Metric {
  const { name, help, type } = family
  const get = async () => ({ name, help, type, aggregator: 'sum', values: valuesOf(family, measured()) })
  return { name, help, type, get } as unknown as Metric
}

function valuesOf(family: Family, measured: Scrape): readonly MetricValue[] {
  if (family.type === 'histogram') {
    return family.samples(measured).flatMap((sample) => histogramValues(family.name, sample))
  }
  return family.samples(measured).flatMap(({ labels, value }) => (value === null ? [] : { labels, value }))
}

const histogramValues = (
  name: string,
  { labels, counts: { bounds, atMost, count, sum } }: HistogramSample,
): readonly MetricValue[] => [
  ...bounds.map((le, at) => ({
    metricName: `${name}_bucket`,
    labels: { ...labels, le: String(le) },
    value: atMost[at] ?? 0,
  })),
  { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
  { metricName: `${name}_sum`, labels, value: sum },
  { metricName: `${name}_count`, labels, value: count },
]
