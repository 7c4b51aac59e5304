/**
 * Dead letters: records that could not be decoded, and rows that were late, whose expression failed, or that a sink
 * refused. Each is kept in topic `NAME.dead`, in the partition of the record it came from, as a JSON object:
 *
 *   { kind, reason, topic, partition, offset, byte?, query?, sink?, late_ms?, watermark?, windows?, record, encoding? }
 *
 * `record` is the record's text, or base64 with `encoding: "base64"` where it is not UTF-8.
 *
 * A row that was late for some of its windows only (`partly_late`) is in the result: its letter says where it is missing.
 *
 * A record is reported once, though several queries and sinks decode it: the first of them reports it. After a restart
 * from a checkpoint, a letter that is in the topic already is neither written nor counted again.
 */

import { isUtf8 } from 'node:buffer'
import type { Clock } from '../base/clock.ts'
import { entryOf } from '../base/entry.ts'
import { openGate } from '../base/gate.ts'
import type { Offset } from '../base/quantity.ts'
import { appendWhole } from '../bus/append-parts.ts'
import type { Fetched, Offsets, Topic, TopicReader } from '../bus/bus.ts'
import type { RowReject } from '../engine/graph.ts'
import { recordsOf } from '../record/records.ts'
import type { Placed, RefusedRecord, Undecoded } from '../sink/delivery/delivery.ts'
import type { Checkpoint, DeadCheckpoint, SinkCheckpoint } from './checkpoint.ts'
import { readTexts } from './read-texts.ts'

/** More of a record than this is not copied into its dead letter; the record itself stays in its topic. */
const RECORD_BYTES = 64 << 10
const IN_FLIGHT_BYTES = 16 << 20

/** Every kind of dead letter. */
export const DEAD_LETTER_KINDS = ['format', 'late', 'partly_late', 'expression', 'sink'] as const
export type DeadLetterKind = (typeof DEAD_LETTER_KINDS)[number]

export type DeadLetter = {
  readonly kind: DeadLetterKind
  readonly reason: string
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
  readonly byte?: number
  readonly query?: string
  readonly sink?: string
  /** Of a late row: by how much the watermark's delay is too short, the watermark, and the windows that it missed. */
  readonly late_ms?: number
  readonly watermark?: string
  readonly windows?: { readonly count: number; readonly from: string; readonly to: string }
  readonly record: string
  readonly encoding?: 'base64'
}

/** A letter with its own place in the topic of dead letters. */
export type PlacedLetter = { readonly letter: DeadLetter; readonly partition: number; readonly offset: Offset }

export type DeadLetters = {
  /** Reports the records that could not be decoded of those just fetched; the list is in order of record. */
  undecodable(partition: number, fetched: Placed, rejects: readonly Undecoded[]): void
  /** Reports a row that a query could not use. */
  row(query: string, reject: RowReject, fetched: Fetched | undefined): void
  /** Reports rows that a sink refused; resolves when that is durable. */
  refused(sink: string, partition: number, placed: Placed, rows: readonly RefusedRecord[]): Promise<void>
  /** Appends the letters reported so far. */
  flush(): void
  /** Resolves when the letters under way hold less than a bounded amount of memory. */
  room(): Promise<void>
  /** Resolves when every letter appended is durable. */
  settled(): Promise<void>
  /** Flushes; resolves to what a checkpoint of this moment keeps, once the letters are durable. */
  place(): Promise<DeadCheckpoint>
  /** Dead letters of this run. */
  count(kind: DeadLetterKind): number
  /** Those of them that were late for a query. */
  late(query: string): number
}

/**
 * Opens `topic` for the dead letters of the topic `origin`. `before` is what the last checkpoint kept. Rejects with the
 * Failure of a read.
 */
export async function openDeadLetters(
  origin: string,
  topic: Topic,
  before: DeadCheckpoint | undefined,
  clock: Clock,
): Promise<DeadLetters> {
  const seen = await readSeen(topic, before)
  const decodedTo: { [partition: number]: Offset } = { ...before?.decodedTo }
  const counts: Record<DeadLetterKind, number> = { format: 0, late: 0, partly_late: 0, expression: 0, sink: 0 }
  const late = new Map<string, number>()
  const pending = openPending(topic, seen.ends, clock)

  const write = (letter: DeadLetter) => {
    if (seen.take(identity(letter))) return
    counts[letter.kind]++
    if (letter.kind === 'late' && letter.query !== undefined) late.set(letter.query, (late.get(letter.query) ?? 0) + 1)
    pending.push(letter.partition % topic.partitions, JSON.stringify(letter))
  }

  return {
    undecodable(partition, fetched, rejects) {
      const done = decodedTo[partition] ?? 0
      decodedTo[partition] = Math.max(done, fetched.baseOffset + fetched.values.count)
      for (const { record, byte, reason } of rejects) {
        const offset = fetched.baseOffset + record
        if (offset < done) continue
        write({ kind: 'format', reason, topic: origin, partition, offset, byte, ...textOf(fetched, record) })
      }
    },
    row(query, { kind, reason, partition, origin: record, late }, fetched) {
      // After rows were counted together there is no one record to name.
      const known = fetched !== undefined && record >= 0
      const offset = known ? fetched.baseOffset + record : -1
      const text = known ? textOf(fetched, record) : { record: '' }
      write({ kind, reason, topic: origin, partition, offset, query, ...missed(late), ...text })
    },
    async refused(sink, partition, placed, rows) {
      for (const { record, reason } of rows) {
        const offset = placed.baseOffset + record
        write({ kind: 'sink', reason, topic: origin, partition, offset, sink, ...textOf(placed, record) })
      }
      await pending.flushOne(partition % topic.partitions)
    },
    flush: pending.flush,
    room: () => pending.gate.room(),
    settled: () => pending.gate.settled(),
    async place() {
      // Everything decoded so far counts as reported from now on.
      pending.flush()
      const kept = { decodedTo: { ...decodedTo }, unmet: Object.fromEntries(seen.left) }
      return { ends: { ...(await Promise.all(pending.ends)) }, ...kept }
    },
    count: (kind) => counts[kind],
    late: (query) => late.get(query) ?? 0,
  }
}

