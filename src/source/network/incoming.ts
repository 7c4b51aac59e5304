/**
 * Records that peers send, from the socket to the topic. They are copied as they come; those that come while a batch is being
 * delivered make up the next ones. Record n goes to partition n modulo the number of partitions.
 *
 * Where `QUEUE_BYTES` wait, `full` is called, and `room` once there is room again: meanwhile nobody should read a socket. A peer
 * that wants to acknowledge its records is told when they are durable, always in the order in which records came.
 */
import { setImmediate } from 'node:timers/promises'
import type { Records } from '../../record/column.ts'
import { makeRecords } from '../../record/lines-split.ts'
import { NO_RECORDS } from '../../record/records.ts'
import { GatheredLines } from '../gathered-lines.ts'
import { type Deliver, fitting, type SourceContext } from '../source.ts'

const QUEUE_BYTES = 4 << 20
/** Bytes of one delivery, if no record is longer. */
const TOGETHER_BYTES = 1 << 20

/** What is called when records become durable: those up to this number of this run. */
type Waiter = { readonly upTo: number; readonly durable: () => void }

export type IncomingOptions = {
  readonly context: SourceContext
  /** The most bytes of a record: the caller has left out what is longer. */
  readonly longest: number
  full(): void
  room(): void
}

/** The records of all peers of a source. */
export class IncomingRecords {
  readonly #options: IncomingOptions
  readonly #gathered: GatheredLines
  readonly #together: number
  readonly #waiters: Waiter[] = []
  #line: number
  #added = 0
  #taken = 0
  #kept = 0
  #isFull = false
  #isDelivering = false
  #room: PromiseWithResolvers<void> | undefined
  #durable: Promise<void> = Promise.resolve()
  #failure: { readonly cause: unknown } | undefined
  #wake: () => void = () => {}

  constructor(options: IncomingOptions) {
    const { context, longest } = options
    this.#options = options
    this.#together = fitting(TOGETHER_BYTES, context)
    this.#gathered = new GatheredLines(longest, { tooLong: () => {}, hole: () => {} }, context)
    this.#line = typeof context.place?.line === 'number' ? context.place.line : 0
  }

  /** Records of this run. */
  get count(): number {
    return this.#added
  }

  get isFull(): boolean {
    return this.#isFull
  }

  /** Whether all that came is delivered. */
  get isEmpty(): boolean {
    return !this.#isDelivering && this.#gathered.isEmpty
  }

  /** Adds the records of a peer, which are copied. `durable` is called once they and all before them are durable. */
  add(records: Records, durable?: () => void): void {
    for (let from = 0; from < records.count; ) from = this.#addSome(records, from)
    this.#added += records.count
    if (durable !== undefined) this.#waiters.push({ upTo: this.#added, durable })
    if (!this.#isFull && this.#gathered.bytes >= QUEUE_BYTES) {
      this.#isFull = true
      this.#options.full()
    }
    if (records.count > 0) this.#wake()
    else this.#tellDurable(this.#kept)
  }

  /** Adds as many records from this one on as fit into one delivery; gives the first that was not added. */
  #addSome({ bytes, start, end, count }: Records, from: number): number {
    const first = start[from] as number
    let next = from + 1
    while (next < count && (end[next] as number) - first <= this.#together) next++
    const piece = makeRecords(next - from)
    for (let i = from; i < next; i++) {
      piece.start[i - from] = (start[i] as number) - first
      piece.end[i - from] = (end[i] as number) - first
    }
    piece.count = next - from
    this.#gathered.add([bytes.subarray(first, end[next - 1]), new Uint8Array(0)], '', piece)
    return next
  }

  /** Resolves when all that was added is durable. */
  allDurable(): Promise<void> {
    return new Promise((durable) => this.add(NO_RECORDS, durable))
  }

  /** Resolves when there is room for more: at once where the queue is not full. */
  async whenRoom(): Promise<void> {
    if (!this.#isFull) return
    this.#room ??= Promise.withResolvers<void>()
    await this.#room.promise
  }

  /** Lets `run` see that its input may be over. */
  wake(): void {
    this.#wake()
  }

  /** Delivers records until `isOver` and none waits; resolves when all are durable. Rejects with the first failure. */
  async run(deliver: Deliver, isOver: () => boolean): Promise<void> {
    for (;;) {
      this.#throwFailure()
      const records = this.#take()
      this.#isDelivering = records !== undefined
      if (records !== undefined) await this.#deliver(deliver, records)
      else if (isOver()) break
      else {
        await new Promise<void>((wake) => (this.#wake = wake))
        // Records that can be read in the same turn of the event loop join the batch.
        await setImmediate()
      }
    }
    await this.#durable
    this.#throwFailure()
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.cause
  }

  #take(): Records | undefined {
    const records = this.#gathered.take()
    if (this.#isFull && this.#gathered.bytes < QUEUE_BYTES) {
      this.#isFull = false
      this.#room?.resolve()
      this.#room = undefined
      this.#options.room()
    }
    return records
  }

  async #deliver(deliver: Deliver, records: Records): Promise<void> {
    this.#line += records.count
    this.#taken += records.count
    const upTo = this.#taken
    const appended = (durable: Promise<void>) => {
      const before = this.#durable
      this.#durable = Promise.all([before, durable]).then(
        () => this.#tellDurable(upTo),
        (cause: unknown) => {
          this.#failure ??= { cause }
          this.#wake()
        },
      )
    }
    await deliver(records, { line: this.#line }, { appended })
  }

  #tellDurable(upTo: number): void {
    this.#kept = upTo
    if (this.#failure !== undefined) return
    while ((this.#waiters[0]?.upTo ?? Number.POSITIVE_INFINITY) <= upTo) this.#waiters.shift()?.durable()
  }
}
