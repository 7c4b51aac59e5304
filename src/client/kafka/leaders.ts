/**
 * The brokers that lead the partitions of one topic, as it was when it was opened. A topic that has been deleted, or deleted
 * and made anew, is not that topic any more: its offsets mean nothing.
 */
import { Failure } from '../../base/failure.ts'
import type { Duration } from '../../base/quantity.ts'
import type { Cluster } from './cluster.ts'
import type { TopicState } from './cluster-state.ts'

/** A broker that has just started may not know a topic yet that exists. */
const GONE_AFTER_MS = 10_000
const NO_ID = '00000000-0000-0000-0000-000000000000'

export type Leader = { readonly broker: number; readonly epoch: number }

export type Leaders = {
  readonly topic: string
  /** undefined where brokers are older than ids of topics. */
  readonly id: string | undefined
  readonly partitions: number
  /** Throws a Failure: retryable where there is none at present, final ('not-found') where the topic is gone. */
  of(partition: number): Leader
  /** The same; undefined where there is none at present. */
  find(partition: number): Leader | undefined
  /** Asks the cluster. Rejects with the Failure of the cluster. */
  refresh(): Promise<void>
  /** As the cluster does; and asks for the leaders before it tries again, as another broker may lead by now. */
  persist<Answer>(attempt: () => Promise<Answer>): Promise<Answer>
}

/** The leaders of a topic that the cluster has described. */
export function leadersOf(cluster: Cluster, state: TopicState): Leaders {
  const { name: topic, id, partitions } = state
  let missingSince: Duration | undefined
  let gone: Failure | undefined
  let known = state
  const find = (partition: number): Leader | undefined => {
    if (gone !== undefined) throw gone
    const { leader = -1, epoch = -1 } = known.partitions[partition] ?? {}
    return leader < 0 ? undefined : { broker: leader, epoch }
  }
  const refresh = async (): Promise<void> => {
    const found = await cluster.refresh(topic)
    const now = cluster.clock.elapsed()
    if (found === undefined) {
      missingSince ??= now
      if (now - missingSince >= GONE_AFTER_MS) gone ??= deleted(topic)
      return
    }
    missingSince = undefined
    if (found.id !== id) gone ??= deleted(topic)
    known = found
  }
  return {
    topic,
    id: id === NO_ID ? undefined : id,
    partitions: partitions.length,
    of(partition) {
      const leader = find(partition)
      if (leader !== undefined) return leader
      throw new Failure('io', `topic ${topic}, partition ${partition}: no broker leads it`, { retryable: true })
    },
    find,
    refresh,
    persist: (attempt) =>
      cluster.persist(async () => {
        try {
          return await attempt()
        } catch (error) {
          if (error instanceof Failure && error.retryable) await refresh().catch(() => {})
          throw error
        }
      }),
  }
}

const deleted = (topic: string): Failure =>
  new Failure('not-found', `topic ${topic} has been deleted on Kafka while it was in use`, {
    hint: 'The next run makes it anew where the pipeline writes to it; what was kept of it is gone.',
  })
