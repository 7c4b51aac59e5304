/**
 * Producers that fence each other: the transaction coordinator gives each process that begins under an id the same producer id
 * and a greater epoch. A transaction without records, which is given up, leaves a fence in a partition: a marker with that epoch.
 * From then on the leader refuses every batch of a smaller epoch, however late it comes. The batches themselves are part of no
 * transaction, so that no reader waits for one. Requests have forms that brokers from 2.1 on take; `renew` needs 2.5.
 */
import { addPartitionsToTxnV0, endTxnV1, initProducerIdV1, initProducerIdV3 } from '@platformatic/kafka'
import type { Failure } from '../../base/failure.ts'
import {
  CONCURRENT_TRANSACTIONS,
  checkCode,
  INVALID_PRODUCER_EPOCH,
  INVALID_PRODUCER_ID_MAPPING,
  OPERATION_NOT_ATTEMPTED,
  PRODUCER_FENCED,
  UNKNOWN_ERROR,
} from './broker-error.ts'
import type { Cluster } from './cluster.ts'
import { askCoordinator } from './coordinator.ts'
import type { Link } from './link.ts'

/** The coordinator gives up a transaction whose process has died after this time; Java's producer has the same. */
const TRANSACTION_MS = 60_000
/** The coordinator gives another producer id to the process that begins after one with this epoch. */
export const LAST_EPOCH = 32_766

/** A producer, as of the time when its process began. */
export type FencingProducer = { readonly producerId: bigint; readonly epoch: number }

/** Partitions by topic. */
export type FencedPartitions = ReadonlyMap<string, readonly number[]>

/** Each method but `renew` tries again for some time. Where another process has begun since, it rejects with a Failure ('fenced'). */
export type Fencing = {
  readonly id: string
  /** Begins: with a greater epoch than any process before, or at an end of the epochs with another producer id. */
  begin(): Promise<FencingProducer>
  /** Leaves a fence in each partition; resolves when all have it. */
  fence(producer: FencingProducer, partitions: FencedPartitions): Promise<void>
  /** Resolves where no other process has begun; all fences of this one are in their partitions by then. */
  check(producer: FencingProducer): Promise<void>
  /** A greater epoch for the same process. It is asked for once. */
  renew(producer: FencingProducer): Promise<FencingProducer>
}

/** Producers of an id; `taken` is the Failure where another process has begun. */
export function openFencing(cluster: Cluster, id: string, taken: () => Failure): Fencing {
  const coordinator = askCoordinator(cluster, 'transaction')
  const ask = <Answer>(request: (link: Link) => Promise<Answer>) => coordinator(id, request)
  const check = (code: number, subject = `transactional id ${id}`): void => {
    if (TAKEN.includes(code)) throw taken()
    checkCode(code, subject)
  }
  /** Resolves when a transaction is over, or has begun to end. */
  const giveUp = ({ producerId, epoch }: FencingProducer): Promise<void> =>
    ask(async (link) => {
      const answer = await link.use((connection) => endTxnV1.api.async(connection, id, producerId, epoch, false))
      check(answer.errorCode)
    })
  return {
    id,
    begin: () =>
      ask(async (link) => {
        const answer = await link.use((connection) => initProducerIdV1.api.async(connection, id, TRANSACTION_MS))
        check(answer.errorCode)
        return { producerId: answer.producerId, epoch: answer.producerEpoch }
      }),
    async fence(producer, partitions) {
      if ([...partitions.values()].every((of) => of.length === 0)) return
      await ask(async (link) => {
        const { topic, code } = await addPartitions(link, id, producer, partitions)
        const isOfTopic = topic !== undefined && code !== CONCURRENT_TRANSACTIONS
        check(code, isOfTopic ? `topic ${topic}` : undefined)
      })
      // The first answer says that the end is decided; the second one waits until every partition has its fence.
      await giveUp(producer)
      await giveUp(producer)
    },
    check: giveUp,
    async renew({ producerId, epoch }) {
      const answer = await coordinator.once(id, (link) =>
        link.use((connection) => initProducerIdV3.api.async(connection, id, TRANSACTION_MS, producerId, epoch)),
      )
      check(answer.errorCode)
      return { producerId: answer.producerId, epoch: answer.producerEpoch }
    },
  }
}

/** Another process has begun; or the coordinator has forgotten the producer. */
const TAKEN: readonly number[] = [INVALID_PRODUCER_EPOCH, PRODUCER_FENCED, INVALID_PRODUCER_ID_MAPPING]

/** The code of the topic that is refused; 0 where none is. */
async function addPartitions(
  link: Link,
  transactionalId: string,
  { producerId, epoch: producerEpoch }: FencingProducer,
  partitions: FencedPartitions,
): Promise<{ readonly topic?: string; readonly code: number }> {
  const topics = [...partitions].map(([name, of]) => ({ name, partitions: [...of] }))
  const transaction = { transactionalId, producerId, producerEpoch, verifyOnly: false, topics }
  const answer = await link.use((connection) => addPartitionsToTxnV0.api.async(connection, [transaction]))
  const told = answer.resultsByTransaction
    .flatMap(({ topicResults }) => topicResults)
    .flatMap(({ name, resultsByPartition }) =>
      resultsByPartition.map(({ partitionErrorCode: code }) => ({ topic: name, code })),
    )
  // Where one partition is refused, the others are answered with another code.
  const refused = told.filter(({ code }) => code !== 0)
  const reason = refused.find(({ code }) => code !== OPERATION_NOT_ATTEMPTED) ?? refused[0]
  return reason ?? { code: told.length === 0 ? UNKNOWN_ERROR : 0 }
}
