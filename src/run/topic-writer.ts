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
import { type Gate, openGate } from '../base/gate.ts'
import { type Append, MAX_POSITION_BYTES, type Topic } from '../bus/bus.ts'
import type { Records } from '../record/column.ts'
import { NO_RECORDS } from '../record/records.ts'
import type { Deliver, InputChanges, InputPlaces, Share, SourceJournal, SourcePlace } from '../source/source.ts'
import { hasInputs, type JournalPlace, SourcePlaces } from './places/source-places.ts'
import { makeRangePool, type RangePool } from './range-pool.ts'

/**
 * Bytes read but not yet durable at which a source waits: a chunk of a file is read while the one before it is written. More
 * bytes would have left the processor's caches by the time queries read them.
 */
const IN_FLIGHT_BYTES = 3 << 20
/** The name that the records of all sources of a topic are appended under. */
export const SOURCES = 'sources'
/** Bytes of the places of all sources of a topic in one append, and of one source: what is longer goes into its journal. */
const PLACES_BYTES = 48 << 10
const PLACE_BYTES = 8 << 10

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
  readonly journal: SourceJournal | undefined
}

/** A topic as its sources' writer sees it. */
export type FilledTopic = Pick<Topic, 'partitions' | 'append' | 'position' | 'maxAppendBytes'>

export type TopicWriting = {
  /** Resolves when the readers that sources wait for are near. */
  keepUp?(): Promise<void>
  /** Whether the key of a record is the path of the file that it is from. */
  wantsFiles?(): boolean
  /** Where the places of sources with many inputs are kept; undefined, for tests: with each append. */
  readonly journals?: JournalPlace
  /** Where sources keep their own journals; undefined, for tests: with each append. */
  readonly keyJournals?: Pick<JournalPlace, 'disk' | 'folder' | 'fullDisk'>
}

/**
 * Opens a topic for its sources. A delivery rejects with the first failure of an append, or where the places of all sources
 * are too long for the bus.
 */
export async function openTopicWriter(
  topic: FilledTopic,
  clock: Clock,
  { keepUp = async () => {}, wantsFiles = () => false, journals, keyJournals }: TopicWriting = {},
): Promise<TopicWriter> {
  const marks = (await topic.position(SOURCES)).map((position) => (position ?? {}) as PlaceBySource)
  /** Sources that repeat lines which some partitions have already. */
  const repeating = new Set<string>()
  /** The places of sources that have several inputs. */
  const placesOf = new Map<string, SourcePlaces>()
  const inputsOf = (source: string): SourcePlaces => {
    const places =
      placesOf.get(source) ??
      new SourcePlaces(
        source,
        marks.map((mark) => entryOf(mark, source)),
        journals,
      )
    placesOf.set(source, places)
    return places
  }
  const gate = openGate(IN_FLIGHT_BYTES)
  const writing: Writing = {
    topic,
    clock,
    marks,
    repeating,
    inputsOf,
    placeBytes: () => Math.min(PLACE_BYTES, Math.floor(PLACES_BYTES / placesOf.size)),
    gate,
    ranges: makeRangePool(),
    keepUp,
    wantsFiles,
    taken: 0,
    firstAt: undefined,
    waiting: 0,
  }

  return {
    maxAppendBytes: topic.maxAppendBytes,
    resume(source, replayable) {
      placesOf.get(source)?.pause()
      const kept = marks.map((mark) => entryOf(mark, source))
      const places = kept.some(hasInputs) ? inputsOf(source).places() : kept
      const lines = places.map(lineOf)
      // A source that repeats itself starts where the partition that is furthest behind stopped; the others skip what
      // they have. One that does not must only go on counting.
      const wanted = replayable ? Math.min(...lines) : Math.max(...lines)
      if (replayable) repeating.add(source)
      const journal = keyJournals && { ...keyJournals, path: `${keyJournals.folder}/${source}` }
      return { place: places[lines.indexOf(wanted)], places, journal }
    },
    deliver: (source) => deliverTo(writing, source),
    atRest: () => writing.waiting === 0 && gate.isIdle(),
    settled: () => gate.settled(),
    lines: () => writing.taken,
    firstAt: () => writing.firstAt,
  }
}

/** What all deliveries to a topic share. */
type Writing = {
  readonly topic: FilledTopic
  readonly clock: Clock
  /** The position of each partition's last append. */
  readonly marks: PlaceBySource[]
  readonly repeating: ReadonlySet<string>
  inputsOf(source: string): SourcePlaces
  /** The most bytes of the place of one source in an append. */
  placeBytes(): number
  readonly gate: Gate
  readonly ranges: RangePool
  keepUp(): Promise<void>
  wantsFiles(): boolean
  taken: number
  firstAt: number | undefined
  /** Deliveries that wait for room. */
  waiting: number
}

