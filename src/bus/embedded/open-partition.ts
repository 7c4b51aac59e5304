/** Opens a partition's log as the last process left it, however that ended. */
import { Failure } from '../../base/failure.ts'
import { HEADER_BYTES } from '../batch/record-batch.ts'
import { batchFirstTime } from '../batch/walker.ts'
import { PartitionLog, type PartitionOptions } from './partition.ts'
import { createTail, lastMarkOf, listSegments, readWindow, recoverTail, segmentAt, type Tail } from './segment.ts'
import { type Point, startPoint } from './sparse-index.ts'
import { keptMark, removeOrphans } from './trim.ts'

export type OpenPartitionOptions = PartitionOptions & {
  /** Whether the topic is being made: each partition of any other topic has a segment. */
  readonly isNew: boolean
  /** Called where a torn append was cut off the tail. */
  warn(message: string): void
}

/** Opens the partition in a folder, which exists. Rejects with a Failure ('corrupt') for damage or lost segments. */
export async function openPartition(folder: string, options: OpenPartitionOptions): Promise<PartitionLog> {
  const { disk } = options
  removeOrphans(disk, folder)
  const segments = listSegments(disk, folder)
  const last = segments.at(-1)
  if (last === undefined) {
    if (!options.isNew) throw noSegment(folder)
    const segment = segmentAt(folder, 0)
    const tail = createTail(disk, segment)
    await disk.syncFolder(folder)
    const end = startPoint(segment.baseOffset)
    return new PartitionLog(folder, options, { segments: [segment], tail, end, since: undefined })
  }
  // A killed process may have left names that are not durable: records that are acknowledged from now on need them.
  await disk.syncFolder(folder)
  const { tail, end, cut } = await recoverTail(disk, last, () => {
    return lastMarkOf(disk, segments.slice(0, -1)) ?? keptMark(disk, folder)
  })
  if (cut !== undefined) options.warn(`${cut.file}: cut at byte ${cut.position} (offset ${cut.offset}): ${cut.nature}`)
  return new PartitionLog(folder, options, { segments, tail, end, since: firstTimeOf(tail, end) })
}

/** The arrival of the first record in the tail. */
function firstTimeOf({ file }: Tail, { position }: Point): number | undefined {
  return position === 0 ? undefined : batchFirstTime(readWindow(file, 0, HEADER_BYTES).view, 0)
}

const noSegment = (folder: string): Failure =>
  new Failure('corrupt', `${folder} has lost its segments: there is no file NUMBER.log in it`, {
    hint: 'Put back a copy of the folder, or move the data folder away to start anew.',
  })
