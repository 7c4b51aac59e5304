/** The metrics of topics, and of those that read them. */
import { zoneRules } from '../../base/timezone.ts'
import type { PartitionStatus, PipelineStatus, TopicStatus } from '../../run/status/status.ts'
import { DEAD_LETTER_KINDS } from '../../topic/letter.ts'
import { type Family, familiesOf, type Labels } from './family.ts'

const ofTopics = familiesOf<TopicStatus>(['topic'], ({ status }) =>
  status.topics.map((one) => ({ labels: { topic: one.name }, one })),
)
const ofPartitions = familiesOf<PartitionStatus>(['topic', 'partition'], ({ status }) =>
  status.topics.flatMap(({ name, partitions }) =>
    partitions.map((one) => ({ labels: { topic: name, partition: one.partition }, one })),
  ),
)
const ofReaders = familiesOf<{ readonly lag: number }>(['part', 'topic', 'partition'], ({ status }) =>
  readersOf(status),
)

/** Queries and sinks: each partition that they read. */
const readersOf = ({ queries, sinks }: PipelineStatus) =>
  [
    ...queries.map(({ name, reads }) => ({ part: `query ${name}`, reads })),
    ...sinks.map(({ name, reads }) => ({ part: `sink ${name}`, reads: [reads] })),
  ].flatMap(({ part, reads }) =>
    reads.flatMap(({ topic, partitions }) =>
      partitions.map((one) => ({ labels: { part, topic, partition: one.partition }, one })),
    ),
  )

const deadLetters: Family = {
  type: 'counter',
  name: 'tailrace_dead_letters_total',
  help: 'Dead letters of this run.',
  labels: ['topic', 'kind'],
  // Kinds of which there are none are 0, so that a rate has something to begin with.
  samples: ({ status }) =>
    status.topics.flatMap(({ name, dead }) => {
      const run = dead?.run ?? undefined
      return run === undefined
        ? []
        : DEAD_LETTER_KINDS.map((kind) => ({ labels: { topic: name, kind } as Labels, value: run[kind] ?? 0 }))
    }),
}

const ruleLetters: Family = {
  type: 'counter',
  name: 'tailrace_rule_dead_letters_total',
  help: 'Dead letters of this run by the rule that the records do not meet.',
  labels: ['topic', 'rule'],
  samples: ({ status }) =>
    status.topics.flatMap(({ name, dead }) =>
      Object.entries(dead?.rules ?? {}).map(([rule, value]) => ({ labels: { topic: name, rule } as Labels, value })),
    ),
}

/** By our clock; an event time without a zone is on the clock of the pipeline's. */
function delayOf(watermark: string | null, now: number, timezone: string): number | null {
  if (watermark === null) return null
  const instant = watermark.endsWith('Z')
    ? Date.parse(watermark)
    : zoneRules(timezone).toInstant(Date.parse(`${watermark}Z`))
  return (now - instant) / 1000
}

export const TOPIC_METRICS: readonly Family[] = [
  ofTopics.gauge('tailrace_topic_records', 'Records that the topic keeps.', ({ records }) => records),
  ofTopics.gauge('tailrace_topic_bytes', 'Bytes that it takes up, where the bus tells.', ({ bytes }) => bytes),
  ofPartitions.counter(
    'tailrace_topic_appended_records_total',
    'Records that were ever appended to the partition: the offset of the next one.',
    ({ end }) => end,
  ),
  ofPartitions.gauge(
    'tailrace_watermark_delay_seconds',
    'How far the watermark of the partition is behind the clock.',
    ({ watermark }, { now, measures }) => delayOf(watermark, now, measures.timezone),
  ),
  ofReaders.gauge('tailrace_lag_records', 'Records that a query or sink has before it.', ({ lag }) => lag),
  deadLetters,
  ruleLetters,
]
