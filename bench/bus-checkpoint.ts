/**
 * How long a checkpoint on a real broker takes, and how long it takes to have it again:
 *
 *   node bench/bus-checkpoint.ts 127.0.0.1:9092 100        100 MB of state; a broker that runs already
 */
import { systemClock } from '../src/base/clock.ts'
import { nodeDisk } from '../src/base/disk/node-disk.ts'
import { seededRandom } from '../src/base/random.ts'
import { openKafka } from '../src/bus/kafka/kafka.ts'
import { kafkaOptions } from '../src/bus/kafka/options.ts'
import { temporaryFolder } from '../src/data/data-folder.test-tool.ts'
import { openBusCheckpoints } from '../src/run/share/bus-checkpoint.ts'
import { type Checkpoint, NO_CHECKPOINT } from '../src/topic/checkpoint.ts'

const [brokers = '127.0.0.1:9092', megabytes = '100'] = process.argv.slice(2)
const random = seededRandom(1)
const counts = Int32Array.from({ length: (Number(megabytes) * 1e6) / 4 }, () => random.below(1_000_000))
const query = { fingerprint: '', layout: {}, began: {}, offsets: {}, emitted: {}, ending: false, state: { counts } }
const checkpoint: Checkpoint = { ...NO_CHECKPOINT, queries: { q: query } }

using folder = temporaryFolder()
const context = { folder: folder.path, clock: systemClock, random, warn: console.error }
const options = kafkaOptions.parse({ brokers, prefix: `bench${Date.now()}.` })
await using bus = await openKafka(options, { ...context, data: { disk: nodeDisk, path: folder.path } })
const claimed = await bus.claim?.({ pipeline: 'p', part: 'queries' })
if (claimed === undefined) throw new Error('the bus can be claimed')
const checkpoints = await openBusCheckpoints(claimed, 'p', systemClock, console.error)
for (let round = 0; round < 3; round++) {
  const began = performance.now()
  await checkpoints.write(checkpoint)
  const written = performance.now()
  await checkpoints.read()
  const read = performance.now()
  console.log(`${megabytes} MB: written in ${Math.round(written - began)} ms, read in ${Math.round(read - written)} ms`)
}
await claimed[Symbol.asyncDispose]()
