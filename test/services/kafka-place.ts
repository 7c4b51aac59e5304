/** Places for tests of the bus on a real broker: topics of their own by a prefix, and a data folder. */
import { Kafka as Kafkajs, logLevel, type Producer } from 'kafkajs'
import type { Kafka } from '../../scripts/services/kafka/kafka.ts'
import type { Settings } from '../../scripts/services/kafka/settings.ts'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import { seededRandom } from '../../src/base/random.ts'
import type { Bus } from '../../src/bus/bus.ts'
import { openKafka } from '../../src/bus/kafka/kafka.ts'
import type { KafkaOptions } from '../../src/bus/kafka/options.ts'
import type { StoredRecord } from '../../src/bus/memory-bus.test-tool.ts'
import { hastyDisk, temporaryFolder } from '../../src/data/data-folder.test-tool.ts'
import { identityOf } from '../../src/data/identity.ts'
import type { BusPlace } from '../contract/bus.ts'

/** Settings of a broker with which the tests' records stay, whatever their time is and however long they are. */
export const PATIENT: Settings = {
  'log.retention.ms': -1,
  'log.message.timestamp.after.max.ms': '9223372036854775807',
  'message.max.bytes': 8 << 20,
}

let places = 0

export type KafkaPlace = Omit<BusPlace, 'open'> & {
  readonly prefix: string
  readonly folder: string
  readonly warnings: string[]
  open(options?: Partial<KafkaOptions>, giveUp?: AbortSignal): Promise<Bus>
  foreign(topic: string, partition: number, records: readonly StoredRecord[], gap: number): Promise<void>
}

/** An empty place on a broker. */
export function kafkaPlace(
  kafka: Pick<Kafka, 'bootstrap'>,
  fixed: Partial<KafkaOptions> = {},
  clock: Clock = systemClock,
): KafkaPlace {
  const prefix = fixed.prefix ?? `p${places++}-${process.pid}.`
  const folder = temporaryFolder()
  const warnings: string[] = []
  const closers: (() => Promise<void>)[] = []
  let producers: Promise<{ readonly plain: Producer; readonly transactional: Producer }> | undefined
  const connectProducers = async () => {
    const client = new Kafkajs({ brokers: kafka.bootstrap.split(','), logLevel: logLevel.NOTHING })
    const plain = client.producer()
    const transactional = client.producer({ transactionalId: `${prefix}tx`, maxInFlightRequests: 1, idempotent: true })
    for (const producer of [plain, transactional]) {
      await producer.connect()
      closers.push(() => producer.disconnect())
    }
    return { plain, transactional }
  }
  return {
    prefix,
    folder: folder.path,
    warnings,
    longestName: 249 - prefix.length,
    open(options = {}, giveUp) {
      return openKafka(
        {
          brokers: kafka.bootstrap.split(','),
          tls: false,
          client_id: 'test',
          prefix,
          compression: 'lz4',
          ...fixed,
          ...options,
        },
        {
          folder: folder.path,
          clock,
          random: seededRandom(places),
          warn: (message) => warnings.push(message),
          data: {
            path: folder.path,
            disk: hastyDisk,
            identity: identityOf(hastyDisk, folder.path),
            hasFinishedFresh: false,
            [Symbol.dispose]() {},
          },
          giveUp,
        },
      )
    },
    async foreign(topic, partition, records, gap) {
      producers ??= connectProducers()
      const { plain, transactional } = await producers
      const messages = records.map(({ key, value, time }) => ({
        partition,
        key: key === undefined ? null : Buffer.from(key),
        value: value === null ? null : Buffer.from(value),
        timestamp: String(time),
      }))
      const to = prefix + topic
      // A transaction leaves one offset for its end; one that is given up also leaves those of its records.
      const isCommitted = gap === 1
      if (messages.length > 0 && !isCommitted) await plain.send({ topic: to, messages })
      if (gap === 0) return
      const transaction = await transactional.transaction()
      const aborted = Array.from({ length: gap - 1 }, (_, i) => ({ partition, value: `given up ${i}` }))
      await transaction.send({ topic: to, messages: isCommitted ? messages : aborted })
      if (isCommitted) await transaction.commit()
      else await transaction.abort()
    },
    async [Symbol.asyncDispose]() {
      for (const close of closers) await close()
      folder[Symbol.dispose]()
    },
  }
}
