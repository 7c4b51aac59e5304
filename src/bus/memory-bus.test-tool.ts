/**
 * A bus in memory that is shared and far away, as a broker is: an append takes turns of the event loop, answers are lost and
 * asked for again, offsets have gaps, values are NULL, and others append. A cursor knows the end as of its last look. The
 * store outlives the bus: another one opened on it is the next process.
 */
import { setImmediate } from 'node:timers/promises'
import { assert } from '../base/assert.ts'
import { Failure } from '../base/failure.ts'
import type { Offset } from '../base/quantity.ts'
import type { Random } from '../base/random.ts'
import { recordsOf } from '../record/records.ts'
import { lookAlone } from './alone.ts'
import { appendParts } from './append-parts.ts'
import type { Append, Bus, Fetched, Offsets, Position, Topic } from './bus.ts'
import { type Listen, type Listener, openCursor } from './cursor.ts'
import { checkName, checkPartitions } from './topic-name.ts'

/** A record as the store keeps it; a NULL value is null. */
export type StoredRecord = {
  readonly key: Uint8Array | undefined
  readonly value: Uint8Array | null
  readonly time: number
}

type Stored = StoredRecord & { readonly offset: Offset }
type StoredPartition = {
  readonly records: Stored[]
  /** Records before it are deleted. */
  start: Offset
  end: Offset
  readonly positions: Map<string, Position>
}

/** The broker, as all processes share it. */
export type MemoryStore = {
  readonly topics: Map<string, StoredPartition[]>
  readonly groups: Map<string, Map<string, Offsets>>
}

/** An empty store. */
export const memoryStore = (): MemoryStore => ({ topics: new Map(), groups: new Map() })

/** Records without keys. */
export const foreignOf = (...values: readonly (string | null)[]): readonly StoredRecord[] =>
  values.map((value) => ({ key: undefined, value: value === null ? null : Buffer.from(value), time: 0 }))

type StoredPlace = readonly [topic: string, partition: number]

function storedAt(store: MemoryStore, [topic, partition]: StoredPlace): StoredPartition {
  const found = store.topics.get(topic)?.[partition]
  assert(found !== undefined, `topic ${topic} has a partition ${partition}`)
  return found
}

/** Appends as another program does: a bus learns of it when it next looks. A gap of `gap` offsets follows. */
export function appendForeign(store: MemoryStore, place: StoredPlace, records: readonly StoredRecord[], gap = 0): void {
  const partition = storedAt(store, place)
  put(partition, records)
  partition.end += gap
}

/** Deletes the records before an offset, as the retention of a broker does: a bus learns of it when it next looks. */
export function deleteForeign(store: MemoryStore, place: StoredPlace, before: Offset): void {
  const partition = storedAt(store, place)
  partition.start = before
  partition.records.splice(0, partition.records.filter(({ offset }) => offset < before).length)
}

export type MemoryTroubles = {
  readonly random: Random
  /** The most turns of the event loop that a request takes each way. */
  readonly turns?: number
  /** The chance that a gap follows an append to a topic. */
  readonly gaps?: (topic: string) => number
  /** The chance that an answer is lost. */
  readonly lost?: number
  /** The limit of an append; by default, none. */
  readonly maxAppendBytes?: number
}

export type MemoryBus = Bus & {
  /** Ends the process after some more requests: those under way are not carried out, and none is answered. */
  dieAfter(requests: number): void
  /** Resolves when the process has ended. */
  readonly died: Promise<void>
  isDead(): boolean
}

