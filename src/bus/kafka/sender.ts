/**
 * Brings batches to one broker, which answers one request after the other. So there is one request at a time, and what comes meanwhile
 * goes with the next: at most one batch of each partition.
 */
import { Failure } from '../../base/failure.ts'
import type { Link } from '../../client/kafka/link.ts'
import { type Produced, produce, type ToProduce } from '../../client/kafka/produce.ts'

/** A request is full at this many bytes. */
const MAX_REQUEST_BYTES = 16 << 20

export type BatchSender = {
  /** The broker's answer. Rejects with the Failure of the link: the batch may be in the log or not. */
  send(batch: ToProduce): Promise<Produced>
}

type Waiting = {
  readonly batch: ToProduce
  resolve(answer: Produced): void
  reject(failure: unknown): void
}

/** A sender over a link that is asked for with each request. */
export function openBatchSender(link: () => Link, acks: 'all' | 'leader'): BatchSender {
  const waiting: Waiting[] = []
  let isSending = false
  const sendOne = async (sent: readonly Waiting[]): Promise<void> => {
    try {
      const batches = sent.map(({ batch }) => batch)
      const answers = await produce(link(), acks, batches)
      for (const { batch, resolve, reject } of sent) {
        const answer = answers.find(({ topic, partition }) => topic === batch.topic && partition === batch.partition)
        if (answer === undefined) reject(unanswered(batch))
        else resolve(answer)
      }
    } catch (failure) {
      for (const { reject } of sent) reject(failure)
    }
  }
  const sendAll = async (): Promise<void> => {
    isSending = true
    // Appends to other partitions, made in this turn, come along.
    await Promise.resolve()
    while (waiting.length > 0) {
      const sent: Waiting[] = []
      const partitions = new Set<string>()
      for (let bytes = 0; bytes < MAX_REQUEST_BYTES; ) {
        const [next] = waiting
        if (next === undefined) break
        // Parts of a pipeline that this process has claimed may append to the same partition.
        const place = `${next.batch.topic}/${next.batch.partition}`
        if (partitions.has(place)) break
        partitions.add(place)
        waiting.shift()
        bytes += next.batch.parts.reduce((sum, { length }) => sum + length, 0)
        sent.push(next)
      }
      await sendOne(sent)
    }
    isSending = false
  }
  return {
    send: (batch) =>
      new Promise((resolve, reject) => {
        waiting.push({ batch, resolve, reject })
        if (!isSending) void sendAll()
      }),
  }
}

const unanswered = ({ topic, partition }: ToProduce): Failure =>
  new Failure('io', `topic ${topic}, partition ${partition}: the broker answered without saying what became of it`, {
    retryable: true,
  })
