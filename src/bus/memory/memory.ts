/**
 * A bus in memory whose topics keep a record until every cursor has taken it: for a run that looks at a stream and leaves
 * nothing behind. It is gone with its process.
 *
 * Memory is bounded by its readers. An append is there for cursors at once, but resolves only when those that are behind have
 * at most `UNREAD_BYTES` of the partition before them: an append waits for that, as it would wait for a slow disk. A topic
 * without a cursor keeps nothing.
 */
import { assert } from '../../base/assert.ts'
import { Failure } from '../../base/failure.ts'
import type { Offset } from '../../base/quantity.ts'
import type { Records } from '../../record/column.ts'
import { lookAlone } from '../alone.ts'
import type { Append, Bus, BusReader, Fetched, Offsets, Position, Topic } from '../bus.ts'
import { sliceFetched } from '../fetched.ts'
import { checkName, checkPartitions } from '../topic-name.ts'
import { type KeptPartition, keptPartition, type MemoryCursors, openCursors } from './cursors.ts'

/** Bytes that a cursor may have before it in a partition, beyond which an append waits. */
const UNREAD_BYTES = 4 << 20

/** Bytes between two lines of a text: their line end, or a little more. */
const MOST_BETWEEN = 8

/** A bus without topics. */
export function openMemoryBus(): Bus {
  const topics = new Map<string, Topic>()
  const groups = new Map<string, Map<string, Offsets>>()
  const asked: Pick<BusReader, 'topics' | 'reader' | 'groupNames' | 'groups'> = {
    topics: async () =>
      [...topics.values()]
        .map(({ name, partitions }) => ({ name, partitions }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    async reader(name) {
      const topic = topics.get(name)
      if (topic === undefined) throw new Failure('not-found', `there is no topic ${name}`)
      return topic
    },
    groupNames: async () => [...groups.keys()],
    groups: async (names) => new Map([...groups].filter(([name]) => names.includes(name))),
  }
  return {
    ...asked,
    cluster: undefined,
    look: () => lookAlone('memory', asked),
    async topic(name, partitions) {
      checkPartitions(name, partitions)
      const topic = topics.get(name) ?? openTopic(name, partitions)
      topics.set(name, topic)
      assert(topic.partitions === partitions, `topic ${name} has ${topic.partitions} partitions`)
      return topic
    },
    async commit(group, topic, offsets) {
      checkName('group', group)
      const all = groups.get(group) ?? new Map<string, Offsets>()
      groups.set(group, all.set(topic, { ...all.get(topic), ...offsets }))
    },
    committed: async (group, topic) => groups.get(group)?.get(topic) ?? {},
    space: () => undefined,
    trouble: () => [],
    async [Symbol.asyncDispose]() {},
  }
}

function openTopic(name: string, partitions: number): Topic {
  const kept = Array.from({ length: partitions }, keptPartition)
  const cursors = openCursors(kept, UNREAD_BYTES)
  const positions = kept.map(() => new Map<string, Position>())
  const at = (partition: number): KeptPartition => {
    const found = kept[partition]
    assert(found !== undefined, `topic ${name} has a partition ${partition}`)
    return found
  }
  return {
    name,
    id: undefined,
    partitions,
    maxAppendBytes: Number.POSITIVE_INFINITY,
    bounds: (partition) => ({ start: at(partition).start, end: at(partition).end }),
    refresh: async () => {},
    async read(partition, offset) {
      const { start, end } = at(partition)
      if (offset < start || offset > end) throw new Failure('not-found', `offset ${offset} of ${name} is not kept`)
      return readAt(at(partition), offset)
    },
    cursor: (offsets) => cursors.open(offsets),
    bytes: async (partition) => at(partition).bytes,
    append: (partition, append) => appendTo(at(partition), append, { positions: positions[partition], cursors }),
    position: async (writer) => positions.map((ofPartition) => ofPartition.get(writer)),
  }
}

type Appending = { readonly positions: Map<string, Position> | undefined; readonly cursors: MemoryCursors }

/** Hands the records to the cursors; resolves to the first offset once those that are behind have few enough before them. */
async function appendTo(kept: KeptPartition, append: Append, { positions, cursors }: Appending): Promise<Offset> {
  const { values, position } = append
  const offset = kept.end
  if (values.count === 0) {
    values.lease?.release()
    return offset
  }
  const fetched = fetchedOf(append, offset)
  values.lease?.release()
  if (position !== undefined) positions?.set(position.writer, position.at)
  kept.end = fetched.next
  await cursors.add(kept, fetched)
  return offset
}

/** The records in memory of their own: that of a lease is for the next read of its source. */
function fetchedOf({ values, keys, nulls, timestamp }: Append, baseOffset: Offset): Fetched {
  const { count } = values
  return {
    baseOffset,
    values: copyOf(values),
    nulls: nulls?.slice(0, count),
    keys: keys && copyOf(keys),
    get timestamps() {
      return new Float64Array(count).fill(timestamp)
    },
    lastTimestamp: timestamp,
    arrival: timestamp,
    next: baseOffset + count,
  }
}

/** Lines that lie one after the other are copied at once, with the line ends between them; others one by one. */
function copyOf({ bytes, start, end, count }: Records): Records {
  let length = 0
  let isDense = true
  for (let i = 0; i < count; i++) {
    length += (end[i] as number) - (start[i] as number)
    if (i > 0)
      isDense &&=
        (start[i] as number) - (end[i - 1] as number) <= MOST_BETWEEN && (start[i] as number) >= (end[i - 1] as number)
  }
  if (!isDense) return oneByOne({ bytes, start, end, count }, length)
  const from = start[0] as number
  const moved = (places: Int32Array) => places.subarray(0, count).map((place) => place - from)
  return { bytes: bytes.slice(from, end[count - 1]), start: moved(start), end: moved(end), count }
}

function oneByOne({ bytes, start, end, count }: Records, length: number): Records {
  const copy: Records = {
    bytes: new Uint8Array(length),
    start: new Int32Array(count),
    end: new Int32Array(count),
    count,
  }
  for (let i = 0, at = 0; i < count; i++) {
    copy.bytes.set(bytes.subarray(start[i], end[i]), at)
    copy.start[i] = at
    at += (end[i] as number) - (start[i] as number)
    copy.end[i] = at
  }
  return copy
}

/** The records from an offset on that are still kept; undefined where there are none. */
function readAt({ pieces }: KeptPartition, offset: Offset): Fetched | undefined {
  const piece = pieces.find(({ next }) => next > offset)
  return piece && sliceFetched(piece, Math.max(0, offset - piece.baseOffset), piece.values.count)
}
