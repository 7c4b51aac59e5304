/**
 * Brings the lines of sources into their topic. Line n of a source goes to partition n % partitions, so its partition never
 * depends on how it was read (rules of time, 2). Where parts of a source grow side by side, n is the line's number in its
 * part (docs/decisions/011-place-of-a-file.md); a source may also give a partition all lines of one delivery.
 *
 * Every append carries, as the position of the writer, how far each source of the topic has come: after any end, each
 * partition's last position says which lines it has, so that a source that can be read again goes on without a line twice
 * or missing (rules of delivery, 2).
 */

import type { Clock } from '../base/clock.ts'
import { entryOf } from '../base/entry.ts'
import { Failure } from '../base/failure.ts'
import { openGate } from '../base/gate.ts'
import { openLease } from '../base/lease.ts'
import { type Append, MAX_POSITION_BYTES, type Topic } from '../bus/bus.ts'
import type { Records } from '../record/column.ts'
import { NO_RECORDS } from '../record/records.ts'
import type { Deliver, InputPlaces, Share, SourcePlace } from '../source/source.ts'

/**
 * Bytes read but not yet durable at which a source waits: a chunk of a file is read while the one before it is written. More
 * bytes would have left the processor's caches by the time queries read them.
 */
const IN_FLIGHT_BYTES = 3 << 20
/** The name that the records of all sources of a topic are appended under. */
const WRITER = 'sources'
/** Arrays of ranges that are kept for reuse: their least length, and how many there are at most. */
const LEAST_RANGES = 1024
const FREE_RANGES = 64

type PlaceBySource = { readonly [source: string]: SourcePlace }

export type TopicWriter = {
  /** That of the topic. */
  readonly maxAppendBytes: number
  /** Where a source goes on. One that cannot be read again only goes on counting. */
  resume(source: string, replayable: boolean): Resumed
  /** Takes the lines of one source. The place's `line` is the number of lines it has delivered, these included. */
  deliver(source: string): Deliver
  /** Whether all lines that were taken are durable, and no source waits. */
  atRest(): boolean
  /** Resolves when all that was taken is durable; rejects with the first failure of an append. */
  settled(): Promise<void>
  /** Lines brought in by this run, without those that the topic had already. */
  lines(): number
  /** When the first of them came, by `Clock.elapsed`; undefined: none has. */
  firstAt(): number | undefined
}

/** Where a source stopped: see `SourceContext`. */
export type Resumed = {
  readonly place: SourcePlace | undefined
  readonly places: readonly (SourcePlace | undefined)[]
}

/** A topic as its sources' writer sees it. */
export type FilledTopic = Pick<Topic, 'partitions' | 'append' | 'position' | 'maxAppendBytes'>

/**
 * Opens a topic for its sources. `keepUp` resolves when the readers that sources wait for are near; where `wantsFiles`, the
 * key of a record is the path of the file that it is from. A delivery rejects with the first failure of an append, or where
 * the places of all sources are too long for the bus.
 */
export async function openTopicWriter(
  topic: FilledTopic,
  clock: Clock,
  keepUp: () => Promise<void>,
  wantsFiles: () => boolean = () => false,
): Promise<TopicWriter> {
  const partitions = Array.from({ length: topic.partitions }, (_, partition) => partition)
  const marks = (await topic.position(WRITER)).map((position) => (position ?? {}) as PlaceBySource)
  /** Sources that repeat lines which some partitions have already. */
  const repeating = new Set<string>()
  const gate = openGate(IN_FLIGHT_BYTES)
  const ranges = makeRangePool()
  let taken = 0
  let firstAt: number | undefined
  let waiting = 0

  return {
    maxAppendBytes: topic.maxAppendBytes,
    resume(source, replayable) {
      const places = marks.map((mark) => entryOf(mark, source))
      const lines = places.map(lineOf)
      // A source that repeats itself starts where the partition that is furthest behind stopped; the others skip what
      // they have. One that does not must only go on counting.
      const wanted = replayable ? Math.min(...lines) : Math.max(...lines)
      if (replayable) repeating.add(source)
      return { place: places[lines.indexOf(wanted)], places }
    },
    deliver: (source) => async (lines, place, of) => {
      const first = linesUpTo(place, of) - lines.count
      for (const partition of partitions) {
        const before = entryOf(marks[partition], source)
        const values = isGiven(of)
          ? allFor(partition, of, lines)
          : linesOf(partition, topic.partitions, lines, {
              first,
              firstNew: repeating.has(source) ? linesUpTo(before, of) : 0,
              ranges,
            })
        if (values.count === 0) continue
        taken += values.count
        firstAt ??= clock.elapsed()
        const mark: PlaceBySource = { ...marks[partition], [source]: furthest(before, place) }
        marks[partition] = mark
        const position = { writer: WRITER, at: mark }
        const keys = wantsFiles() ? fileKeys(of, values.count) : undefined
        const append: Append = { values, keys, timestamp: clock.now(), position }
        // The lines of a partition lie between those of the others: each counts for its share of the span.
        const span = isGiven(of) ? spanOf(values) : spanOf(values) / topic.partitions
        // The bus measures the position; what is too long is looked for only where it refuses one.
        const appended = topic.append(partition, append).catch((failure: unknown) => {
          throw placesTooLong(mark) ?? failure
        })
        gate.add(span, appended)
        if (isGiven(of)) of.appended(appended.then(() => undefined))
      }
      lines.lease?.release()
      waiting++
      try {
        await gate.room()
        await keepUp()
      } finally {
        waiting--
      }
    },
    atRest: () => waiting === 0 && gate.isIdle(),
    settled: () => gate.settled(),
    lines: () => taken,
    firstAt: () => firstAt,
  }
}

