/**
 * Dead letters: records that could not be decoded, are from the future or do not meet a rule, and rows that were late, whose expression failed, or
 * that a sink refused. `letter.ts` says how they are kept in topic `NAME.dead`.
 *
 * Late rows that are kept by place wait in memory for a checkpoint: a run that goes on from the one before meets them again.
 * A row that was late for some of its windows only (`partly_late`) is in the result: its letter says where it is missing.
 *
 * A record is reported once, though several queries and sinks decode it: the first of them reports it. After a restart
 * from a checkpoint, a letter that is in the topic already is neither written nor counted again: see `known-letters.ts`.
 */
import type { Clock } from '../base/clock.ts'
import type { Offset } from '../base/quantity.ts'
import type { Fetched, Topic } from '../bus/bus.ts'
import type { FailedRow, RowReject } from '../engine/graph.ts'
import type { NoRow } from '../format/format.ts'
import type { Placed, RefusedRecord, Undecoded } from '../sink/delivery/delivery.ts'
import type { DeadCheckpoint } from './checkpoint.ts'
import { type DeadTally, openDeadTally } from './dead-tally.ts'
import type { Known } from './known-letters.ts'
import type { LateRows } from './late-rows.ts'
import { openLateSeries } from './late-series.ts'
import { type DeadLetter, recordPart, scanPart } from './letter.ts'
import { readKnown } from './letters-before.ts'
import { openPending } from './pending-letters.ts'

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
  const late = openLateSeries({ topic: origin, partitions: topic.partitions }, known, write)
  const tests = openTests(known)
  const flushAll = () => {
    late.flush()
    pending.flush()
  }

  return {
    undecodable(partition, fetched, rejects) {
      const done = decodedTo[partition] ?? 0
      decodedTo[partition] = Math.max(done, fetched.baseOffset + fetched.values.count)
      for (const { record, byte, reason, why = 'format' } of rejects) {
        const offset = fetched.baseOffset + record
        if (offset < done) continue
        const { kind, ...more } = whyParts(why, byte)
        tally.reported(kind, reason, more.rule)
        if (kind === 'future') tally.future(partition, offset, reason)
        write({ kind, reason, topic: origin, partition, offset, ...more, ...recordPart(fetched, record) })
      }
    },
    row(query, reject, fetched, byTick = false) {
      const { partition, origin: record } = reject
      // Rows that were counted together have no record of their own.
      const offset = fetched !== undefined && record >= 0 ? fetched.baseOffset + record : -1
      if (reject.kind !== 'expression') {
        if (late.row(late.seriesOf(query, reject, byTick), reject, offset, fetched)) tally.late(query, reject)
        return
      }
      if (tests(query, reject, offset)) return
      const { kind, reason } = reject
      tally.failed(query, reason)
      const text = fetched !== undefined && offset >= 0 ? recordPart(fetched, record) : { record: '' }
      write({ kind, reason, topic: origin, partition, offset, query, ...scanPart(reject.scan), ...text })
    },
    async refused(sink, partition, placed, rows) {
      for (const { record, reason } of rows) {
        const offset = placed.baseOffset + record
        if (known.hasRefused(sink, partition, offset)) continue
        tally.reported('sink', reason)
        write({ kind: 'sink', reason, topic: origin, partition, offset, sink, ...recordPart(placed, record) })
      }
      await pending.flushOne(partition % topic.partitions)
    },
    anew: known.forget,
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

/** The parts of a letter of a record that is no row. */
function whyParts(why: NoRow | 'format', byte: number): Pick<DeadLetter, 'kind' | 'byte' | 'rule'> {
  if (typeof why === 'object') return { kind: 'rule', rule: why.rule }
  return why === 'format' ? { kind: why, byte } : { kind: why }
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
