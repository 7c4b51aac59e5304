/**
 * A Kafka cluster: its brokers, which of them leads which partition, and links to them. What it knows is as old as the last
 * `refresh`; a request that finds it stale asks for one and tries again.
 */
import { apiVersionsV0, metadataV7, metadataV12 } from '@platformatic/kafka'
import { assert } from '../../base/assert.ts'
import type { Clock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import type { Random } from '../../base/random.ts'
import { saveTogether } from '../../data/save-together.ts'
import { addressText, type BrokerAddress, parseAddress } from './address.ts'
import { brokerFailure, UNKNOWN_TOPIC } from './broker-error.ts'
import { openLastAnswers } from './last-answers.ts'
import { type Link, type LinkOptions, openLink } from './link.ts'
import { openPatiences, type Patience, type Patiences } from './patience.ts'

const METADATA_KEY = 3
const PRODUCE_KEY = 0
/** From Kafka 2.1 on: batches compressed with zstd, and epochs of leaders. */
const LEAST_PRODUCE = 7
const WITH_TOPIC_IDS = 12
/** Links for requests that any broker can answer. One that does not answer soon is passed over. */
const ANY = 'any'
const ANY_TIMEOUT_MS = 6000
/** Links for a person who looks: the other brokers are shown where one does not answer soon. */
export const LOOK = 'look'
const LOOK_TIMEOUT_MS = 3000
const TIMEOUTS: ReadonlyMap<string, Partial<LinkOptions>> = new Map([
  [ANY, { requestTimeoutMs: ANY_TIMEOUT_MS }],
  [LOOK, { requestTimeoutMs: LOOK_TIMEOUT_MS, connectTimeoutMs: LOOK_TIMEOUT_MS }],
])

export type PartitionState = {
  /** The broker that leads it; -1: none. */
  readonly leader: number
  readonly epoch: number
  readonly replicas: readonly number[]
  readonly inSync: readonly number[]
}

export type TopicState = {
  readonly name: string
  /** Another one after the topic was deleted and made anew; only zeros where the broker is older than topic ids. */
  readonly id: string
  readonly isInternal: boolean
  readonly partitions: readonly PartitionState[]
}

export type ClusterOptions = Omit<LinkOptions, 'lastAnswers'> & {
  /** Some of the brokers, `host:port`: the others are learned from them. */
  readonly brokers: readonly string[]
  readonly clock: Clock
  readonly random: Random
  /** How long a broker is looked for when the cluster is opened, in ms. */
  readonly openMs: number
  /** How long a request is tried again after that; Infinity: until the client is closed. */
  readonly persistMs: number
  /** Once aborted, little is tried again: somebody waits for the end. */
  readonly giveUp?: AbortSignal | undefined
  warn(message: string): void
}

export type Cluster = {
  readonly id: string
  readonly closed: AbortSignal
  readonly clock: Clock
  warn(message: string): void
  brokers(): ReadonlyMap<number, BrokerAddress>
  controller(): number
  /**
   * The topics of these names that exist; all of them for null. Internal ones included. Where one cannot be described,
   * rejects with the Failure, or goes on without it if there is a `failed`.
   */
  describe(names: readonly string[] | null, failed?: (failure: Failure) => void): Promise<readonly TopicState[]>
  /** Asks for the leaders of a topic, together with those of others that are asked for meanwhile; undefined: it does not exist. */
  refresh(name: string): Promise<TopicState | undefined>
  /** A link to a broker of this number, one for each purpose. Throws a retryable Failure where there is no such broker. */
  link(broker: number, purpose: string): Link
  /** Asks one broker after the other until one answers. */
  any<Answer>(request: (link: Link) => Promise<Answer>): Promise<Answer>
  /** Tries again while the Failure is retryable, with pauses, for some time. */
  persist<Answer>(attempt: () => Promise<Answer>): Promise<Answer>
  patience(): Patience
  /** What is waited for at present, in words. */
  troubles(): readonly string[]
  close(): void
}

/** Opens a cluster: at least one broker has answered. Rejects with a Failure where none does, or refuses this client. */
export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const closing = new AbortController()
  const { clock, random, warn, giveUp } = options
  const closed = closing.signal
  const patiences = openPatiences({ clock, random, closed, giveUp, warn })
  const links = openLinks(options)
  const close = () => {
    closing.abort()
    links.close()
  }
  try {
    const metadata = openMetadata(links)
    await persistently(patiences, options.openMs, () => metadata.begin(options.brokers).catch(refuseUnknownHost))
    return {
      id: metadata.id(),
      closed,
      clock,
      warn,
      brokers: links.brokers,
      controller: metadata.controller,
      describe: metadata.describe,
      refresh: metadata.refresh,
      link: links.link,
      any: links.any,
      persist: (attempt) => persistently(patiences, options.persistMs, attempt),
      patience: patiences.open,
      troubles: patiences.troubles,
      close,
    }
  } catch (error) {
    close()
    throw error
  }
}

const isUnknownHost = (error: unknown): error is Failure => error instanceof Failure && error.code === 'not-found'

/** A name that nobody knows is a mistake at the start; later it may be known again. */
function refuseUnknownHost(error: unknown): never {
  if (!isUnknownHost(error)) throw error
  throw new Failure(error.code, error.message, { hint: error.hint, cause: error.cause })
}

