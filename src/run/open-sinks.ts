/** Opens the sinks of a pipeline where the last checkpoint left them, each with the loop that delivers to it. */
import type { CheckedPipeline, CheckedSink } from '../pipeline/checked.ts'
import { type OpenTopic, topicOf } from '../runner/open-topics.ts'
import type { DeliveryLoop } from '../sink/delivery/delivery.ts'
import { openDelivery } from '../sink/delivery/loop.ts'
import type { Checkpoint } from '../topic/checkpoint.ts'
import type { Part, WantedPart } from './part-set.ts'
import type { RunContext } from './run-options.ts'

export type OpenSink = Part & { readonly from: string; readonly loop: DeliveryLoop }

type Opening = {
  readonly context: RunContext
  readonly topics: ReadonlyMap<string, OpenTopic>
  /** The last checkpoint; read when a sink is opened. */
  readonly kept: Checkpoint
}

/** The sinks of a pipeline, to open. Each is made of its options and of the rows that it gets. */
export function wantedSinks(pipeline: CheckedPipeline, opening: Opening): WantedPart<OpenSink>[] {
  const topics = [...pipeline.topics, ...pipeline.reports.map(({ topic }) => topic)]
  return pipeline.sinks.map((checked) => {
    const { name, type, options, from, rowKey, limits } = checked
    const read = topics.find((topic) => topic.name === from)
    const madeOf = [type.name, options, limits, from, rowKey, read?.fields, read?.fingerprint, pipeline.timezone]
    return { name, madeOf, open: () => openSink(checked, pipeline, opening) }
  })
}

async function openSink(checked: CheckedSink, pipeline: CheckedPipeline, opening: Opening): Promise<OpenSink> {
  const { clock, disk, random, stop, output, warn } = opening.context
  await using cleanup = new AsyncDisposableStack()
  const halt = new AbortController()
  const from = topicOf(opening.topics, checked.from)
  const last = opening.kept.sinks[checked.name]
  // A sink that delivers another topic now begins anew: a place in the old topic says nothing.
  const before = last?.from === checked.from ? last : undefined
  const open = () =>
    checked.type.open(checked.options, {
      name: checked.name,
      from: checked.from,
      folder: pipeline.folder,
      fields: from.checked.fields,
      rowKey: checked.rowKey,
      rowtime: from.checked.rowtime,
      timezone: pipeline.timezone,
      clock,
      disk,
      state: before?.state,
      output,
    })
  const cursor = from.topic.cursor(before?.offsets ?? {})
  cleanup.defer(() => cursor.close())
  const loop = await openDelivery({
    cursor,
    decoder: () => from.checked.format.decoder(from.checked.fields.map((_, column) => column)),
    open,
    limits: checked.limits,
    anyOrder: checked.type.batch?.anyOrder === true,
    clock,
    random,
    before: before ?? { offsets: {}, state: {} },
    ended: from.ended.signal,
    halt: halt.signal,
    giveUp: AbortSignal.any([stop, halt.signal]),
    warn: (message) => warn(`sink ${checked.name}: ${message}`),
    undecodable(partition, placed, rejects) {
      from.dead.undecodable(partition, placed, rejects)
      from.dead.flush()
    },
    refused: (partition, placed, rows) => from.dead.refused(checked.name, partition, placed, rows),
  })
  cleanup.use(loop)
  const opened = cleanup.move()
  return {
    name: checked.name,
    from: checked.from,
    loop,
    run: () => loop.run(),
    halt: () => halt.abort(),
    close: () => opened.disposeAsync(),
  }
}
