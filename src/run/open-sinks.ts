/** Opens the sinks of a pipeline where the last checkpoint left them, each with the loop that delivers to it. */
import { groupReadable } from '../base/disk/disk.ts'
import { entryOf } from '../base/entry.ts'
import type { Before } from '../data/before.ts'
import { scratchOf } from '../data/data-folder.ts'
import { allTopics, type CheckedPipeline, type CheckedSink } from '../pipeline/checked.ts'
import { type OpenTopic, topicOf } from '../runner/open-topics.ts'
import { type DeliveryLoop, openDelivery } from '../sink/delivery/loop.ts'
import type { Checkpoint } from '../topic/checkpoint.ts'
import type { Part, WantedPart } from './part-set.ts'
import type { RunContext } from './run-options.ts'

export type OpenSink = Part & { readonly kind: string; readonly from: string; readonly loop: DeliveryLoop }

type Opening = {
  readonly context: RunContext
  readonly topics: ReadonlyMap<string, OpenTopic>
  /** The last checkpoint; read when a sink is opened. */
  readonly kept: Checkpoint
}

/** The sinks of a pipeline, to open. Each is made of its options and of the rows that it gets. */
export function wantedSinks(pipeline: CheckedPipeline, opening: Opening): WantedPart<OpenSink>[] {
  const topics = allTopics(pipeline)
  return pipeline.sinks.map((checked) => {
    const { name, type, options, from, rows, limits } = checked
    const read = topics.find((topic) => topic.name === from)
    const madeOf = [type.name, options, limits, from, rows, read?.fingerprint]
    return { name, madeOf, open: () => openSink(checked, pipeline, opening) }
  })
}

async function openSink(
  { name, from, type, options, rows, limits }: CheckedSink,
  { folder, mask }: CheckedPipeline,
  opening: Opening,
): Promise<OpenSink> {
  const { clock, disk, random, stop, output, warn } = opening.context
  const { checked, topic, starts, dead, ended } = topicOf(opening.topics, from)
  const { fields, rowtime, format } = checked
  await using cleanup = new AsyncDisposableStack()
  const halt = new AbortController()
  const kept = entryOf(opening.kept.sinks, name)
  // A sink that delivers another topic now begins anew: a place in the old topic says nothing.
  const last = kept?.from === from ? kept : undefined
  const scratch = scratchOf(opening.context.dataFolder, name)
  const remember = (had: Before) => opening.context.beforeMemory.remember(name, had)
  const { identity: data } = opening.context.data
  const place = { name, folder, data, scratch, state: last?.state, remember }
  const say = (message: string) => warn(`sink ${name}: ${message}`)
  const open = () =>
    type.open(options, {
      ...rows,
      ...place,
      rowtime,
      clock,
      disk: groupReadable(disk, scratch),
      output,
      warn: say,
    })
  const cursor = topic.cursor(last?.offsets ?? starts)
  cleanup.defer(() => cursor.close())
  const loop = await openDelivery({
    cursor,
    decoder: () => format.decoder(fields.map((_, column) => column)),
    hasMetadata: format.hasMetadata,
    readsArrival: format.readsArrival,
    givesKept: type.readsKept?.(options) === true,
    open,
    limits,
    anyOrder: type.batch?.anyOrder === true,
    clock,
    random,
    before: last ?? { offsets: {}, state: {} },
    ended: ended.signal,
    halt: halt.signal,
    giveUp: AbortSignal.any([stop, halt.signal]),
    warn: say,
    undecodable(partition, placed, rejects) {
      dead.undecodable(partition, placed, rejects)
      dead.flush()
    },
    refused: (partition, placed, rows) =>
      dead.refused(
        name,
        partition,
        placed,
        rows.map((row) => ({ ...row, reason: mask(row.reason) })),
      ),
  })
  cleanup.use(loop)
  const opened = cleanup.move()
  return {
    name,
    kind: type.name,
    from,
    loop,
    run: () => loop.run(),
    halt: () => halt.abort(),
    close: () => opened.disposeAsync(),
  }
}
