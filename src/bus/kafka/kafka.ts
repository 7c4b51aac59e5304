/** The bus on Apache Kafka: being built. */
import { Failure } from '../../base/failure.ts'
import type { Bus, BusReader } from '../bus.ts'
import type { OwnBusContext, ReadBusContext } from '../bus-type.ts'
import type { KafkaOptions } from './options.ts'

/** Opens the bus. */
export async function openKafka({ brokers }: KafkaOptions, _: OwnBusContext): Promise<Bus> {
  throw new Failure('usage', `the bus kafka at ${brokers.join(',')} cannot be opened yet`)
}

/** Opens the bus for reading. */
export async function readKafka({ brokers }: KafkaOptions, _: ReadBusContext): Promise<BusReader> {
  throw new Failure('usage', `the bus kafka at ${brokers.join(',')} cannot be read yet`)
}
