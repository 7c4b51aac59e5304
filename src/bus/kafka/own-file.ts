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
import type { Duration, Offset } from '../../base/quantity.ts'
import { readChecked, writeChecked } from '../../data/checked-json.ts'
import { saveTogether } from '../../data/save-together.ts'
import type { Positions } from '../positions.ts'
import { KAFKA_FILE } from './options.ts'

/** How often the file is written while appends go on: what has to be read back after a crash. */
const SAVE_EVERY_MS: Duration = 30_000

/** Where the appends of this data folder to a partition end. */
export type OwnEnd = {
  /** Behind its last batch. */
  readonly offset: Offset
  readonly epoch: number
  /** The sequence number of its next record. */
  readonly sequence: number
  readonly positions: Positions
}

export type OwnFile = {
  readonly producerId: bigint
  /** What is remembered of a partition of a topic with this id; undefined: nothing was appended to it. */
  get(topic: string, id: string | undefined, partition: number): OwnEnd | undefined
  /** Remembers it, with the next write of the file. */
  set(topic: string, id: string | undefined, partition: number, end: OwnEnd): void
  /** Forgets topics of this name that are gone, which had another id; the next write of the file is without them. */
  forgetOthers(topic: string, id: string | undefined): void
  /** Resolves once all that is remembered is durable. */
  save(): Promise<void>
}

type Content = {
  readonly cluster: string
  readonly producer: string
  readonly partitions: { readonly [place: string]: Kept }
}

type Kept = Omit<OwnEnd, 'positions'> & {
  readonly id: string
  readonly positions: { readonly [writer: string]: string }
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
  const partitions = new Map<string, Kept>(isOurs ? Object.entries(found.partitions) : [])
  const { save } = saveTogether(() => {
    savedAt = clock.elapsed()
    return writeChecked(disk, path, { cluster, producer, partitions: Object.fromEntries(partitions) })
  })
  let savedAt = clock.elapsed()
  if (!isOurs) await save()
  const place = (topic: string, partition: number): string => `${topic}/${partition}`
  return {
    producerId: BigInt(producer),
    get(topic, id, partition) {
      const kept = partitions.get(place(topic, partition))
      if (kept === undefined || kept.id !== (id ?? '')) return undefined
      return { ...kept, positions: new Map(Object.entries(kept.positions)) }
    },
    set(topic, id, partition, { offset, epoch, sequence, positions }) {
      const kept = { id: id ?? '', offset, epoch, sequence, positions: Object.fromEntries(positions) }
      partitions.set(place(topic, partition), kept)
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
