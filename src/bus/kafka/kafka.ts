/**
 * The bus on Apache Kafka: topics that other programs may share. Connections, passwords and the forms of most requests are
 * those of a library (`client/kafka/`); record batches are written and read by our own codec (`bus/batch/`).
 */

import { initProducerIdV1 } from '@platformatic/kafka'
import { Failure } from '../../base/failure.ts'
import { checkCode } from '../../client/kafka/broker-error.ts'
import type { Cluster } from '../../client/kafka/cluster.ts'
import { type Coordinators, openCoordinators } from '../../client/kafka/coordinator.ts'
import type { ConsumerGroup } from '../../client/kafka/group-requests.ts'
import { openMembers } from '../../client/kafka/members.ts'
import type { DataFolder } from '../../data/data-folder.ts'
import { makeChunkPool } from '../batch/chunk.ts'
import { openCompressor } from '../batch/compression/compressor.ts'
import { makeFetchPool } from '../batch/fetch-room.ts'
import type { Bus, BusReader, Offsets } from '../bus.ts'
import type { BusContext, OwnBusContext } from '../bus-type.ts'
import { checkName } from '../topic-name.ts'
import { type Claim, openClaim } from './claim.ts'
import { connect } from './connect.ts'
import { openKafkaReader, type ReadContext } from './kafka-reader.ts'
import type { WriteContext } from './kafka-topic.ts'
import { lookAtKafka } from './look.ts'
import type { KafkaOptions } from './options.ts'
import { type OwnFile, openOwnFile } from './own-file.ts'
import { openWriters, shareTopics } from './topics.ts'

/** How long a broker is looked for that may be about to start. Once the bus is open, it waits for brokers without end. */
const OPEN_MS = 60_000
/** How long a command that only looks waits for an answer. */
const LOOK_MS = 10_000
const LARGE_CHUNK_BYTES = (1 << 20) + (256 << 10)

/** `data`: a folder for this process alone, in which its appends are remembered. */
export type KafkaContext = Omit<OwnBusContext, 'data'> & {
  readonly data: Pick<DataFolder, 'disk' | 'path'> & Partial<DataFolder>
}

/** Opens the bus for a data folder that this process owns. Rejects with a Failure. */
export async function openKafka(options: KafkaOptions, given: KafkaContext): Promise<Bus> {
  const { clock, data, giveUp } = given
  const ending = new AbortController()
  const compressor = await openCompressor()
  const cluster = await connect(options, given, {
    openMs: OPEN_MS,
    persistMs: Number.POSITIVE_INFINITY,
    giveUp: AbortSignal.any([ending.signal, ...(giveUp === undefined ? [] : [giveUp])]),
  })
  try {
    const newProducer = () => newProducerId(cluster)
    const file = await openOwnFile({ disk: data.disk, folder: data.path, clock, cluster: cluster.id, newProducer })
    const context: WriteContext = {
      cluster,
      compressor,
      pool: makeFetchPool(),
      chunks: makeChunkPool(LARGE_CHUNK_BYTES),
      senders: new Map(),
      codec: options.compression,
    }
    return busOn(context, file, options, ending)
  } catch (error) {
    cluster.close()
    throw error
  }
}

/** Opens the bus for reading. Rejects with a Failure where no broker answers. */
export async function readKafka(options: KafkaOptions, context: BusContext): Promise<BusReader> {
  const compressor = await openCompressor()
  const cluster = await connect(options, context, { openMs: LOOK_MS, persistMs: LOOK_MS })
  return {
    ...readerOn({ cluster, compressor, pool: makeFetchPool() }, options.prefix, openCoordinators(cluster)),
    async [Symbol.asyncDispose]() {
      cluster.close()
    },
  }
}

function newProducerId(cluster: Cluster): Promise<bigint> {
  return cluster.persist(async () => {
    const answer = await cluster.any((link) =>
      link.use((connection) => initProducerIdV1.api.async(connection, null, 0)),
    )
    checkCode(answer.errorCode, 'the id of a producer')
    return answer.producerId
  })
}

