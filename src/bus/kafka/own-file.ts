/**
 * What a data folder remembers of its own appends to a cluster: `DATA/kafka.json`, with a checksum.
 *
 *   {"cluster":"ID","producer":"4001","partitions":{"TOPIC/0":{"id":"UUID","offset":7,"epoch":0,"sequence":5,"positions":{"sources":"{…}"}}}}
 *
 * A producer id is the data folder's for good: by it a run knows the batches of earlier ones, and the broker refuses a
 * batch of an earlier run that arrives late, as its sequence number is taken. `offset` lies behind a batch of this producer;
 * later ones are found by reading back from the end of the partition to there. So the file costs nothing for an append; it is
 * written before the first one to a partition, now and then, and when the bus is closed.
 */
import type { Clock } from '../../base/clock.ts'
import type { Disk } from '../../base/disk/disk.ts'
import type { Failure } from '../../base/failure.ts'
import type { Duration, Offset } from '../../base/quantity.ts'
import { readChecked, writeChecked } from '../../data/checked-json.ts'
import { saveTogether } from '../../data/save-together.ts'
import type { Positions } from '../positions.ts'
import { KAFKA_FILE } from './options.ts'

/** How often what is remembered is saved while appends go on: what has to be read back after a crash. */
export const SAVE_EVERY_MS: Duration = 30_000

/** Where the appends of this data folder to a partition end. */
export type OwnEnd = {
  /** Behind its last batch. */
  readonly offset: Offset
  readonly epoch: number
  /** The sequence number of its next record. */
  readonly sequence: number
  readonly positions: Positions
}

/** The producer of appends, and what is remembered of where they end. */
export type Appender = {
  /** Of the next batches. */
  readonly producerId: bigint
  /** What is remembered of a partition of a topic with this id; undefined: nothing was appended to it. */
  get(topic: string, id: string | undefined, partition: number): RememberedEnd | undefined
  /** Remembers it, with the next save. */
  set(topic: string, id: string | undefined, partition: number, end: OwnEnd): void
  /** Resolves once all that is remembered is durable. */
  save(): Promise<void>
  /** The epochs of a part that was claimed; undefined: a partition goes on in the epoch of its last batch. */
  readonly epochs?: Epochs | undefined
}

/** With the producer of the last batch that is remembered: an earlier process may have had another producer. */
export type RememberedEnd = OwnEnd & { readonly producerId: bigint }

/** The epochs of a producer that other processes may fence. */
export type Epochs = {
  /** The epoch in which the appends to a partition begin. */
  current(): number
  /** A broker has taken a batch. */
  told(): void
  /** Rejects with 'fenced' where another process has begun; undefined where brokers have answered a moment ago. */
  check(): Promise<void> | undefined
  /** An epoch after one that the leader does not take; rejects with a Failure: 'fenced' where another process has begun. */
  after(epoch: number, isTooSmall: boolean): Promise<number>
  /** The Failure where another process has begun. */
  fenced(): Failure
}

export type OwnFile = Appender & {
  /** Forgets topics of this name that are gone, which had another id; the next write of the file is without them. */
  forgetOthers(topic: string, id: string | undefined): void
}

type Content = {
  readonly cluster: string
  readonly producer: string
  readonly partitions: { readonly [place: string]: KeptEnd }
}

/** An end as JSON. */
export type KeptEnd = Omit<OwnEnd, 'positions'> & {
  /** Of the topic; empty where brokers give none. */
  readonly id: string
  readonly positions: { readonly [writer: string]: string }
}

/** The end as JSON. */
export const keptEnd = (id: string | undefined, { offset, epoch, sequence, positions }: OwnEnd): KeptEnd => ({
  id: id ?? '',
  offset,
  epoch,
  sequence,
  positions: Object.fromEntries(positions),
})

/** What was kept of a topic with this id, by its producer; undefined where it is of another one. */
export function rememberedEnd(
  kept: KeptEnd | undefined,
  id: string | undefined,
  producerId: bigint,
): RememberedEnd | undefined {
  if (kept === undefined || kept.id !== (id ?? '')) return undefined
  const { offset, epoch, sequence, positions } = kept
  return { offset, epoch, sequence, producerId, positions: new Map(Object.entries(positions)) }
}

type Opening = {
  readonly disk: Disk
  /** The data folder. */
  readonly folder: string
  readonly clock: Clock
  readonly cluster: string
  /** Asks the cluster for a producer id that nobody has. */
  newProducer(): Promise<bigint>
}

/** Opens the file, or makes it. Rejects with a Failure ('corrupt') for damage. */
export async function openOwnFile({ disk, folder, clock, cluster, newProducer }: Opening): Promise<OwnFile> {
  const path = `${folder}/${KAFKA_FILE}`
  const found = readChecked(disk, path) as Content | undefined
  const isOurs = found?.cluster === cluster
  const producer = isOurs ? found.producer : String(await newProducer())
  const partitions = new Map<string, KeptEnd>(isOurs ? Object.entries(found.partitions) : [])
  const { save } = saveTogether(() => {
    savedAt = clock.elapsed()
    return writeChecked(disk, path, { cluster, producer, partitions: Object.fromEntries(partitions) })
  })
  let savedAt = clock.elapsed()
  if (!isOurs) await save()
  const place = (topic: string, partition: number): string => `${topic}/${partition}`
  const producerId = BigInt(producer)
  return {
    producerId,
    get: (topic, id, partition) => rememberedEnd(partitions.get(place(topic, partition)), id, producerId),
    set(topic, id, partition, end) {
      partitions.set(place(topic, partition), keptEnd(id, end))
      // A write that fails is made up for by the next one, and by that at the end.
      if (clock.elapsed() - savedAt >= SAVE_EVERY_MS) save().catch(() => {})
    },
    forgetOthers(topic, id) {
      for (const [at, kept] of partitions) {
        if (at.slice(0, at.lastIndexOf('/')) === topic && kept.id !== (id ?? '')) partitions.delete(at)
      }
    },
    save,
  }
}
