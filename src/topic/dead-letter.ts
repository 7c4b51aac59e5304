/**
 * Dead letters: records that could not be decoded or are from the future, and rows that were late, whose expression failed, or
 * that a sink refused. Each is kept in topic `NAME.dead`, in the partition of the record it came from, as a JSON object:
 *
 *   { kind, reason, topic, partition, offset, byte?, query?, scan?, sink?, late_ms?, watermark?, windows?, record, encoding? }
 *
 * `record` is the record's text, or base64 with `encoding: "base64"` where it is not UTF-8. Late rows are kept like this only
 * for the first few of each minute, and by place otherwise, many in one object: see `late-rows.ts`. Those wait in memory for a
 * checkpoint: a run that goes on from the one before meets them again.
 *
 * A row that was late for some of its windows only (`partly_late`) is in the result: its letter says where it is missing.
 *
 * A record is reported once, though several queries and sinks decode it: the first of them reports it. After a restart
 * from a checkpoint, a letter that is in the topic already is neither written nor counted again: see `known-letters.ts`.
 */
import { isUtf8 } from 'node:buffer'
import type { Clock } from '../base/clock.ts'
import { openGate } from '../base/gate.ts'
import type { Offset } from '../base/quantity.ts'
import { appendWhole } from '../bus/append-parts.ts'
import type { Fetched, Offsets, Topic, TopicReader } from '../bus/bus.ts'
import type { FailedRow, LateRow, RowReject } from '../engine/graph.ts'
import { recordsOf } from '../record/records.ts'
import type { Placed, RefusedRecord, Undecoded } from '../sink/delivery/delivery.ts'
import type { Checkpoint, DeadCheckpoint } from './checkpoint.ts'
import { type DeadTally, openDeadTally } from './dead-tally.ts'
import { type Known, knownOfLetters, openKnown, type Series, withoutPassed } from './known-letters.ts'
import { gatherLate, isByTick, type LateGathering, type LateRows, lateReason, runsOf, wallText } from './late-rows.ts'
import { readTexts } from './read-texts.ts'

/** More of a record than this is not copied into its dead letter; the record itself stays in its topic. */
const RECORD_BYTES = 64 << 10
const IN_FLIGHT_BYTES = 16 << 20

/** Of each query, partition and minute of arrival so many late rows are kept with their records. */
const WHOLE_A_MINUTE = 5
const MINUTE_MS = 60_000

/** Every kind of dead letter. */
export const DEAD_LETTER_KINDS = ['format', 'future', 'late', 'partly_late', 'expression', 'sink'] as const
export type DeadLetterKind = (typeof DEAD_LETTER_KINDS)[number]

export type DeadLetter = {
  readonly kind: DeadLetterKind
  readonly reason: string
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
  readonly byte?: number
  readonly query?: string
  /** Which of its readings of the topic, where the query reads it several times. */
  readonly scan?: number
  readonly sink?: string
  /** Of a late row: by how much the watermark's delay is too short, the watermark, and the windows that it missed. */
  readonly late_ms?: number
  readonly watermark?: string
  readonly windows?: { readonly count: number; readonly from: string; readonly to: string }
  readonly record: string
  readonly encoding?: 'base64'
}

/** A letter, or the letter of many late rows, with its own place in the topic of dead letters. */
export type PlacedLetter = {
  readonly letter: DeadLetter | LateRows
  readonly partition: number
  readonly offset: Offset
}