/** Tries again while the Failure is retryable, for this time. */
async function persistently<Answer>(
  patiences: Patiences,
  persistMs: number,
  attempt: () => Promise<Answer>,
): Promise<Answer> {
  const patience = patiences.open()
  for (;;) {
    try {
      const answer = await attempt()
      patience.over()
      return answer
    } catch (error) {
      const isHopeless = !(error instanceof Failure) || !error.retryable || patience.lasts() >= persistMs
      if (!isHopeless && (await patience.pause(error))) continue
      patience.end()
      throw error
    }
  }
}

/** A topic that does not exist; or that cannot be used, for the reason of its failure. */
type UnknownTopic = { readonly name: string; readonly failure: Failure | undefined }

function knownTopic(topic: TopicState | UnknownTopic | undefined): TopicState | undefined {
  if (topic === undefined || !('failure' in topic)) return topic
  if (topic.failure !== undefined) throw topic.failure
  return undefined
}

/** What the brokers say of the cluster. */
function openMetadata(links: ReturnType<typeof openLinks>) {
  let controller = -1
  let id = ''
  let form: typeof metadataV7 | typeof metadataV12 = metadataV12
  const ask = async (names: readonly string[] | null): Promise<readonly (TopicState | UnknownTopic)[]> => {
    const found = await links.any((link) =>
      link.use((connection) => form.api.async(connection, names === null ? null : [...names], false)),
    )
    const brokers = found.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }] as const)
    if (brokers.length > 0) links.learn(new Map(brokers))
    controller = found.controllerId
    id = found.clusterId ?? ''
    return found.topics.map(({ errorCode, name: given, topicId, isInternal, partitions }) => {
      const name = given ?? ''
      if (errorCode === UNKNOWN_TOPIC) return { name, failure: undefined }
      if (errorCode !== 0) return { name, failure: brokerFailure(errorCode, `topic ${name}`) }
      const states: PartitionState[] = []
      for (const { partitionIndex, leaderId, leaderEpoch, replicaNodes, isrNodes } of partitions) {
        states[partitionIndex] = { leader: leaderId, epoch: leaderEpoch, replicas: replicaNodes, inSync: isrNodes }
      }
      return { name, id: topicId, isInternal, partitions: states }
    })
  }
  const wanted = new Set<string>()
  // What is wrong with one topic is a failure of those alone that ask for it.
  const topics = new Map<string, TopicState | UnknownTopic>()
  const refreshing = saveTogether(async () => {
    const names = [...wanted]
    wanted.clear()
    for (const topic of await ask(names)) topics.set(topic.name, topic)
  })
  const describe: Cluster['describe'] = async (names, failed) =>
    (await ask(names)).flatMap((topic) => {
      if (failed === undefined || !('failure' in topic) || topic.failure === undefined) return knownTopic(topic) ?? []
      failed(topic.failure)
      return []
    })
  return {
    describe,
    id: () => id,
    controller: () => controller,
    async refresh(name: string): Promise<TopicState | undefined> {
      wanted.add(name)
      await refreshing.save()
      return knownTopic(topics.get(name))
    },
    /** Learns which forms of requests the brokers take, and the brokers. */
    async begin(brokers: readonly string[]): Promise<void> {
      const versions = await links.any((link) => link.use((connection) => apiVersionsV0.api.async(connection, '', '')))
      const newest = (key: number) => versions.apiKeys.find(({ apiKey }) => apiKey === key)?.maxVersion ?? -1
      if (newest(PRODUCE_KEY) < LEAST_PRODUCE) {
        throw new Failure('pipeline', `Kafka at ${brokers.join(',')} is older than 2.1, which is the oldest supported`)
      }
      form = newest(METADATA_KEY) >= WITH_TOPIC_IDS ? metadataV12 : metadataV7
      await describe([])
    },
  }
}

/** Links to the brokers, by number and purpose. */
function openLinks(options: ClusterOptions) {
  const bootstrap = options.brokers.map((text) => {
    const address = parseAddress(text)
    assert(address !== undefined, 'the options of the bus have addresses only')
    return address
  })
  const lastAnswers = options.giveUp && openLastAnswers(options.clock, options.giveUp)
  let brokers: ReadonlyMap<number, BrokerAddress> = new Map()
  const links = new Map<string, Link>()
  const open = (address: BrokerAddress, purpose: string): Link => {
    const key = `${addressText(address)} ${purpose}`
    const known = links.get(key)
    if (known !== undefined) return known
    const link = openLink(address, { ...TIMEOUTS.get(purpose), ...options, lastAnswers })
    links.set(key, link)
    return link
  }
  /** The broker that answered last is asked first. */
  let last: BrokerAddress | undefined
  return {
    brokers: () => brokers,
    learn(found: ReadonlyMap<number, BrokerAddress>) {
      brokers = found
    },
    link(broker: number, purpose: string): Link {
      const address = brokers.get(broker)
      if (address !== undefined) return open(address, purpose)
      throw new Failure('io', `broker ${broker} is not in the cluster at present`, { retryable: true })
    },
    async any<Answer>(request: (link: Link) => Promise<Answer>): Promise<Answer> {
      const all = [...(last === undefined ? [] : [last]), ...brokers.values(), ...bootstrap]
      const addresses = [...new Map(all.map((address) => [addressText(address), address])).values()]
      let failure: unknown
      for (const address of addresses) {
        try {
          const answer = await request(open(address, ANY))
          last = address
          return answer
        } catch (error) {
          // Where one broker refuses this client, the next one, which does not answer, tells less. One whose name is
          // not known tells the least: the others may start yet.
          if (failure === undefined || isUnknownHost(failure) || (error instanceof Failure && !error.retryable))
            failure = error
        }
      }
      last = undefined
      throw failure
    },
    close() {
      for (const link of links.values()) link.close()
    },
  }
}
