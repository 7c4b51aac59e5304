/** `tailrace topics`: the topics of a pipeline, whether it runs or not. */
import { Command } from 'commander'
import { withArrivals } from '../run/status/arrivals.ts'
import type { PipelineStatus } from '../run/status/status.ts'
import { type Shown, type ShowOptions, show, showOptions } from './look/show.ts'
import { partitionsSheet, topicsSheet } from './look/topics-text.ts'
import type { PipelineLook } from './option/look.ts'

/** The command `topics`. */
export function topicsCommand(): Command {
  return showOptions(new Command('topics'))
    .description(
      'Lists the topics: records, bytes, the last arrival, the watermark, copies, and how far their readers are.',
    )
    .option('--partitions', 'one line for each partition')
    .option(
      '--all',
      'also empty topics of dead letters and ticks and, on a shared bus, those that the pipeline does not have',
    )
    .addHelpText(
      'after',
      `
Examples:
  tailrace topics pipeline.yaml
  tailrace topics --partitions --data /var/lib/tailrace/nasa
  tailrace topics --watch

It only reads, so the pipeline may run meanwhile. "parts" are partitions. "arrived" is when the last record came, by our clock.
"watermark" is event time: up to there all partitions are complete; known while the pipeline runs. "behind" is the reader with
the most records before it, and how many others are not at the end: now where the pipeline runs, else by the last checkpoint.
`,
    )
    .action((pipeline: string | undefined, options: ShowOptions) => show(pipeline, options, TOPICS))
}

const TOPICS: Shown = {
  sheet: topicsSheet,
  partitionsSheet,
  part: ({ form, at, bus, topics }) => ({ form, at, bus, topics }),
  more: withAllArrivals,
  hasRates: false,
  needsBus: true,
}

/** Reads the first and the last record of each partition. */
async function withAllArrivals(status: PipelineStatus, look: PipelineLook): Promise<PipelineStatus> {
  if (status.topics.length === 0) return status
  const bus = await look.bus()
  const there = new Set((await bus.topics()).map(({ name }) => name))
  const topics = status.topics.map(async (topic) => {
    if (!there.has(topic.name)) return topic
    const reader = await bus.reader(topic.name)
    await reader.refresh()
    return { ...topic, partitions: await Promise.all(topic.partitions.map((one) => withArrivals(reader, one))) }
  })
  return { ...status, topics: await Promise.all(topics) }
}
