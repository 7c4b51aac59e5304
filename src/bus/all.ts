/**
 * Every bus of the pipeline file: `bus: embedded`. A new bus is one entry here. A bus is loaded when it is opened, so that
 * reading a pipeline file loads none.
 */
import * as z from 'zod'
import type { BusType, ChosenBus } from './bus-type.ts'
import { KAFKA_FILE, type KafkaOptions, kafkaOptions } from './kafka/options.ts'

const embedded: BusType = {
  name: 'embedded',
  summary: 'Keeps topics in the data folder. Nothing else is needed.',
  options: z.strictObject({}),
  isShared: false,
  open: async (_, context) => (await import('./embedded/embedded.ts')).openEmbedded(context.data, context),
  read: async (_, { disk, dataFolder, clock }) =>
    (await import('./embedded/reading.ts')).openForReading(disk, dataFolder, clock),
}

const kafka: BusType<KafkaOptions> = {
  name: 'kafka',
  summary: 'Keeps topics on Apache Kafka, which other programs may share.',
  options: kafkaOptions,
  isShared: true,
  ownFile: KAFKA_FILE,
  open: async (options, context) => (await import('./kafka/kafka.ts')).openKafka(options, context),
  read: async (options, context) => (await import('./kafka/kafka.ts')).readKafka(options, context),
}

export const buses: readonly BusType[] = [embedded, kafka as BusType]

/** The bus that needs nothing: for what is kept in a data folder whatever the pipeline's bus is. */
export const EMBEDDED: ChosenBus = { type: embedded, options: {} }
