/** Opens the sinks of a pipeline where the last checkpoint left them, each with the loop that delivers to it. */
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import { openCursor } from '../bus/cursor.ts'
import { type DeliveryLoop, openDelivery } from '../sink/delivery.ts'
import type { SinkContext } from '../sink/sink.ts'
import type { CheckedPipeline, CheckedSink } from './checked.ts'
import type { Checkpoint } from './checkpoint.ts'
import { type OpenTopic, topicOf } from './open-topics.ts'

export type OpenSinks = {
  readonly deliveries: readonly { readonly name: string; readonly from: string; readonly loop: DeliveryLoop }[]
  [Symbol.asyncDispose](): Promise<void>
}

type Opening = {
  readonly pipeline: CheckedPipeline
  readonly topics: ReadonlyMap<string, OpenTopic>
  readonly checkpoint: Checkpoint
  readonly clock: Clock
  readonly random: Random
  readonly stop: AbortSignal
  readonly stdout: SinkContext['stdout']
  readonly interactive: boolean
  warn(message: string): void
}

export async function openSinks(opening: Opening): Promise<OpenSinks> {
  await using cleanup = new AsyncDisposableStack()
  const deliveries: OpenSinks['deliveries'][number][] = []
  for (const checked of opening.pipeline.sinks) {
    deliveries.push({ name: checked.name, from: checked.from, loop: await openSink(checked, opening, cleanup) })
  }
  const opened = cleanup.move()
  return { deliveries, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

async function openSink(checked: CheckedSink, opening: Opening, cleanup: AsyncDisposableStack): Promise<DeliveryLoop> {
  const { pipeline, clock, random, stop } = opening
  const from = topicOf(opening.topics, checked.from)
  const last = opening.checkpoint.sinks[checked.name]
  // Under the same name it may deliver another topic now: a place in the old one says nothing.
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
      state: before?.state,
      stdout: opening.stdout,
      interactive: opening.interactive,
    })
  const offsets = new Map(
    Object.entries(before?.offsets ?? {}).map(([partition, offset]) => [Number(partition), offset]),
  )
  const cursor = openCursor(from.topic, offsets)
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
    halt: new AbortController().signal,
    giveUp: stop,
    warn: (message) => opening.warn(`sink ${checked.name}: ${message}`),
    undecodable(partition, placed, rejects) {
      from.dead.undecodable(partition, placed, rejects)
      from.dead.flush()
    },
    refused: (partition, placed, rows) => from.dead.refused(checked.name, partition, placed, rows),
  })
  cleanup.use(loop)
  return loop
}
