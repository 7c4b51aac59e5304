/**
 * The appends of a partition on their way to Kafka. One batch is under way at a time, so that they stay in order; those that
 * come meanwhile are gathered for the next one.
 *
 *   waiting ──encode──▶ a batch ──OwnLog──▶ acknowledged
 *      └───────────────────┴──────fail─────▶ refused
 */
import { assert } from '../../base/assert.ts'
import { type Clock, slept } from '../../base/clock.ts'
import type { Duration, Offset } from '../../base/quantity.ts'
import { DENSE } from '../batch/chunk.ts'
import { handedOver } from '../batch/handed-over.ts'
import {
  type ProducedBatch,
  type ProducedForm,
  type ProducedRecords,
  produceBatch,
  producedBound,
} from '../batch/produced-batch.ts'
import type { Append, Fetched } from '../bus.ts'
import { encodePositions, type Positions, positionText } from '../positions.ts'
import type { OwnLog } from './own-log.ts'

export type GatherLimits = {
  /** A batch is full at this many bytes, before it is compressed, or records. One append may be larger. */
  readonly bytes: number
  readonly records: number
  /** How long a batch that is not full waits for more. */
  readonly lingerMs: Duration
}

export type QueueOptions = {
  readonly log: Pick<OwnLog, 'positions' | 'append'>
  readonly form: ProducedForm
  readonly limits: GatherLimits
  readonly clock: Clock
  /** Called after each batch that is durable, before its appends are acknowledged. `pieces` hand out its records. */
  published(end: Offset, pieces: () => readonly Fetched[]): void
}

type Waiting = {
  readonly append: ProducedRecords
  readonly bytes: number
  readonly writer: string
  readonly position: string | undefined
  readonly since: Duration
  resolve(offset: Offset): void
  reject(failure: unknown): void
}

type Sending = { readonly batch: ProducedBatch; readonly appends: readonly Waiting[]; readonly positions: Positions }

/** The queue of one partition. */
export class PartitionQueue {
  readonly #options: QueueOptions
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #waitingRecords = 0
  #sending: Sending | undefined
  #next: Sending | undefined
  /** With every append that is encoded; undefined before the log was searched for them. */
  #positions: Positions | undefined
  #working: Promise<void> | undefined
  #full: PromiseWithResolvers<void> | undefined

  constructor(options: QueueOptions) {
    this.#options = options
  }

  /** Resolves to the first record's offset once the records are durable; rejects with a Failure. */
  add({ values, keys, nulls, timestamp, position }: Append): Promise<Offset> {
    return new Promise((resolve, reject) => {
      let text: string | undefined
      try {
        text = positionText(position)
      } catch (error) {
        values.lease?.release()
        throw error
      }
      // Once the lease is released, others change the records' count and replace their arrays.
      const append = { values: values.lease === undefined ? values : { ...values }, keys, nulls, timestamp }
      const bytes = producedBound(append)
      const since = this.#options.clock.elapsed()
      this.#waiting.push({ append, bytes, writer: position?.writer ?? '', position: text, since, resolve, reject })
      this.#waitingBytes += bytes
      this.#waitingRecords += values.count
      if (this.#isFull) this.#full?.resolve()
      if (this.#working === undefined) this.#start()
      else if (this.#sending !== undefined && this.#next === undefined && this.#isFull) this.#encodeAhead()
    })
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.#working !== undefined) await this.#working
  }

  get #isFull(): boolean {
    const { bytes, records } = this.#options.limits
    return this.#waitingBytes >= bytes || this.#waitingRecords >= records
  }

  #start(): void {
    const working = this.#work()
    this.#working = this.#waiting.length === 0 && this.#sending === undefined ? undefined : working
  }

  async #work(): Promise<void> {
    const { log } = this.#options
    try {
      if (this.#positions === undefined) this.#positions = await log.positions()
      while (this.#next !== undefined || this.#waiting.length > 0) {
        if (this.#next === undefined && this.#options.limits.lingerMs > 0) await this.#linger()
        const sending = this.#next ?? this.#encode()
        this.#next = undefined
        this.#sending = sending
        this.#settle(sending, await log.append(sending.batch, sending.positions))
      }
    } catch (failure) {
      this.#fail(failure)
    } finally {
      this.#working = undefined
    }
  }

  /** Waits until the batch is full, or its first append has waited long enough. */
  async #linger(): Promise<void> {
    const { clock, limits } = this.#options
    const since = this.#waiting[0]?.since ?? 0
    const left = since + limits.lingerMs - clock.elapsed()
    if (left <= 0 || this.#isFull) return
    this.#full = Promise.withResolvers()
    const stop = new AbortController()
    await Promise.race([this.#full.promise, slept(clock, left, stop.signal)])
    stop.abort()
    this.#full = undefined
  }

  /** Encodes the next batch while one is under way. */
  #encodeAhead(): void {
    try {
      this.#next = this.#encode()
    } catch {
      // The appends still wait: when their turn comes it fails again, and they are refused.
    }
  }

  /** Encodes the appends that fit into one batch, at least one, and releases their leases. */
  #encode(): Sending {
    const { bytes, records } = this.#options.limits
    const appends: Waiting[] = []
    let size = 0
    let count = 0
    let positions = this.#positions ?? new Map<string, string>()
    for (const one of this.#waiting) {
      if (appends.length > 0 && (size + one.bytes > bytes || count + one.append.values.count > records)) break
      size += one.bytes
      count += one.append.values.count
      appends.push(one)
      if (one.position !== undefined) positions = new Map(positions).set(one.writer, one.position)
    }
    assert(appends.length > 0, 'a batch has appends')
    const mark = positions.size === 0 ? undefined : encodePositions(positions)
    const batch = produceBatch(
      appends.map(({ append }) => append),
      mark,
      this.#options.form,
    )
    this.#waiting = this.#waiting.slice(appends.length)
    this.#waitingBytes -= size
    this.#waitingRecords -= count
    this.#positions = positions
    for (const { append } of appends) append.values.lease?.release()
    return { batch, appends, positions }
  }

  #settle({ batch, appends }: Sending, baseOffset: Offset): void {
    this.#sending = undefined
    const [{ chunk } = { chunk: undefined }] = batch.pieces
    const isDense = chunk !== undefined && DENSE * chunk.used >= chunk.bytes.length
    const pieces = (): readonly Fetched[] => {
      let offset = baseOffset
      return appends.flatMap(({ append }, i) => {
        const at = offset
        offset += append.values.count
        return handedOver({ append, baseOffset: at, pieces: batch.pieces.slice(i, i + 1) }, isDense)
      })
    }
    this.#options.published(baseOffset + batch.count, pieces)
    let offset = baseOffset
    for (const { append, resolve } of appends) {
      resolve(offset)
      offset += append.values.count
    }
    batch.release()
  }

  /** Refuses every append that is not durable, so that none overtakes another. */
  #fail(failure: unknown): void {
    for (const { append } of this.#waiting) append.values.lease?.release()
    const refused = [...(this.#sending?.appends ?? []), ...(this.#next?.appends ?? []), ...this.#waiting]
    this.#sending?.batch.release()
    this.#next?.batch.release()
    this.#sending = undefined
    this.#next = undefined
    this.#waiting = []
    this.#waitingBytes = 0
    this.#waitingRecords = 0
    this.#positions = undefined
    for (const { reject } of refused) reject(failure)
  }
}
