/**
 * The appends of this data folder, or of a part that this process has claimed, to one partition: each batch is in the log once,
 * whatever becomes of requests, brokers and earlier runs. A batch has a producer id, an epoch and a sequence number, by which the
 * leader knows one that comes again.
 *
 * A batch that an earlier run sent just before it was killed may arrive after this run has looked for it. It has the sequence
 * number of this run's first batch, so only one of the two gets into the log; which one, is read back. If it is the other
 * run's, this run's appends begin at the wrong place, and fail: the next run goes on from what is there. Where a part was
 * claimed, the leader refuses such a batch, for its epoch.
 */
import { Failure } from '../../base/failure.ts'
import type { Offset } from '../../base/quantity.ts'
import {
  brokerFailure,
  DUPLICATE_SEQUENCE,
  INVALID_PRODUCER_EPOCH,
  MESSAGE_TOO_LARGE,
  OUT_OF_ORDER_SEQUENCE,
  UNKNOWN_PRODUCER_ID,
} from '../../client/kafka/broker-error.ts'
import type { Produced } from '../../client/kafka/produce.ts'
import type { Patience } from '../../client/patience.ts'
import type { Compressor } from '../batch/compression/compressor.ts'
import { type ProducedBatch, sequenceAfter, stampBatch } from '../batch/produced-batch.ts'
import { AT_CRC } from '../batch/record-batch.ts'
import type { Positions } from '../positions.ts'
import type { Appender, OwnEnd } from './own-file.ts'
import { batchAt, findLastBatch, type SearchedLog } from './own-tail.ts'

/** After this number of new epochs for one batch something else is wrong. */
const MAX_EPOCHS = 3
const NONE: Positions = new Map()

export type OwnLogOptions = {
  readonly topic: string
  readonly topicId: string | undefined
  readonly partition: number
  readonly log: SearchedLog
  readonly appender: Appender
  /** The positions where nothing is remembered; absent: there are none. */
  readonly before?: (() => Promise<Positions>) | undefined
  readonly compressor: Compressor
  readonly patience: Patience
  /** The most bytes of a batch that the topic takes. */
  readonly maxBatchBytes: number
  /** Sends a batch to the leader. Rejects with a Failure, which is final only where the topic is gone. */
  send(parts: readonly Uint8Array[]): Promise<Produced>
  /** Looks for the leader anew. */
  refresh(): Promise<void>
  /** Rejects with a Failure where the topic is another one by now. */
  isThere(): Promise<void>
  warn(message: string): void
}

/** Appends to one partition, one batch after the other. */
export class OwnLog {
  readonly #options: OwnLogOptions
  readonly #subject: string
  #finding: Promise<OwnEnd> | undefined
  #end: OwnEnd | undefined
  /** Whether no batch of an earlier run can arrive any more. */
  #isProven = false

  constructor(options: OwnLogOptions) {
    this.#options = options
    this.#subject = options.log.subject
  }