export type DeadLetters = {
  /** Reports the records that could not be decoded of those just fetched; the list is in order of record. */
  undecodable(partition: number, fetched: Placed, rejects: readonly Undecoded[]): void
  /** Reports a row that a query could not use. `byTick`: a tick had closed the windows of a late row. */
  row(query: string, reject: RowReject, fetched: Fetched | undefined, byTick?: boolean): void
  /** Reports rows that a sink refused; resolves when that is durable. */
  refused(sink: string, partition: number, placed: Placed, rows: readonly RefusedRecord[]): Promise<void>
  /** The query begins anew: what was reported of it is not what it will meet. */
  anew(query: string): void
  /** Appends the letters reported so far, except those of late rows that are kept by place. */
  flush(): void
  /** Resolves when the letters under way hold less than a bounded amount of memory. */
  room(): Promise<void>
  /** Appends all letters; resolves when they are durable. */
  settled(): Promise<void>
  /** Appends all letters; resolves to what a checkpoint of this moment keeps, once they are durable. */
  place(): Promise<DeadCheckpoint>
  /** What was reported in this run. */
  readonly tally: DeadTally
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
  const { known, decodedTo, ends } = await readKnown(topic, before)
  const tally = openDeadTally()
  const pending = openPending(topic, ends, clock)
  const write = (letter: DeadLetter | LateRows) =>
    pending.push(letter.partition % topic.partitions, letter.offset, JSON.stringify(letter))
  const late = openLate({ topic: origin, partitions: topic.partitions }, known, write)
  const tests = openTests(known)
  const flushAll = () => {
    late.flush()
    pending.flush()
  }

  return {
    undecodable(partition, fetched, rejects) {
      const done = decodedTo[partition] ?? 0
      decodedTo[partition] = Math.max(done, fetched.baseOffset + fetched.values.count)
      for (const { record, byte, reason, kind = 'format' } of rejects) {
        const offset = fetched.baseOffset + record
        if (offset < done) continue
        tally.reported(kind)
        if (kind === 'future') tally.future(partition, offset, reason)
        const place = kind === 'format' ? { byte } : {}
        write({ kind, reason, topic: origin, partition, offset, ...place, ...textOf(fetched, record) })
      }
    },
    row(query, reject, fetched, byTick = false) {
      const { partition, origin: record } = reject
      // After rows were counted together there is no one record to name.
      const offset = fetched !== undefined && record >= 0 ? fetched.baseOffset + record : -1
      if (reject.kind !== 'expression') {
        const series = late.seriesOf(query, reject, byTick)
        if (late.row(series, reject, offset, fetched)) tally.late(query, reject)
        return
      }
      if (tests(query, reject, offset)) return
      tally.reported(reject.kind)
      const { kind, reason } = reject
      const text = fetched !== undefined && offset >= 0 ? textOf(fetched, record) : { record: '' }
      write({ kind, reason, topic: origin, partition, offset, query, ...scanPart(reject.scan), ...text })
    },
    async refused(sink, partition, placed, rows) {
      for (const { record, reason } of rows) {
        const offset = placed.baseOffset + record
        if (known.hasRefused(sink, partition, offset)) continue
        tally.reported('sink')
        write({ kind: 'sink', reason, topic: origin, partition, offset, sink, ...textOf(placed, record) })
      }
      await pending.flushOne(partition % topic.partitions)
    },
    anew: (query) => known.forget(query),
    flush: pending.flush,
    room: () => pending.gate.room(),
    settled() {
      flushAll()
      return pending.gate.settled()
    },
    async place() {
      // Everything decoded so far counts as reported from now on.
      flushAll()
      const kept = { decodedTo: { ...decodedTo }, known: known.left() }
      return { ends: { ...(await Promise.all(pending.ends)) }, ...kept }
    },
    tally,
  }
}

/** Says of a failed row whether its letter is there. */
function openTests(known: Known) {
  const tests = new Map<string, (offset: Offset) => boolean>()
  return (query: string, { scan, partition }: FailedRow, offset: Offset): boolean => {
    const only = offset < 0 ? 'merged' : undefined
    const key = `${query} ${scan} ${partition} ${only}`
    const test = tests.get(key) ?? known.testOf({ kind: 'expression', query, scan, partition, only })
    tests.set(key, test)
    return test(offset)
  }
}

