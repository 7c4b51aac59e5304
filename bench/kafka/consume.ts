/**
 * Reads a topic from its start with a cursor, as queries do, and prints as JSON how long it took; a child of `bench/kafka.ts`.
 *
 *   node bench/kafka/consume.ts BROKERS TOPIC RECORDS
 */
import { readBenchBus } from './open-bus.ts'
import { next } from './watch-rows.ts'

const [brokers = '', topic = '', records = '0'] = process.argv.slice(2)
const bus = await readBenchBus(brokers)
const reader = await bus.reader(topic)
const began = performance.now()
const cursor = reader.cursor({})
const never = new AbortController().signal
let bytes = 0
for (let left = Number(records); left > 0; ) {
  await cursor.waitForMore(never)
  for (let partition = 0; partition < cursor.partitions; partition++) {
    const fetched = cursor.hasMore(partition) ? await next(cursor, partition) : undefined
    if (fetched === undefined) continue
    const { values } = fetched
    for (let row = 0; row < values.count; row++) bytes += (values.end[row] as number) - (values.start[row] as number)
    left -= values.count
    values.lease?.release()
  }
}
const seconds = (performance.now() - began) / 1000
cursor.close()
await bus[Symbol.asyncDispose]()
console.log(JSON.stringify({ seconds, bytes }))