/** Letters on their way to their topic; `ends` resolve to the offsets behind the letters flushed, at first those in `found`. */
function openPending(topic: Topic, found: readonly Offset[], clock: Clock) {
  const waiting: string[][] = Array.from({ length: topic.partitions }, () => [])
  const ends: Promise<Offset>[] = found.map(async (end) => end)
  const gate = openGate(IN_FLIGHT_BYTES)
  const flushOne = (partition: number): Promise<unknown> => {
    const letters = waiting[partition] ?? []
    if (letters.length === 0) return Promise.resolve()
    const values = recordsOf(letters)
    letters.length = 0
    const end = appendWhole(topic, partition, { values, keys: undefined, timestamp: clock.now() })
    ends[partition] = end
    gate.add(values.bytes.length, end)
    return end
  }
  return {
    ends: ends as readonly Promise<Offset>[],
    gate,
    push: (partition: number, letter: string) => void waiting[partition]?.push(letter),
    flushOne,
    flush() {
      for (let partition = 0; partition < waiting.length; partition++) void flushOne(partition)
    },
  }
}

function missed(late: RowReject['late']) {
  if (late === undefined) return {}
  const { lateMs, watermark, windows, from, to } = late
  const text = (time: number) => new Date(time).toISOString().slice(0, -1)
  return { late_ms: lateMs, watermark: text(watermark), windows: { count: windows, from: text(from), to: text(to) } }
}

function textOf({ values }: Placed, record: number): { record: string; encoding?: 'base64' } {
  const start = values.start[record] as number
  const bytes = Buffer.from(values.bytes.subarray(start, Math.min(values.end[record] as number, start + RECORD_BYTES)))
  return isUtf8(bytes) ? { record: bytes.toString() } : { record: bytes.toString('base64'), encoding: 'base64' }
}

type Identified = Pick<DeadLetter, 'kind' | 'query' | 'sink' | 'partition' | 'offset' | 'reason'>

/** Two letters are the same that have this in common: the record, the kind, and the query or sink. */
const identity = (letter: Identified): string =>
  `${letter.kind} ${letter.query ?? letter.sink ?? ''} ${letter.partition} ${letter.offset} ${letter.offset < 0 ? letter.reason : ''}`

/** The letters of a topic, each partition's from an offset on, one after the other: there may be more than memory holds. */
export async function* readLetters(topic: TopicReader, from?: Offsets): AsyncGenerator<PlacedLetter> {
  for await (const { partition, offset, text } of readTexts(topic, from)) {
    yield { letter: JSON.parse(text) as DeadLetter, partition, offset }
  }
}

/**
 * The letters that a run from the checkpoint will meet again: those behind its ends, and those before them that the run
 * which took the checkpoint had not met again itself.
 */
async function readSeen(topic: Topic, before: DeadCheckpoint | undefined) {
  const seen = new Map<string, number>(Object.entries(before?.unmet ?? {}))
  for await (const { letter } of readLetters(topic, before?.ends)) {
    const known = identity(letter)
    seen.set(known, (seen.get(known) ?? 0) + 1)
  }
  return {
    /** The offsets behind all letters. */
    ends: Array.from({ length: topic.partitions }, (_, partition) => topic.bounds(partition).end),
    /** How often each letter will be met again: a query that reads a topic twice rejects a row twice. */
    left: seen as ReadonlyMap<string, number>,
    /** Whether the letter is in the topic; each counts once. */
    take(letter: string): boolean {
      const left = seen.get(letter) ?? 0
      if (left > 1) seen.set(letter, left - 1)
      else seen.delete(letter)
      return left > 0
    },
  }
}

/**
 * What the checkpoint keeps of the topic's dead letters; undefined where it has nothing of the topic. After a restart a sink
 * may get rows again that it refused before the checkpoint: their letters are there already, and count as unmet.
 */
export function deadBefore({ dead, sinks }: Checkpoint, topic: string): DeadCheckpoint | undefined {
  const before = entryOf(dead, topic)
  if (before === undefined) return undefined
  const mine = Object.entries(sinks).filter(([, { from }]) => from === topic)
  const unmet = new Map(Object.entries(before.unmet ?? {}).filter(([letter]) => !isPassed(letter, mine)))
  for (const [sink, { refused = {} }] of mine) {
    for (const [partition, offsets] of Object.entries(refused)) {
      for (const offset of offsets) {
        unmet.set(identity({ kind: 'sink', sink, partition: Number(partition), offset, reason: '' }), 1)
      }
    }
  }
  return { ...before, unmet: Object.fromEntries(unmet) }
}

/** Whether the letter's sink is beyond the row, and so will not meet it again. */
function isPassed(letter: string, sinks: readonly (readonly [string, SinkCheckpoint])[]): boolean {
  const [, name, partition = '', offset] = /^sink (\S+) (\d+) (\d+) /.exec(letter) ?? []
  const place = sinks.find(([sink]) => sink === name)?.[1]
  return place !== undefined && Number(offset) < (place.offsets[Number(partition)] ?? 0)
}