/** Late rows of one series, in order of offset. */
type LateSeries = {
  readonly query: string
  readonly byTick: boolean
  readonly isKnown: (offset: Offset) => boolean
  readonly gathering: LateGathering
  /** The minute of arrival of the last row, and how many of it were kept whole. */
  minute: number
  whole: number
}

/** Late rows: the first few of each minute whole, all others by place. No object is made for one of the others. */
function openLate(
  { topic, partitions }: { readonly topic: string; readonly partitions: number },
  known: Known,
  write: (letter: DeadLetter | LateRows) => void,
) {
  /** By query, then by number: see `seriesOf`. */
  const queries = new Map<string, LateSeries[]>()
  const seriesOf = (query: string, { scan, partition, kind }: LateRow, byTick: boolean): LateSeries => {
    let all = queries.get(query)
    if (all === undefined) {
      all = []
      queries.set(query, all)
    }
    const number = (scan * partitions + partition) * 4 + (kind === 'late' ? 0 : 2) + (byTick ? 1 : 0)
    let series = all[number]
    if (series === undefined) {
      const whose: Series = { kind, query, scan, partition, only: byTick ? 'tick' : undefined }
      const head = { kind, topic, partition, query, ...scanPart(scan), ...(byTick && { by_tick: true as const }) }
      const gathering = gatherLate(head)
      series = { query, byTick, isKnown: known.testOf(whose), gathering, minute: Number.NaN, whole: 0 }
      all[number] = series
    }
    return series
  }
  const take = ({ gathering }: LateSeries) => {
    const letter = gathering.take()
    if (letter !== undefined) write(letter)
  }
  return {
    seriesOf,
    /** False: the letter is there already. */
    row(series: LateSeries, reject: LateRow, offset: Offset, fetched: Fetched | undefined): boolean {
      if (series.isKnown(offset)) return false
      const minute = Math.floor((fetched?.lastTimestamp ?? 0) / MINUTE_MS)
      if (minute !== series.minute) series.whole = 0
      series.minute = minute
      if (fetched === undefined || offset < 0 || series.whole >= WHOLE_A_MINUTE) {
        if (!series.gathering.add(offset, reject.late)) take(series)
        return true
      }
      // Letters of a series are written in order of offset: how far they go says which are there.
      take(series)
      series.whole++
      const { kind, partition, origin: record, late } = reject
      const reason = lateReason(late, series.byTick)
      const place = { topic, partition, offset, query: series.query, ...scanPart(reject.scan) }
      write({ kind, reason, ...place, ...missed(late), ...textOf(fetched, record) })
      return true
    },
    flush() {
      for (const all of queries.values()) for (const series of all) if (series !== undefined) take(series)
    },
  }
}

const scanPart = (scan: number) => (scan === 0 ? {} : { scan })

/** Letters on their way to their topic; `ends` resolve to the offsets behind the letters flushed, at first those in `found`. */
function openPending(topic: Topic, found: readonly Offset[], clock: Clock) {
  const waiting: { readonly offset: Offset; readonly text: string }[][] = Array.from(found, () => [])
  const ends: Promise<Offset>[] = found.map(async (end) => end)
  const gate = openGate(IN_FLIGHT_BYTES)
  const flushOne = (partition: number): Promise<unknown> => {
    const letters = waiting[partition] ?? []
    if (letters.length === 0) return Promise.resolve()
    // Operators report a batch one after the other; how far the letters of a series go must say which are there.
    const inOrder = letters.toSorted((a, b) => a.offset - b.offset)
    letters.length = 0
    const values = recordsOf(inOrder.map(({ text }) => text))
    const end = appendWhole(topic, partition, { values, keys: undefined, timestamp: clock.now() })
    ends[partition] = end
    gate.add(values.bytes.length, end)
    return end
  }
  return {
    ends: ends as readonly Promise<Offset>[],
    gate,
    push: (partition: number, offset: Offset, text: string) => void waiting[partition]?.push({ offset, text }),
    flushOne,
    flush() {
      for (let partition = 0; partition < waiting.length; partition++) void flushOne(partition)
    },
  }
}

