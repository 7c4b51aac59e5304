/**
 * Asks the broker that leads partitions for their records. Fetch version 10: brokers from 2.1 on take it. Records come as
 * the broker has them, as record batches; only those of transactions that have ended come at all.
 */
import { createAPI, type Reader, Writer } from '@platformatic/kafka'
import type { Link } from './link.ts'

const FETCH = 1
const VERSION = 10
const READ_COMMITTED = 1
/** Sessions spare the names of many idle partitions, and need state on both sides: there are none. */
const NO_SESSION = -1

export type ToFetch = {
  readonly partition: number
  readonly offset: number
  readonly maxBytes: number
  /** The epoch of the leader, as the cluster says it: a broker that was deposed answers with an error. */
  readonly epoch: number
}

/** Records of a producer from an offset on that belong to a transaction which was given up. */
export type AbortedTransaction = { readonly producerId: bigint; readonly firstOffset: number }

export type FetchedSet = {
  readonly partition: number
  readonly errorCode: number
  /** Records before this offset can be read: all replicas have them, and no transaction before it is open. */
  readonly end: number
  /** The first offset still kept. */
  readonly start: number
  readonly aborted: readonly AbortedTransaction[]
  /** Record batches; the last one may be cut short, and the first may begin before the offset. */
  readonly records: Buffer
}

type Asking = {
  /** The broker answers as soon as it has a record, and at the latest after this time. */
  readonly waitMs: number
  /** Of all partitions together. */
  readonly maxBytes: number
  /** Also records that some replicas do not have yet, or whose transaction is open: never to be handed out. */
  readonly isUncommitted?: boolean
}

/** Fetches records of a topic. Rejects with the Failure of the link. */
export async function fetchRecords(
  link: Link,
  topic: string,
  partitions: readonly ToFetch[],
  asking: Asking,
): Promise<readonly FetchedSet[]> {
  const { errorCode, sets } = await link.use((connection) => fetchV10.async(connection, topic, partitions, asking))
  if (errorCode !== 0) return partitions.map(({ partition }) => ({ ...NOTHING, partition, errorCode }))
  return sets
}

const NOTHING: Omit<FetchedSet, 'partition'> = { errorCode: 0, end: 0, start: 0, aborted: [], records: Buffer.alloc(0) }

function requestOf(
  topic: string,
  partitions: readonly ToFetch[],
  { waitMs, maxBytes, isUncommitted = false }: Asking,
): Writer {
  return Writer.create()
    .appendInt32(-1)
    .appendInt32(waitMs)
    .appendInt32(1)
    .appendInt32(maxBytes)
    .appendInt8(isUncommitted ? 0 : READ_COMMITTED)
    .appendInt32(0)
    .appendInt32(NO_SESSION)
    .appendArray(
      [topic],
      (writer, name) => {
        writer.appendString(name, false).appendArray(
          [...partitions],
          (one, { partition, offset, maxBytes, epoch }) => {
            one
              .appendInt32(partition)
              .appendInt32(epoch)
              .appendInt64(BigInt(offset))
              .appendInt64(-1n)
              .appendInt32(maxBytes)
          },
          false,
          false,
        )
      },
      false,
      false,
    )
    .appendArray([], () => {}, false, false)
}

type Answer = { readonly errorCode: number; readonly sets: readonly FetchedSet[] }

/** Reads the answer from one piece of memory, which the records stay in. */
function parse(_: number, __: number, ___: number, reader: Reader): Answer {
  const bytes = reader.buffer.slice(reader.position)
  const fields = new FieldReader(bytes)
  fields.skip(4)
  const errorCode = fields.int16()
  fields.skip(4)
  const sets: FetchedSet[] = []
  for (let topics = fields.int32(); topics > 0; topics--) {
    fields.skip(fields.int16())
    for (let partitions = fields.int32(); partitions > 0; partitions--) sets.push(readSet(fields))
  }
  return { errorCode, sets }
}

const fetchV10 = createAPI<Parameters<typeof requestOf>, Answer>(FETCH, VERSION, requestOf, parse, false, false)

function readSet(fields: FieldReader): FetchedSet {
  const partition = fields.int32()
  const errorCode = fields.int16()
  // The high watermark: what counts is the end of the last transaction before it that is over.
  fields.skip(8)
  const end = fields.int64()
  const start = fields.int64()
  const aborted: AbortedTransaction[] = []
  for (let transactions = fields.int32(); transactions > 0; transactions--) {
    aborted.push({ producerId: fields.bigint64(), firstOffset: fields.int64() })
  }
  const records = fields.take(Math.max(0, fields.int32()))
  return { partition, errorCode, end, start, aborted, records }
}

/** Reads the fields of an answer one after the other. Throws where it ends too early. */
class FieldReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  take(length: number): Buffer {
    const from = this.#at
    this.skip(length)
    return this.#bytes.subarray(from, this.#at)
  }

  skip(length: number): void {
    if (length < 0 || this.#at + length > this.#bytes.length) throw new RangeError('it ends too early')
    this.#at += length
  }

  int16(): number {
    this.#at += 2
    return this.#bytes.readInt16BE(this.#at - 2)
  }

  int32(): number {
    this.#at += 4
    return this.#bytes.readInt32BE(this.#at - 4)
  }

  bigint64(): bigint {
    this.#at += 8
    return this.#bytes.readBigInt64BE(this.#at - 8)
  }

  int64(): number {
    return Number(this.bigint64())
  }
}
