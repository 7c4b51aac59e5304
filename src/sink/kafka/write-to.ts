/** Appends a delivery to the partitions of a topic, each with the position of its writer. */
import { appendWhole } from '../../bus/append-parts.ts'
import type { Position, Topic } from '../../bus/bus.ts'
import type { Delivery, Refusal } from '../sink.ts'
import { type SendForm, toSend } from './to-send.ts'

type TopicWriter = {
  readonly topic: Pick<Topic, 'append' | 'maxAppendBytes' | 'position'>
  readonly sending: SendForm
  /** Begins the names of its writers, one for each partition of the source. */
  readonly source: string
  readonly now: () => number
}

/** Resolves when all partitions have their records. Rejects with the first Failure, once no append is under way any more. */
export async function writeTo(
  { topic, sending, source, now }: TopicWriter,
  delivery: Delivery,
): Promise<Refusal | undefined> {
  const writer = `${source}.${delivery.partition}`
  const positions = await topic.position(writer)
  const { runs, refused } = toSend(delivery, sending, positions.map(offsetIn))
  // The delivery comes again after a failure: what another partition gets meanwhile must be in its position by then.
  const appends = await Promise.allSettled(
    runs.map(({ partition, values, keys, nulls, offsets }) =>
      appendWhole(topic, partition, {
        values,
        keys,
        nulls,
        timestamp: now(),
        positionAt: (upTo) => ({ writer, at: { offset: offsets[upTo - 1] } }),
      }),
    ),
  )
  for (const append of appends) if (append.status === 'rejected') throw append.reason
  return refused.length === 0 ? undefined : { kind: 'rows', rows: refused }
}

const offsetIn = (position: Position | undefined): number =>
  typeof position?.offset === 'number' ? position.offset : -1
