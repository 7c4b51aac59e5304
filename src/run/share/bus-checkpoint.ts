/**
 * The checkpoint of the queries of a shared pipeline, in topic `PIPELINE.checkpoint` with one partition. The bytes are those of
 * the file of a data folder (`topic/checkpoint.ts`, which ends in a checksum), cut into chunks: a record each. The last chunk of
 * a checkpoint carries a position, `{ from, chunks }`, which says where the first one is. So there is one checkpoint that
 * counts, the last whole one, and a process that dies while it writes changes nothing.
 *
 * Only the process that has claimed the queries appends, so the chunks of two processes cannot be mixed. What is before the last whole one is deleted.
 */

import { Failure } from '../../base/failure.ts'
import type { Offset } from '../../base/quantity.ts'
import type { Bus, Topic } from '../../bus/bus.ts'
import { readKept } from '../../bus/fetched.ts'
import { recordsOf } from '../../record/records.ts'
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../../topic/checkpoint.ts'

const WRITER = 'checkpoint'
/** What a checkpoint leaves behind is deleted by segments: two or three of them are there. */
const SEGMENT_BYTES = 64 << 20
const CHUNK_BYTES = 1 << 20

/** The name of the topic. */
export const checkpointTopic = (pipeline: string): string => `${pipeline}.checkpoint`

export type BusCheckpoints = {
  /** The last whole one; undefined: there is none. Rejects with a Failure 'corrupt' where it is damaged. */
  read(): Promise<Checkpoint | undefined>
  /** Resolves when it is durable. */
  write(checkpoint: Checkpoint): Promise<void>
}

/** The checkpoints on a bus that this process has claimed for the queries. */
export async function openBusCheckpoints(
  bus: Pick<Bus, 'topic'>,
  pipeline: string,
  clock: { now(): number },
  warn: (message: string) => void,
): Promise<BusCheckpoints> {
  const name = checkpointTopic(pipeline)
  const retention = { timeMs: undefined, bytes: undefined, isFirm: false }
  const topic = await bus.topic(name, 1, { retention, segmentBytes: SEGMENT_BYTES })
  const chunkBytes = Math.min(CHUNK_BYTES, topic.maxAppendBytes >> 1)
  let hasWarned = false
  const deleteOld = async (before: Offset) => {
    try {
      await topic.deleteBefore?.(0, before)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      if (!hasWarned) warn(`old checkpoints stay in topic ${name}, which grows: ${error.message}`)
      hasWarned = true
    }
  }
  return {
    async read() {
      const [position] = await topic.position(WRITER)
      const { from, chunks } = (position ?? {}) as { readonly from?: Offset; readonly chunks?: number }
      if (from === undefined || chunks === undefined) return undefined
      return decodeCheckpoint(Buffer.concat(await readChunks(topic, from, chunks)), `topic ${name}`)
    },
    async write(checkpoint) {
      const timestamp = clock.now()
      let from: Offset | undefined
      let chunks = 0
      let waiting: Uint8Array[] = []
      let bytes = 0
      const append = async (isLast: boolean) => {
        chunks++
        const values = recordsOf([Buffer.concat(waiting)])
        waiting = []
        bytes = 0
        const position = isLast && from !== undefined ? { writer: WRITER, at: { from, chunks } } : undefined
        const offset = await topic.append(0, { values, keys: undefined, timestamp, position })
        from ??= offset
      }
      for (const slice of encodeCheckpoint(checkpoint)) {
        if (bytes > 0 && bytes + slice.length > chunkBytes) await append(false)
        // The bytes may change once the next slice is asked for.
        waiting.push(Uint8Array.from(slice))
        bytes += slice.length
      }
      // The last one says where the first one is, so it is never the first.
      if (from === undefined) await append(false)
      await append(true)
      if (from !== undefined) await deleteOld(from)
    },
  }
}

async function readChunks(topic: Topic, from: Offset, chunks: number): Promise<readonly Uint8Array[]> {
  const found: Uint8Array[] = []
  for (let offset = from; found.length < chunks; ) {
    const fetched = await readKept(topic, 0, offset)
    if (fetched === undefined) {
      throw new Failure('corrupt', `topic ${topic.name} has lost a part of the last checkpoint`, {
        hint: 'Name each query with --reset QUERY=earliest: what is kept is counted again, behind the old rows.',
      })
    }
    const { bytes, start, end, count } = fetched.values
    for (let i = 0; i < count && found.length < chunks; i++) {
      found.push(Uint8Array.from(bytes.subarray(start[i], end[i])))
    }
    fetched.values.lease?.release()
    offset = fetched.next
  }
  return found
}
