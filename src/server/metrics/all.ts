/** Every metric of a run. docs/operations.md has them as a table, and a test compares the two. */
import type { PipelineStatus } from '../../run/status/status.ts'
import { type Family, familiesOf, seconds } from './family.ts'
import { ALERT_METRICS, QUERY_METRICS, REPORT_METRICS, SINK_METRICS, SOURCE_METRICS } from './of-parts.ts'
import { TOPIC_METRICS } from './of-topics.ts'

const ofRun = familiesOf<PipelineStatus>([], ({ status }) => [{ labels: {}, one: status }])

const build: Family = {
  type: 'gauge',
  name: 'tailrace_build_info',
  help: 'Always 1; the labels say which program runs.',
  labels: ['version', 'node'],
  samples: ({ version }) => [{ labels: { version, node: process.version }, value: 1 }],
}

const trouble: Family = {
  type: 'gauge',
  name: 'tailrace_trouble',
  help: 'What is wrong with a part, as tailrace status says in words: the number of things.',
  labels: ['part'],
  samples: ({ status }) =>
    [...Map.groupBy(status.trouble, ({ part }) => part)].map(([part, found]) => ({
      labels: { part },
      value: found.length,
    })),
}

const RUN: readonly Family[] = [
  build,
  ofRun.gauge('tailrace_ready', '1 if every part is open and none fails, else 0.', (_, { isReady }) =>
    isReady ? 1 : 0,
  ),
  trouble,
  ofRun.counter(
    'tailrace_dropped_records_total',
    'Records that were deleted at a limit before all had read them.',
    ({ dropped }) => dropped,
  ),
  ofRun.gauge('tailrace_checkpoint_age_seconds', 'How long ago the last checkpoint was taken.', ({ checkpoint }) =>
    seconds(checkpoint?.ageMs ?? null),
  ),
  ofRun.gauge('tailrace_checkpoint_duration_seconds', 'How long it took.', ({ checkpoint }) =>
    seconds(checkpoint?.tookMs ?? null),
  ),
  ofRun.gauge('tailrace_checkpoint_interval_seconds', 'The time between two checkpoints.', ({ checkpoint }) =>
    seconds(checkpoint?.intervalMs ?? null),
  ),
]

export const METRICS: readonly Family[] = [
  ...RUN,
  ...SOURCE_METRICS,
  ...TOPIC_METRICS,
  ...QUERY_METRICS,
  ...SINK_METRICS,
  ...ALERT_METRICS,
  ...REPORT_METRICS,
]
