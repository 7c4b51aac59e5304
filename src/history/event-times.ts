/**
 * The least and greatest event time in each closed stretch of a topic, so that a bounded span is found without reading
 * everything. A stretch never changes, so what was once seen of it stays true, as long as the records mean the same.
 *
 * Kept in `DATA/event-times.json`. It can be lost: then stretches are read once more.
 */
import { join } from 'node:path'
import type { Disk } from '../base/disk.ts'
import { Failure } from '../base/failure.ts'
import type { Stretch } from '../bus/bus.ts'
import { readChecked, writeChecked } from '../data/checked-json.ts'
import type { CheckedTopic } from '../pipeline/checked.ts'

/** Times are as the event-time column has them; null where no record had one. */
type Times = { readonly end: number; readonly least: number | null; readonly greatest: number | null }

type File = {
  readonly [topic: string]: {
    /** What the records meant when they were read. */
    readonly fingerprint: string
    /** By partition, by the offset where a stretch begins. */
    readonly partitions: { readonly [partition: string]: { readonly [start: string]: Times } }
  }
}

export type EventTimes = {
  /** What is known of the stretch that begins at the offset. */
  at(topic: CheckedTopic, partition: number, start: number): Times | undefined
  /** All records of a closed stretch have been read; Infinity and -Infinity where none has a time. */
  note(topic: CheckedTopic, partition: number, stretch: Stretch, least: number, greatest: number): void
  /** Keeps what was noted, without stretches that begin before the `starts` of their partitions: those are gone. */
  save(starts: (topic: string, partition: number) => number): Promise<void>
}

export function openEventTimes(disk: Disk, dataFolder: string): EventTimes {
  const path = join(dataFolder, 'event-times.json')
  let file = readFile(disk, path)
  let isNew = false
  return {
    at({ topic, fingerprint }, partition, start) {
      const known = file[topic]
      return known?.fingerprint === fingerprint ? known.partitions[partition]?.[start] : undefined
    },
    note({ topic, fingerprint }, partition, { start, end }, least, greatest) {
      const known = file[topic]
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
  try {
    return (readChecked(disk, path) ?? {}) as File
  } catch (error) {
    if (error instanceof Failure && error.code === 'corrupt') return {}
    throw error
  }
}
