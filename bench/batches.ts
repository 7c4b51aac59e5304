/**
 * What record batches cost for a line of NASA's shape (110 bytes on average), in each codec: encoding an append of a source for a broker, with its
 * checksum, and reading the record set that comes back, checksum checked. In memory alone. The figures are the thread's own
 * time, as the clock includes the other work of the machine.
 *
 *   node bench/batches.ts [LINES]
 */
import { loadavg } from 'node:os'
import { makeChunkPool } from '../src/bus/batch/chunk.ts'
import { CODECS, type Codec } from '../src/bus/batch/compression/codec.ts'
import { openCompressor } from '../src/bus/batch/compression/compressor.ts'
import { makeFetchPool } from '../src/bus/batch/fetch-room.ts'
import { RecordSetReader } from '../src/bus/batch/fetched-batches.ts'
import { produceBatch, stampBatch } from '../src/bus/batch/produced-batch.ts'
import { takeForLines } from '../src/kernel/line-memory.ts'
import type { Records } from '../src/record/column.ts'
import { generateAccessLog } from '../src/source/made/lines/nasa-lines.ts'
import { figure, median, save } from './measure.ts'

const LINES = Number(process.argv[2] ?? 2_000_000)
const ROUNDS = 7
/** Lines in an append, every third of a source's read of 2 MiB: what one of three partitions gets. */
const APPEND_LINES = 6000
const PARTITIONS = 3

const compressor = await openCompressor()
const pool = makeChunkPool(1 << 20)
const fetchPool = makeFetchPool()
const bytes = Buffer.concat([...generateAccessLog({ seed: 1, lines: APPEND_LINES * PARTITIONS })])
const shared = takeForLines(bytes.length)
if (shared === undefined) throw new Error('there is no room for the lines')
shared.set(bytes)
const appends = Array.from({ length: PARTITIONS }, (_, partition): Records => {
  const [start, end] = [new Int32Array(APPEND_LINES), new Int32Array(APPEND_LINES)]
  for (let line = 0, at = 0; line < APPEND_LINES * PARTITIONS; line++) {
    const lineEnd = bytes.indexOf(10, at)
    if (line % PARTITIONS === partition) {
      start[(line / PARTITIONS) | 0] = at
      end[(line / PARTITIONS) | 0] = lineEnd
    }
    at = lineEnd + 1
  }
  return { bytes: shared, start, end, count: APPEND_LINES }
})

const ownMicros = (): number => {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

/** The median of some rounds, in µs a line. */
function measure(round: () => number): number {
  const times: number[] = []
  for (let i = -2; i < ROUNDS; i++) {
    const before = ownMicros()
    const lines = round()
    if (i >= 0) times.push((ownMicros() - before) / lines)
  }
  return median(times)
}

const form = (codec: Codec) => ({ pool, compressor, codec })

function encode(codec: Codec): number {
  let lines = 0
  for (let sequence = 0; lines < LINES; sequence++) {
    const values = appends[sequence % PARTITIONS] as Records
    const batch = produceBatch([{ values, keys: undefined, timestamp: sequence }], undefined, form(codec))
    stampBatch(batch, { producerId: 1n, producerEpoch: 0, sequence })
    lines += batch.count
    batch.release()
  }
  return lines
}

/** A fetch response of about a mebibyte. */
function fetchedSet(codec: Codec): Buffer {
  const parts: Buffer[] = []
  for (let offset = 0, length = 0; length < 1 << 20; offset += APPEND_LINES) {
    const values = appends[(offset / APPEND_LINES) % PARTITIONS] as Records
    const batch = produceBatch([{ values, keys: undefined, timestamp: offset }], undefined, form(codec))
    const whole = Buffer.concat(batch.parts)
    whole.writeBigInt64BE(BigInt(offset))
    parts.push(whole)
    length += whole.length
    batch.release()
  }
  return Buffer.concat(parts)
}

function decode(set: Uint8Array): number {
  let lines = 0
  while (lines < LINES) {
    const reader = new RecordSetReader({ bytes: set, from: 0, aborted: [], where: 'bench' }, compressor, fetchPool)
    for (let piece = reader.take(); piece !== undefined; piece = reader.take()) {
      lines += piece.values.count
      piece.values.lease?.release()
    }
  }
  return lines
}

console.log(
  `lines of ${(bytes.length / PARTITIONS / APPEND_LINES - 1).toFixed(1)} bytes; load ${loadavg()[0]?.toFixed(1)}`,
)
console.log('codec     encode µs/line   decode µs/line   bytes/line')
const figures = CODECS.flatMap((codec) => {
  const encoded = measure(() => encode(codec))
  const set = fetchedSet(codec)
  const decoded = measure(() => decode(set))
  const reader = new RecordSetReader({ bytes: set, from: 0, aborted: [], where: 'bench' }, compressor, fetchPool)
  let count = 0
  for (let piece = reader.take(); piece !== undefined; piece = reader.take()) count += piece.values.count
  const shown = [
    encoded.toFixed(3).padStart(15),
    decoded.toFixed(3).padStart(17),
    (set.length / count).toFixed(1).padStart(13),
  ]
  console.log(`${codec.padEnd(8)} ${shown.join('')}`)
  return [
    figure(`a record batch of ${codec}: encode`, encoded, 'µs/line'),
    figure(`a record batch of ${codec}: decode`, decoded, 'µs/line'),
  ]
})
save('batches', figures)
