/** The bus on a real broker keeps the contract of every bus. */
import { afterAll, beforeAll, vi } from 'vitest'
import { installedJars } from '../../scripts/services/jars.ts'
import { type Kafka, startKafka } from '../../scripts/services/kafka/kafka.ts'
import { busContract } from '../contract/bus.ts'
import { kafkaPlace, PATIENT } from './kafka-place.ts'
import { isMissing } from './missing.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })
process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'

let kafka: Kafka
const missing = await isMissing('Kafka', () => installedJars('kafka'))
beforeAll(async () => {
  if (!missing) kafka = await startKafka({ settings: PATIENT })
})
afterAll(async () => await kafka?.stop())

if (!missing) busContract('kafka', async () => kafkaPlace(kafka))
