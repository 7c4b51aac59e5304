/**
 * Writes lines to a topic as sources do, from memory, and prints as JSON how long it took until all were acknowledged; a child of
 * `bench/kafka.ts`.
 *
 *   node bench/kafka/produce.ts BROKERS TOPIC RECORDS ACKS FILE [PARTITIONS]
 *
 * ACKS: all, leader; the lines of FILE in rotation, to 3 partitions if their number is not said.
 */
import { readFileSync } from 'node:fs'
import { systemClock } from '../../src/base/clock.ts'
import { takeForLines } from '../../src/kernel/line-memory.ts'
import type { Records } from '../../src/record/column.ts'
import { openTopicWriter } from '../../src/run/topic-writer.ts'
import { openBenchBus } from './open-bus.ts'

/** What a source reads at a time. */
const CHUNK_BYTES = 2 << 20

const [brokers = '', name = '', records = '0', acks = 'all', file = '', partitions = '3'] = process.argv.slice(2)
const chunks = chunksOf(readFileSync(file))
const bus = await openBenchBus(brokers)
const topic = await bus.topic(name, Number(partitions), { acks: acks === 'all' ? 'all' : 'leader', compression: 'lz4' })
const writer = await openTopicWriter(topic, systemClock)
const deliver = writer.deliver('bench')
const began = performance.now()
let line = 0
for (let i = 0; line < Number(records); i++) {
  const chunk = chunks[i % chunks.length] as Records
  const count = Math.min(chunk.count, Number(records) - line)
  line += count
  await deliver({ ...chunk, count }, { line })
}
await writer.settled()
const seconds = (performance.now() - began) / 1000
await bus[Symbol.asyncDispose]()
console.log(JSON.stringify({ seconds }))

/** The lines in the memory that sources read into. */
function chunksOf(bytes: Buffer): readonly Records[] {
  const chunks: Records[] = []
  for (let from = 0; from < bytes.length; ) {
    const to = from + CHUNK_BYTES >= bytes.length ? bytes.length : bytes.lastIndexOf(10, from + CHUNK_BYTES) + 1
    const memory = takeForLines(to - from) ?? new Uint8Array(to - from)
    memory.set(bytes.subarray(from, to))
    const [start, end]: [number[], number[]] = [[], []]
    for (let at = 0; at < memory.length; ) {
      const lineEnd = memory.indexOf(10, at)
      start.push(at)
      end.push(lineEnd)
      at = lineEnd + 1
    }
    chunks.push({ bytes: memory, start: Int32Array.from(start), end: Int32Array.from(end), count: start.length })
    from = to
  }
  return chunks
}
