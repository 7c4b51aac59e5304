/**
 * What is remembered of the appends of claimed parts: topic `PIPELINE.parts.claims`, of one partition, compacted. It is to a part
 * what `kafka.json` is to a data folder (own-file.ts). A record:
 *
 *   key     ["PART","TOPIC",PARTITION]
 *   value   {"producer":"4001","id":"UUID","offset":7,"epoch":0,"sequence":5,"positions":{"sources":"{…}"}}
 *
 * A process reads the records of a part after its fence is in the topic, so no other process can add to them behind the look.
 */
import type { Clock } from '../../base/clock.ts'
import { Failure } from '../../base/failure.ts'
import { saveTogether } from '../../data/save-together.ts'
import { recordsOf, recordText } from '../../record/records.ts'
import type { Topic, TopicReader } from '../bus.ts'
import { type Appender, type KeptEnd, keptEnd, rememberedEnd, SAVE_EVERY_MS } from './own-file.ts'

const READ_BYTES = 1 << 20

type KeptRecord = KeptEnd & { readonly producer: string }

/** The ends of one part, by topic and partition, as JSON of the two. */
export type ClaimedEnds = ReadonlyMap<string, KeptRecord>

const placeOf = (topic: string, partition: number): string => JSON.stringify([topic, partition])

/** The partitions of these ends, by topic. */
export function endedPartitions(ends: ClaimedEnds): ReadonlyMap<string, readonly number[]> {
  const places = [...ends.keys()].map((place) => JSON.parse(place) as readonly [string, number])
  return new Map(
    [...Map.groupBy(places, ([topic]) => topic)].map(([topic, of]) => [topic, of.map(([, partition]) => partition)]),
  )
}

/** What the topic has of a part. Rejects with a Failure: 'corrupt' for records that are not those of this topic. */
export async function readEnds(topic: TopicReader, part: string): Promise<ClaimedEnds> {
  const found = new Map<string, KeptRecord>()
  await topic.refresh()
  for (let offset = topic.bounds(0).start; ; ) {
    const fetched = await topic.read(0, offset, READ_BYTES)
    if (fetched === undefined) return found
    const { keys, values, baseOffset, next } = fetched
    for (let row = 0; row < values.count; row++) {
      try {
        const [of, name, partition] = JSON.parse(keys === undefined ? '' : recordText(keys, row)) as readonly [
          string,
          string,
          number,
        ]
        if (of === part) found.set(placeOf(name, partition), JSON.parse(recordText(values, row)))
      } catch (cause) {
        const words = `topic ${topic.name}, offset ${baseOffset + row}: it is not what tailrace has written there`
        throw new Failure('corrupt', words, { cause })
      }
    }
    values.lease?.release()
    offset = next
  }
}

type Remembering = {
  readonly part: string
  readonly producerId: bigint
  readonly found: ClaimedEnds
  /** Where they are kept. */
  readonly topic: Topic
  readonly clock: Clock
}

/** Remembers the appends of a part, from what was found on. */
export function rememberEnds({ part, producerId, found, topic, clock }: Remembering): Omit<Appender, 'epochs'> {
  const ends = new Map(found)
  const changed = new Set<string>()
  let savedAt = clock.elapsed()
  const { save } = saveTogether(async () => {
    savedAt = clock.elapsed()
    const places = [...changed]
    changed.clear()
    try {
      await Promise.all(places.map((place) => topic.append(0, recordOf(part, place, ends.get(place), clock))))
    } catch (failure) {
      for (const place of places) changed.add(place)
      throw failure
    }
  })
  return {
    producerId,
    get(name, id, partition) {
      const kept = ends.get(placeOf(name, partition))
      return rememberedEnd(kept, id, BigInt(kept?.producer ?? -1))
    },
    set(name, id, partition, end) {
      const place = placeOf(name, partition)
      ends.set(place, { producer: String(producerId), ...keptEnd(id, end) })
      changed.add(place)
      // A write that fails is made up for by the next one, and by that at the end.
      if (clock.elapsed() - savedAt >= SAVE_EVERY_MS) save().catch(() => {})
    },
    save,
  }
}

function recordOf(part: string, place: string, kept: KeptRecord | undefined, clock: Clock) {
  const key = JSON.stringify([part, ...(JSON.parse(place) as readonly unknown[])])
  return {
    values: recordsOf([JSON.stringify(kept)]),
    keys: recordsOf([key]),
    timestamp: clock.now(),
    position: undefined,
  }
}