/** A bus of one process on a store. */
export function openMemoryBus(store: MemoryStore, troubles: MemoryTroubles): MemoryBus {
  const { random, turns = 3, gaps = () => 0, lost = 0, maxAppendBytes = Number.POSITIVE_INFINITY } = troubles
  const closing = new AbortController()
  let left = Number.POSITIVE_INFINITY
  const death = Promise.withResolvers<void>()
  const never = new Promise<never>(() => {})
  /** Resolves after a while; never once the process is dead. */
  const travel = async (): Promise<void> => {
    for (let turn = random.below(turns + 1); turn > 0; turn--) await setImmediate()
    if (left-- > 0) return
    closing.abort()
    death.resolve()
    await never
  }
  const opened = new Map<string, Topic>()

  const openTopic = (name: string, partitions: readonly StoredPartition[]): Topic => {
    const partitionOf = (partition: number): StoredPartition => {
      const found = partitions[partition]
      assert(found !== undefined, `topic ${name} has a partition ${partition}`)
      return found
    }
    const told = partitions.map(({ end }) => end)
    const starts = partitions.map(({ start }) => start)
    const listeners = new Set<Listener>()
    const learn = (partition: number, end: Offset) => {
      if (end <= (told[partition] ?? 0)) return
      told[partition] = end
      for (const { heard } of listeners) heard(partition, undefined)
    }
    const refresh = async (): Promise<void> => {
      await travel()
      for (const [partition, { start, end }] of partitions.entries()) {
        starts[partition] = start
        learn(partition, end)
      }
    }
    const appends = partitions.map(() => Promise.resolve())
    /** As an idempotent producer does: a request that is repeated is answered, and not carried out again. */
    const request = async (partition: number, records: readonly StoredRecord[], append: Append): Promise<Offset> => {
      const at = partitionOf(partition)
      let offset: Offset | undefined
      for (;;) {
        await travel()
        if (offset === undefined) {
          offset = put(at, records)
          const { position } = append
          if (position !== undefined) at.positions.set(position.writer, structuredClone(position.at))
        }
        if (random.next() < gaps(name)) at.end += 1 + random.below(3)
        await travel()
        if (random.next() >= lost) return offset
      }
    }
    const reader = {
      name,
      partitions: partitions.length,
      bounds: (partition: number) => ({ start: starts[partition] ?? 0, end: told[partition] ?? 0 }),
      refresh,
      async read(partition: number, offset: Offset, maxBytes: number) {
        await travel()
        const { start, end, records } = partitionOf(partition)
        learn(partition, end)
        if (offset < start) throw new Failure('not-found', `offset ${offset} of ${name} is deleted`)
        if (offset > end) throw new Failure('not-found', `offset ${offset} of ${name} is beyond the end, ${end}`)
        return fetch(records, offset, { end, maxBytes })
      },
    }
    return {
      ...reader,
      id: `${name}'s`,
      maxAppendBytes,
      cursor(offsets, gone) {
        const listen: Listen = (listener) => {
          listeners.add(listener)
          const stopped = new AbortController()
          void look(refresh, AbortSignal.any([closing.signal, stopped.signal]))
          const stop = () => {
            stopped.abort()
            listeners.delete(listener)
          }
          return { stop }
        }
        return openCursor(reader, offsets, listen, gone)
      },
      bytes: async (partition) =>
        partitionOf(partition).records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0),
      async append(partition, append) {
        const { count } = append.values
        if (count === 0) {
          append.values.lease?.release()
          return told[partition] ?? 0
        }
        if (appendParts(append, maxAppendBytes).length > 1)
          throw new Failure('limit', `an append to ${name} is too long`)
        const { nulls, timestamp: time, values } = append
        const keys = append.keys && bytesOf(append.keys)
        const records = bytesOf(values).map((value, i) => ({ key: keys?.[i], value: nulls?.[i] ? null : value, time }))
        append.values.lease?.release()
        const offset = (appends[partition] ?? Promise.resolve()).then(() => request(partition, records, append))
        appends[partition] = offset.then(() => undefined)
        learn(partition, (await offset) + count)
        return offset
      },
      async position(writer) {
        await travel()
        return partitions.map(({ positions }) => positions.get(writer))
      },
    }
  }
  const asked: Pick<Bus, 'topics' | 'reader' | 'groupNames' | 'groups'> = {
    async topics() {
      await travel()
      return [...store.topics]
        .map(([name, { length: partitions }]) => ({ name, partitions }))
        .sort((a, b) => (a.name < b.name ? -1 : 1))
    },
    async reader(name) {
      const stored = store.topics.get(name)
      if (stored === undefined) throw new Failure('not-found', `there is no topic ${name}`)
      return openTopic(name, stored)
    },
    groupNames: async () => [...store.groups.keys()],
    groups: async (names) => new Map([...store.groups].filter(([name]) => names.includes(name))),
  }

  return {
    ...asked,
    cluster: 'memory',
    look: () => lookAlone('memory', asked),
    dieAfter(requests) {
      left = requests
    },
    died: death.promise,
    isDead: () => left < 0,
    async topic(name, partitions) {
      checkPartitions(name, partitions)
      await travel()
      const stored = store.topics.get(name) ?? Array.from({ length: partitions }, emptyPartition)
      store.topics.set(name, stored)
      if (stored.length !== partitions) throw new Failure('pipeline', `topic ${name} has ${stored.length} partitions`)
      const topic = opened.get(name) ?? openTopic(name, stored)
      opened.set(name, topic)
      return topic
    },
    async commit(group, topic, offsets) {
      checkName('group', group)
      await travel()
      if (closing.signal.aborted) await never
      const topics = store.groups.get(group) ?? new Map<string, Offsets>()
      store.groups.set(group, topics.set(topic, { ...topics.get(topic), ...offsets }))
    },
    async committed(group, topic) {
      await travel()
      return store.groups.get(group)?.get(topic) ?? {}
    },
    space: () => undefined,
    trouble: () => [],
    async [Symbol.asyncDispose]() {
      closing.abort()
    },
  }
}

const emptyPartition = (): StoredPartition => ({ records: [], start: 0, end: 0, positions: new Map() })

async function look(refresh: () => Promise<void>, until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    await setImmediate()
    await refresh()
  }
}

function put(partition: StoredPartition, records: readonly StoredRecord[]): Offset {
  const { end } = partition
  partition.records.push(...records.map((record, i) => ({ ...record, offset: end + i })))
  partition.end += records.length
  return end
}

const bytesOf = ({ bytes, start, end, count }: Append['values']): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => bytes.slice(start[i], end[i]))

/** The records from an offset on, up to the first gap behind them. */
function fetch(
  records: readonly Stored[],
  from: Offset,
  { end, maxBytes }: { readonly end: Offset; readonly maxBytes: number },
): Fetched | undefined {
  if (from >= end) return undefined
  const first = records.findIndex(({ offset }) => offset >= from)
  const run: Stored[] = []
  let bytes = 0
  for (let i = first; i >= 0 && i < records.length && (bytes < maxBytes || run.length === 0); i++) {
    const record = records[i] as Stored
    if (run.length > 0 && record.offset !== (run.at(-1) as Stored).offset + 1) break
    run.push(record)
    bytes += record.value?.length ?? 0
  }
  const baseOffset = run[0]?.offset ?? end
  const hasNulls = run.some(({ value }) => value === null)
  return {
    baseOffset,
    values: recordsOf(run.map(({ value }) => value ?? '')),
    nulls: hasNulls ? Uint8Array.from(run, ({ value }) => (value === null ? 1 : 0)) : undefined,
    keys: run.some(({ key }) => key !== undefined) ? recordsOf(run.map(({ key }) => key ?? '')) : undefined,
    timestamps: Float64Array.from(run, ({ time }) => time),
    lastTimestamp: run.at(-1)?.time ?? Number.NaN,
    next: records[first + run.length]?.offset ?? end,
  }
}
