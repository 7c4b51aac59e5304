/**
 * The least and greatest event time in each closed stretch of a topic, so that a bounded span is found without reading
 * everything. A closed stretch never changes, so its times stay true as long as the format reads its records the same way.
 *
 * Kept in `DATA/event-times.json`. It can be lost: then stretches are read once more.
 */
import { join } from 'node:path'
import type { Disk } from '../base/disk/disk.ts'
import { entryOf } from '../base/entry.ts'
import { recovered } from '../base/failure.ts'
import type { EventTime, Offset } from '../base/quantity.ts'
import type { Stretch } from '../bus/bus.ts'
import { readChecked, writeChecked } from '../data/checked-json.ts'
import type { CheckedTopic } from '../pipeline/checked.ts'

/** The event times of some records, as the event-time column has them; Infinity and -Infinity where none has one. */
export type TimeRange = { readonly least: EventTime; readonly greatest: EventTime }

export const NO_TIMES: TimeRange = { least: Number.POSITIVE_INFINITY, greatest: Number.NEGATIVE_INFINITY }

/** Of a stretch that ends at `end`; null where no record has an event time. */
type KnownTimes = { readonly end: Offset; readonly least: EventTime | null; readonly greatest: EventTime | null }

type File = {
  readonly [topic: string]: {
    /** That of the topic when the records were read: see `CheckedTopic`. */
    readonly fingerprint: string
    /** By partition, by the offset where a stretch begins. */
    readonly partitions: { readonly [partition: string]: { readonly [start: string]: KnownTimes } }
  }
}

export type EventTimes = {
  /** The times of the stretch that begins at the offset; undefined where they are not known. */
  at(topic: CheckedTopic, partition: number, start: Offset): KnownTimes | undefined
  /** Notes the times of all records of a closed stretch. */
  note(topic: CheckedTopic, partition: number, stretch: Stretch, times: TimeRange): void
  /** Writes the file, without stretches that begin before the `starts` of their partitions: those are deleted. */
  save(starts: (topic: string, partition: number) => Offset): Promise<void>
}

/** The times known of a data folder; none where the file is missing or damaged. */
export function openEventTimes(disk: Disk, dataFolder: string): EventTimes {
  const path = join(dataFolder, 'event-times.json')
  let file = readFile(disk, path)
  let isNew = false
  return {
    at({ topic, fingerprint }, partition, start) {
      const known = entryOf(file, topic)
      return known?.fingerprint === fingerprint ? known.partitions[partition]?.[start] : undefined
    },
    note({ topic, fingerprint }, partition, { start, end }, { least, greatest }) {
      const known = entryOf(file, topic)
      const partitions = known?.fingerprint === fingerprint ? known.partitions : {}
      const times = { end, least: finite(least), greatest: finite(greatest) }
      const own = { ...partitions[partition], [start]: times }
      file = { ...file, [topic]: { fingerprint, partitions: { ...partitions, [partition]: own } } }
      isNew = true
    },
    async save(starts) {
      if (!isNew) return
      isNew = false
      file = mapValues(file, ({ fingerprint, partitions }, topic) => ({
        fingerprint,
        partitions: mapValues(partitions, (stretches, partition) =>
          Object.fromEntries(
            Object.entries(stretches).filter(([start]) => Number(start) >= starts(topic, Number(partition))),
          ),
        ),
      }))
      await writeChecked(disk, path, file)
    },
  }
}

const finite = (time: number): number | null => (Number.isFinite(time) ? time : null)

const mapValues = <A, B>(all: { readonly [key: string]: A }, map: (value: A, key: string) => B): { [key: string]: B } =>
  Object.fromEntries(Object.entries(all).map(([key, value]) => [key, map(value, key)]))

function readFile(disk: Disk, path: string): File {
  return recovered(
    ['corrupt'],
    () => (readChecked(disk, path) ?? {}) as File,
    () => ({}),
  )
}
