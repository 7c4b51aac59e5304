/**
 * Sends record batches to the broker that leads their partitions. Produce version 7: brokers from 2.1 on take it.
 *
 *   transactional id NULL, acks, timeout in ms,
 *   [topic, [partition, bytes that follow, record batch]]
 */
import { createAPI, produceV7, Writer } from '@platformatic/kafka'
import type { Link } from './link.ts'

const PRODUCE = 0
const VERSION = 7
/** How long the broker waits for the replicas before it answers that they did not answer. */
const REPLICAS_TIMEOUT_MS = 10_000

export type ToProduce = { readonly topic: string; readonly partition: number; readonly parts: readonly Uint8Array[] }

export type Produced = {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  /** Of the first record. */
  readonly baseOffset: number
}

/** Appends batches, one for each partition. Rejects with the Failure of the link; then they may be in the log or not. */
export async function produce(
  link: Link,
  acks: 'all' | 'leader',
  batches: readonly ToProduce[],
): Promise<readonly Produced[]> {
  const answer = await link.use((connection) => produceParts.async(connection, acks, batches))
  return answer.responses.flatMap(({ name, partitionResponses }) =>
    partitionResponses.map(({ index, errorCode, baseOffset }) => {
      return { topic: name, partition: index, errorCode, baseOffset: Number(baseOffset) }
    }),
  )
}

function requestOf(acks: 'all' | 'leader', batches: readonly ToProduce[]): Writer {
  const topics = [...Map.groupBy(batches, ({ topic }) => topic)]
  return Writer.create()
    .appendString(null, false)
    .appendInt16(acks === 'all' ? -1 : 1)
    .appendInt32(REPLICAS_TIMEOUT_MS)
    .appendArray(
      topics,
      (writer, [topic, of]) => {
        writer.appendString(topic, false).appendArray([...of], writeBatch, false, false)
      },
      false,
      false,
    )
}

function writeBatch(writer: Writer, { partition, parts }: ToProduce): void {
  writer.appendInt32(partition).appendInt32(parts.reduce((sum, { length }) => sum + length, 0))
  for (const { buffer, byteOffset, byteLength } of parts) writer.append(Buffer.from(buffer, byteOffset, byteLength))
}

/** The request of the library makes the batches itself. */
const produceParts = createAPI<Parameters<typeof requestOf>, ReturnType<typeof produceV7.parseResponse>>(
  PRODUCE,
  VERSION,
  requestOf,
  produceV7.parseResponse,
  false,
  false,
)