  /** The positions of all writers, as the log has them. */
  async positions(): Promise<Positions> {
    return (await this.#find()).positions
  }

  /** Resolves to the first record's offset once the batch is durable. A rejection, with a Failure, is final. */
  async append(batch: ProducedBatch, positions: Positions): Promise<Offset> {
    const end = this.#end ?? (await this.#begin())
    this.#stamp(batch, end)
    const baseOffset = await this.#deliver(batch).catch((error: unknown) => {
      // A failure is final: nothing is waited for any more.
      this.#options.patience.end()
      throw error
    })
    if (baseOffset < end.offset) {
      await this.#options.isThere()
      this.#options.warn(
        `${this.#subject}: ${end.offset - baseOffset} records that Kafka had acknowledged are lost: its log ended at ` +
          `offset ${baseOffset}, not ${end.offset}`,
      )
    }
    const { epoch, sequence } = this.#end ?? end
    const next = { offset: baseOffset + batch.count, epoch, sequence: sequenceAfter(sequence, batch.count), positions }
    this.#setEnd(next)
    return baseOffset
  }

  #setEnd(end: OwnEnd): void {
    const { appender, topic, topicId, partition } = this.#options
    this.#end = end
    appender.set(topic, topicId, partition, end)
  }

  #find(): Promise<OwnEnd> {
    if (this.#end !== undefined) return Promise.resolve(this.#end)
    this.#finding ??= this.#search()
    this.#finding.catch(() => {
      this.#finding = undefined
    })
    return this.#finding
  }

  async #search(): Promise<OwnEnd> {
    const { appender, before, topic, topicId, partition, log, compressor } = this.#options
    const remembered = appender.get(topic, topicId, partition)
    if (remembered === undefined) return { offset: 0, epoch: 0, sequence: 0, positions: (await before?.()) ?? NONE }
    return (await findLastBatch(log, remembered.producerId, remembered.offset, compressor)) ?? remembered
  }

  /** Where this run's appends begin. It is remembered that there may be some before the first one is sent. */
  async #begin(): Promise<OwnEnd> {
    const { appender, topic, topicId, partition, log } = this.#options
    const { producerId, epochs } = appender
    const found = await this.#find()
    let end = epochs === undefined ? found : { ...found, epoch: epochs.current(), sequence: 0 }
    const isNew = appender.get(topic, topicId, partition)?.producerId !== producerId
    if (isNew) {
      end = { ...end, offset: await log.end() }
      appender.set(topic, topicId, partition, end)
      await appender.save()
    }
    this.#isProven ||= isNew || epochs !== undefined
    this.#end = end
    return end
  }

  #stamp(batch: ProducedBatch, { epoch, sequence }: OwnEnd): void {
    stampBatch(batch, { producerId: this.#options.appender.producerId, producerEpoch: epoch, sequence })
  }

  /** Sends the batch until it is in the log. */
  async #deliver(batch: ProducedBatch): Promise<Offset> {
    const { send, patience, maxBatchBytes, appender } = this.#options
    for (let epochs = 0; ; ) {
      let answer: Produced
      const checking = appender.epochs?.check()
      if (checking !== undefined) await checking
      try {
        answer = await send(batch.parts)
      } catch (failure) {
        await this.#wait(failure)
        // A broker that restarts forgets producers whose last batch is old, and would take this one a second time.
        const found = await this.#inLog(batch)
        if (found === undefined) continue
        return found
      }
      const { errorCode: code, baseOffset } = answer
      if (code === 0) {
        patience.over()
        appender.epochs?.told()
        return this.#isProven ? baseOffset : this.#prove(batch, baseOffset)
      }
      const detail = code === MESSAGE_TOO_LARGE ? `${batch.bytes} bytes, where ${maxBatchBytes} can be` : undefined
      const failure = brokerFailure(code, this.#subject, detail)
      if (isOfSequence(code)) {
        const found = await this.#inLog(batch)
        if (found !== undefined) return found
        if (code === DUPLICATE_SEQUENCE) await this.#wait(failure)
        else if (++epochs > MAX_EPOCHS) throw failure
        else await this.#anew(batch, code)
        continue
      }
      if (!failure.retryable) throw failure
      await this.#wait(failure)
    }
  }

  async #wait(failure: unknown): Promise<void> {
    const { patience, refresh } = this.#options
    // A password that is refused now may be right again when the broker is; what is sent would be lost with the run.
    const isFinal = !(failure instanceof Failure) || !(failure.retryable || failure.code === 'denied')
    if (isFinal || !(await patience.pause(failure))) throw failure
    await refresh().catch(() => {})
  }

  /** Goes on with a new epoch: the leader has lost track of the sequence, or of records that it had acknowledged. */
  async #anew(batch: ProducedBatch, code: number): Promise<void> {
    const end = this.#end as OwnEnd
    const { epochs } = this.#options.appender
    const isTooSmall = code === INVALID_PRODUCER_EPOCH
    const epoch = epochs === undefined ? (end.epoch + 1) % 32_768 : await epochs.after(end.epoch, isTooSmall)
    this.#end = { ...end, epoch, sequence: 0 }
    this.#stamp(batch, this.#end)
  }

  /** The offset of the batch, if it is in the log: then it has worked. */
  async #inLog(batch: ProducedBatch): Promise<Offset | undefined> {
    const { log, appender, compressor, patience } = this.#options
    const { offset = 0 } = this.#end ?? {}
    const found = await findLastBatch(log, appender.producerId, offset, compressor)
    if (found === undefined) return undefined
    if (found.checksum !== checksumOf(batch)) throw appender.epochs?.fenced() ?? cameLate(this.#subject)
    patience.over()
    return found.baseOffset
  }

  /** The offset of this run's first batch, if it is that batch which the leader has. */
  async #prove(batch: ProducedBatch, baseOffset: Offset): Promise<Offset> {
    const { log, compressor, patience } = this.#options
    for (;;) {
      const found = await batchAt(log, baseOffset, compressor)
      if (found?.checksum === checksumOf(batch)) break
      if (found !== undefined) throw cameLate(this.#subject)
      const failure = new Failure('io', `${this.#subject}: the replicas do not have the records yet`, {
        retryable: true,
      })
      if (!(await patience.pause(failure))) throw failure
    }
    patience.over()
    this.#isProven = true
    return baseOffset
  }
}

const isOfSequence = (code: number): boolean =>
  [OUT_OF_ORDER_SEQUENCE, DUPLICATE_SEQUENCE, INVALID_PRODUCER_EPOCH, UNKNOWN_PRODUCER_ID].includes(code)

const checksumOf = ({ parts: [{ buffer, byteOffset }] }: ProducedBatch): number =>
  new DataView(buffer, byteOffset).getUint32(AT_CRC)

const cameLate = (subject: string): Failure =>
  new Failure('io', `${subject}: records that an earlier run sent have arrived only now`, {
    hint: 'Nothing is lost, and nothing is there twice. Start again: the run goes on behind these records.',
    retryable: true,
  })
