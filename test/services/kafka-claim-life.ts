/**
 * A process that claims a part and appends numbers, from the position of the part on:
 * `kafka-claim-life.ts BROKERS PREFIX NAME`. Says `claimed`, and in the end the Failure of an append as JSON.
 */
import { Failure } from '../../src/base/failure.ts'
import { claimedTopic, writeNumbers } from './kafka-claims.ts'
import { kafkaPlace } from './kafka-place.ts'

const [bootstrap = '', prefix = '', name = ''] = process.argv.slice(2)
await using place = kafkaPlace({ bootstrap }, { prefix })
await using bus = await place.open()
const { topic, claimed } = await claimedTopic(bus)
process.stdout.write('claimed\n')
try {
  await Promise.all([0, 1].map((partition) => writeNumbers(topic, partition, name, Number.POSITIVE_INFINITY)))
} catch (error) {
  if (!(error instanceof Failure)) throw error
  process.stdout.write(
    `${JSON.stringify({ code: error.code, message: error.message, isKnown: claimed.fenced.aborted })}\n`,
  )
}
await claimed[Symbol.asyncDispose]()