type Numbers = {
  /** The number of the chunk's first line. */
  readonly first: number
  /** The lines before are in the partition already. */
  readonly firstNew: number
  readonly ranges: RangePool
}

/** The lines of a chunk that belong to a partition and are not in it yet, held once for the append. */
function linesOf(partition: number, partitions: number, lines: Records, { first, firstNew, ranges }: Numbers): Records {
  const from = Math.max(first, firstNew)
  const begin = from - first + ((((partition - from) % partitions) + partitions) % partitions)
  if (partitions === 1 && begin === 0) {
    lines.lease?.hold()
    return lines
  }
  const count = begin >= lines.count ? 0 : Math.ceil((lines.count - begin) / partitions)
  if (count === 0) return { ...NO_RECORDS }
  const values = ranges.take(count, lines)
  const { start, end } = values
  for (let i = 0, line = begin; i < count; i++, line += partitions) {
    start[i] = lines.start[line] as number
    end[i] = lines.end[line] as number
  }
  return values
}

/** Arrays for ranges over the buffer of other records, whose lease is held until they are released. */
type RangePool = { take(count: number, over: Records): Records }

function makeRangePool(): RangePool {
  const free: { readonly start: Int32Array; readonly end: Int32Array }[] = []
  return {
    take(count, { bytes, lease }) {
      if (lease === undefined) return { bytes, start: new Int32Array(count), end: new Int32Array(count), count }
      const kept = free.pop()
      const capacity = Math.max(LEAST_RANGES, 2 ** Math.ceil(Math.log2(count)))
      const made =
        kept !== undefined && kept.start.length >= count
          ? kept
          : { start: new Int32Array(capacity), end: new Int32Array(capacity) }
      lease.hold()
      const own = openLease(() => {
        if (free.length < FREE_RANGES) free.push(made)
        lease.release()
      })
      return { bytes, ...made, count, lease: own }
    },
  }
}

/** The path of the file that lines are from, as the key of each of `count` records; undefined where they are from none. */
function fileKeys(of: Share | undefined, count: number): Records | undefined {
  if (of === undefined || isGiven(of) || of.file === undefined) return undefined
  const bytes = Buffer.from(of.file)
  return { bytes, start: new Int32Array(count), end: new Int32Array(count).fill(bytes.length), count }
}

const spanOf = ({ start, end, count }: Records): number => (end[count - 1] as number) - (start[0] as number)

const lineOf = (place: SourcePlace | undefined): number => (typeof place?.line === 'number' ? place.line : 0)

type Given = Extract<Share, { readonly partition: number }>

const isGiven = (of: Share | undefined): of is Given => of !== undefined && 'partition' in of

/** All lines, held once for the append, for the partition that they are given to. */
function allFor(partition: number, of: Given, lines: Records): Records {
  if (partition !== of.partition) return { ...NO_RECORDS }
  lines.lease?.hold()
  return lines
}

/** How many lines a place is behind, of the source or of the part that these lines are of. */
function linesUpTo(place: SourcePlace | undefined, of: Share | undefined): number {
  if (of === undefined || isGiven(of)) return lineOf(place)
  if (place === undefined) return 0
  const { parts, next } = place as InputPlaces
  return parts[of.part]?.line ?? (Number(of.part) < next ? Number.POSITIVE_INFINITY : 0)
}

/**
 * The place of a partition that was at `before` and takes lines up to `place`. Of parts that are repeated for other
 * partitions it may have more lines than `place` says.
 */
function furthest(before: SourcePlace | undefined, place: SourcePlace): SourcePlace {
  if (before === undefined || !('parts' in before && 'parts' in place)) return place
  const had = before as InputPlaces
  const { parts, next } = place as InputPlaces
  const merged: { [part: string]: InputPlaces['parts'][string] } = {}
  for (const [part, now] of Object.entries(parts)) {
    const then = had.parts[part]
    if (then === undefined && Number(part) < had.next) continue
    merged[part] = then !== undefined && then.line > now.line ? then : now
  }
  return { ...place, parts: merged, next: Math.max(next, had.next) }
}

/** The Failure ('limit') for places of sources that are longer than the bus keeps; undefined where they are not. */
function placesTooLong(mark: PlaceBySource): Failure | undefined {
  if (Buffer.byteLength(JSON.stringify(mark)) <= MAX_POSITION_BYTES) return undefined
  const longest = Object.entries(mark).sort(([, a], [, b]) => JSON.stringify(b).length - JSON.stringify(a).length)[0]
  const message = `the place of source ${longest?.[0]} is longer than the 64 KiB that are kept with its lines`
  return new Failure('limit', message, {
    hint: 'Follow fewer files: about 330 fit. Split the glob over several topics, or move old files out of it.',
  })
}