function busOn(context: WriteContext, file: OwnFile, options: KafkaOptions, ending: AbortController): Bus {
  const { cluster } = context
  const { prefix } = options
  const coordinators = openCoordinators(cluster)
  const open = shareTopics(context, options)
  const writers = openWriters(context, {
    prefix,
    open,
    appender: file,
    begin: ({ opened: { leaders } }) => file.forgetOthers(leaders.topic, leaders.id),
  })
  const claims = new Set<Claim>()
  const owned = new Map<string, Promise<void>>()
  /** Refuses a group that another program reads by: the two would move each other's offsets. */
  const ownGroup = (group: string): Promise<void> => {
    const known = owned.get(group) ?? coordinators.describe(group).then(refuseMembers)
    owned.set(group, known)
    known.catch(() => owned.delete(group))
    return known
  }
  const reader = readerOn(context, prefix, coordinators)
  const bus: Bus = {
    ...reader,
    cluster: cluster.id,
    topic: writers.topic,
    async commit(group, topic, offsets) {
      checkName('group', group)
      const entries = Object.entries(offsets).map(([partition, offset]) => [Number(partition), offset] as const)
      if (entries.length === 0) return
      await ownGroup(prefix + group)
      try {
        await coordinators.commit(prefix + group, prefix + topic, new Map(entries))
      } catch (error) {
        // Somebody may have joined since the first commit: the message names that client.
        const isUsed = error instanceof Failure && error.code === 'in-use'
        const described = isUsed ? await coordinators.describe(prefix + group).catch(() => undefined) : undefined
        if (described !== undefined) refuseMembers(described)
        throw error
      }
    },
    async committed(group, topic) {
      checkName('group', group)
      const found = (await coordinators.committed(prefix + group)).get(prefix + topic)
      return Object.fromEntries(found ?? [])
    },
    members: (group, options) => openMembers(cluster, prefix + group, options),
    space: () => undefined,
    trouble: cluster.troubles,
    async claim(part) {
      const claim = await openClaim({ context, options, open, before: file }, part, () => claims.delete(claim))
      claims.add(claim)
      return { ...bus, ...claim }
    },
    async [Symbol.asyncDispose]() {
      ending.abort()
      try {
        for (const claim of claims) await claim[Symbol.asyncDispose]()
        await writers.settled()
        await file.save()
      } finally {
        cluster.close()
      }
    },
  }
  return bus
}

function refuseMembers({ name, members: [first] }: ConsumerGroup): void {
  if (first === undefined) return
  throw new Failure('in-use', `consumer group ${name} on Kafka is used by client ${first.client} at ${first.host}`, {
    hint: 'Stop that client, or give the query or sink another `group`.',
  })
}

/** What anyone may read. Only topics and groups with the prefix are seen, without it. */
function readerOn(
  context: ReadContext,
  prefix: string,
  coordinators: Coordinators,
): Omit<BusReader, typeof Symbol.asyncDispose> {
  const { cluster } = context
  return {
    async topics() {
      const found = await cluster.persist(() => cluster.describe(null))
      return found
        .filter(({ name, isInternal }) => !isInternal && name.startsWith(prefix))
        .map(({ name, partitions }) => ({ name: name.slice(prefix.length), partitions: partitions.length }))
        .sort((a, b) => (a.name < b.name ? -1 : 1))
    },
    async reader(name) {
      const state = await cluster.persist(() => cluster.refresh(prefix + name))
      if (state === undefined) throw new Failure('not-found', `there is no topic ${prefix}${name} on Kafka`)
      return (await openKafkaReader(context, state, name)).reader
    },
    async groupNames() {
      const names = await coordinators.names()
      return names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
    },
    async groups(names) {
      const found = new Map<string, ReadonlyMap<string, Offsets>>()
      for (const name of names) {
        const topics = [...(await coordinators.committed(prefix + name))]
          .filter(([topic]) => topic.startsWith(prefix))
          .map(([topic, offsets]) => [topic.slice(prefix.length), Object.fromEntries(offsets) as Offsets] as const)
        found.set(name, new Map(topics))
      }
      return found
    },
    look: (wish) => lookAtKafka(cluster, prefix, wish),
  }
}