function deliverTo(writing: Writing, source: string): Deliver {
  const { gate, inputsOf, placeBytes } = writing
  return async (lines, place, of) => {
    const inputs = hasInputs(place) ? inputsOf(source) : undefined
    if (inputs !== undefined && lines.count === 0) {
      inputs.begin(place as InputPlaces, lineOf(place))
      return
    }
    if (inputs?.isDue(placeBytes()) === true) {
      // A step of the journal has what is durable, and nothing else.
      await inputs.gate.settled()
      await inputs.keep()
    }
    inputs?.take(place as InputChanges, lineOf(place))
    const appends: Promise<unknown>[] = []
    for (let partition = 0; partition < writing.topic.partitions; partition++) {
      const appended = appendShare(writing, partition, { source, inputs, lines, place, of })
      if (appended !== undefined) appends.push(appended)
    }
    if (of?.appended !== undefined) of.appended(Promise.all(appends).then(() => undefined))
    lines.lease?.release()
    writing.waiting++
    try {
      await gate.room()
      await writing.keepUp()
    } finally {
      writing.waiting--
    }
  }
}

type Delivered = {
  readonly source: string
  readonly inputs: SourcePlaces | undefined
  readonly lines: Records
  readonly place: SourcePlace
  readonly of: Share | undefined
}

/** Appends those of the lines that belong to a partition and are not in it yet; undefined where there are none. */
function appendShare(
  writing: Writing,
  partition: number,
  { source, inputs, lines, place, of }: Delivered,
): Promise<unknown> | undefined {
  const { topic, clock, marks, repeating, gate, ranges } = writing
  const firstNew = () => inputs?.had(partition, partOf(of)) ?? lineOf(entryOf(marks[partition], source))
  const first = linesUpTo(place, of) - lines.count
  const values = isGiven(of)
    ? allFor(partition, of, lines)
    : linesOf(partition, topic.partitions, lines, { first, firstNew: repeating.has(source) ? firstNew() : 0, ranges })
  if (values.count === 0) return undefined
  writing.taken += values.count
  writing.firstAt ??= clock.elapsed()
  const mark: PlaceBySource = { ...marks[partition], [source]: inputs?.mark(partition) ?? place }
  marks[partition] = mark
  const position = { writer: SOURCES, at: mark }
  const keys = keyOfGiven(of, values.count) ?? (writing.wantsFiles() ? fileKeys(of, values.count) : undefined)
  const append: Append = { values, keys, timestamp: clock.now(), position }
  // The lines of a partition lie between those of the others: each counts for its share of the span.
  const span = isGiven(of) ? spanOf(values) : spanOf(values) / topic.partitions
  // The bus measures the position; what is too long is looked for only where it refuses one.
  const appended = topic.append(partition, append).catch((failure: unknown) => {
    throw placesTooLong(mark) ?? failure
  })
  gate.add(span, appended)
  inputs?.gate.add(0, appended)
  return appended
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
  // A partition has all lines of an input that it has finished: infinitely many.
  if (firstNew >= first + lines.count) return { ...NO_RECORDS }
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

/** The path of the file that lines are from, as the key of each of `count` records; undefined where they are from none. */
function fileKeys(of: Share | undefined, count: number): Records | undefined {
  if (of === undefined || isGiven(of) || of.file === undefined) return undefined
  return sameKeys(Buffer.from(of.file), count)
}

/** The key that lines for a partition come with. */
const keyOfGiven = (of: Share | undefined, count: number): Records | undefined =>
  isGiven(of) && of.key !== undefined ? sameKeys(of.key, count) : undefined

function sameKeys(bytes: Uint8Array, count: number): Records {
  return { bytes, start: new Int32Array(count), end: new Int32Array(count).fill(bytes.length), count }
}

const spanOf = ({ start, end, count }: Records): number => (end[count - 1] as number) - (start[0] as number)

/** The number of lines that a source had delivered at this place. */
export const lineOf = (place: SourcePlace | undefined): number => (typeof place?.line === 'number' ? place.line : 0)

type Given = Extract<Share, { readonly partition: number }>

const isGiven = (of: Share | undefined): of is Given => of !== undefined && 'partition' in of

/** All lines, held once for the append, for the partition that they are given to. */
function allFor(partition: number, of: Given, lines: Records): Records {
  if (partition !== of.partition) return { ...NO_RECORDS }
  lines.lease?.hold()
  return lines
}

/** The number of the input that lines are of. */
const partOf = (of: Share | undefined): string => (of !== undefined && 'part' in of ? of.part : '')

/** How many lines a place has, of the source or of the input that these lines are of. */
const linesUpTo = (place: SourcePlace, of: Share | undefined): number =>
  of !== undefined && 'part' in of ? ((place as InputChanges).parts[of.part]?.line ?? 0) : lineOf(place)

/** The Failure ('limit') for places of sources that are longer than the bus keeps; undefined where they are not. */
function placesTooLong(mark: PlaceBySource): Failure | undefined {
  if (Buffer.byteLength(JSON.stringify(mark)) <= MAX_POSITION_BYTES) return undefined
  const longest = Object.entries(mark).sort(([, a], [, b]) => JSON.stringify(b).length - JSON.stringify(a).length)[0]
  const message = `the place of source ${longest?.[0]} is longer than the 64 KiB that are kept with its lines`
  return new Failure('limit', message, {
    hint: 'Split the sources over several topics.',
  })
}