function missed({ lateMs, watermark, windows, from, to }: LateRow['late']) {
  return {
    late_ms: lateMs,
    watermark: wallText(watermark),
    windows: { count: windows, from: wallText(from), to: wallText(to) },
  }
}

function textOf({ values }: Placed, record: number): { record: string; encoding?: 'base64' } {
  const start = values.start[record] as number
  const bytes = Buffer.from(values.bytes.subarray(start, Math.min(values.end[record] as number, start + RECORD_BYTES)))
  return isUtf8(bytes) ? { record: bytes.toString() } : { record: bytes.toString('base64'), encoding: 'base64' }
}

/** The letters of a topic, each partition's from an offset on, one after the other: there may be more than memory holds. */
export async function* readLetters(topic: TopicReader, from?: Offsets): AsyncGenerator<PlacedLetter> {
  for await (const { partition, offset, text } of readTexts(topic, from)) {
    yield { letter: JSON.parse(text) as DeadLetter | LateRows, partition, offset }
  }
}

/** Whether a letter is of many late rows. */
export const isOfPlaces = (letter: DeadLetter | LateRows): letter is LateRows => 'places' in letter

/** What a run from the checkpoint knows: letters behind its ends, and what the run that took it had not met again itself. */
async function readKnown(topic: Topic, before: DeadCheckpoint | undefined) {
  const known = openKnown(before?.known ?? knownOfLetters(before?.unmet ?? {}))
  const decodedTo: { [partition: number]: Offset } = { ...before?.decodedTo }
  for await (const { letter } of readLetters(topic, before?.ends)) {
    const { kind, partition, offset } = letter
    if (kind === 'format' || kind === 'future') decodedTo[partition] = Math.max(decodedTo[partition] ?? 0, offset + 1)
    else if (kind === 'sink') known.noteRefused(letter.sink ?? '', partition, offset)
    else noteRow(known, letter as (DeadLetter | LateRows) & Pick<Series, 'kind'>)
  }
  /** The offsets behind all letters. */
  const ends = Array.from({ length: topic.partitions }, (_, partition) => topic.bounds(partition).end)
  return { known, decodedTo, ends }
}

function noteRow(known: Known, letter: (DeadLetter | LateRows) & Pick<Series, 'kind'>): void {
  const { kind, partition, query = '', scan = 0 } = letter
  if (isOfPlaces(letter)) {
    const only = letter.by_tick === true ? 'tick' : undefined
    let last = letter.offset
    for (const { to } of runsOf(letter)) last = to - 1
    known.note({ kind, query, scan, partition, only }, last, 1)
    return
  }
  const { offset, reason } = letter
  const only = kind === 'expression' ? (offset < 0 ? 'merged' : undefined) : isByTick(reason) ? 'tick' : undefined
  known.note({ kind, query, scan, partition, only }, offset, 1)
}

/**
 * What the checkpoint keeps of the topic's dead letters; undefined where it has nothing of the topic. After a restart a sink
 * may get rows again that it refused before the checkpoint: their letters are known.
 */
export function deadBefore({ dead, sinks }: Checkpoint, topic: string): DeadCheckpoint | undefined {
  const before = dead[topic]
  if (before === undefined) return undefined
  const mine = Object.entries(sinks).filter(([, { from }]) => from === topic)
  const placeOf = (sink: string, partition: number) => mine.find(([name]) => name === sink)?.[1].offsets[partition]
  const known = openKnown(withoutPassed(before.known ?? knownOfLetters(before.unmet ?? {}), placeOf))
  for (const [sink, { refused = {} }] of mine) {
    for (const [partition, offsets] of Object.entries(refused)) {
      for (const offset of offsets) known.noteRefused(sink, Number(partition), offset)
    }
  }
  return { ends: before.ends, decodedTo: before.decodedTo, known: known.left() }
}
